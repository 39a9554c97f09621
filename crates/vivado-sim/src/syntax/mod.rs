// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command table (UG835 v2020.2 and what later releases add) and the option parser on it.
//!
//! Limits: the table knows names and shapes of options, not the allowed values of each; a command whose page
//! was odd keeps the loose reading (an optional argument rather than a required one).

pub(crate) mod parse;
pub(crate) mod values;

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// How many words an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// A switch.
    Nothing,
    /// One word.
    Value,
    /// One word that is a Tcl list.
    List,
}

#[derive(Debug, Clone)]
pub(crate) struct OptionSpec {
    pub(crate) name: String,
    pub(crate) takes: Takes,
    pub(crate) required: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Positional {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) many: bool,
}

/// One command's shape.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) options: Vec<OptionSpec>,
    pub(crate) positionals: Vec<Positional>,
}

impl Command {
    /// The one-line syntax that `-help` prints.
    pub(crate) fn usage(&self) -> String {
        let mut text = self.name.clone();
        for option in &self.options {
            let value = match option.takes {
                Takes::Nothing => "",
                Takes::Value => " <arg>",
                Takes::List => " <args>",
            };
            if option.required {
                text += &format!(" -{}{value}", option.name);
            } else {
                text += &format!(" [-{}{value}]", option.name);
            }
        }
        text += " [-quiet] [-verbose]";
        for p in &self.positionals {
            let dots = if p.many { "..." } else { "" };
            text +=
                &if p.required { format!(" <{}>{dots}", p.name) } else { format!(" [<{}>{dots}]", p.name) };
        }
        text
    }
}

#[derive(Debug)]
pub(crate) struct Table(BTreeMap<String, Command>);

impl Table {
    /// The compiled-in table, read once.
    pub(crate) fn get() -> &'static Self {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| {
            let mut table = Self(BTreeMap::new());
            table.read(include_str!("ug835.txt"));
            table.read(include_str!("extra.txt"));
            table
        })
    }

    fn read(&mut self, text: &str) {
        for line in text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
            let (head, tail) = line.split_once('|').unwrap_or((line, ""));
            let mut words = head.split_whitespace();
            let Some(name) = words.next() else { continue };
            let (name, adds) = name.strip_prefix('+').map_or((name, false), |n| (n, true));
            let options: Vec<_> = words.map(option).collect();
            let positionals: Vec<_> = tail.split_whitespace().map(positional).collect();
            if adds && let Some(command) = self.0.get_mut(name) {
                for new in options {
                    command.options.retain(|o| o.name != new.name);
                    command.options.push(new);
                }
            } else {
                let command = Command { name: name.to_owned(), options, positionals };
                self.0.insert(name.to_owned(), command);
            }
        }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Command> {
        self.0.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn option(word: &str) -> OptionSpec {
    let (word, required) = word.strip_suffix('!').map_or((word, false), |w| (w, true));
    let (name, takes) = match word.strip_suffix('=') {
        Some(name) => (name, Takes::Value),
        None => word.strip_suffix('*').map_or((word, Takes::Nothing), |name| (name, Takes::List)),
    };
    OptionSpec { name: name.to_owned(), takes, required }
}

fn positional(word: &str) -> Positional {
    let (word, required) = word.strip_suffix('?').map_or((word, true), |w| (w, false));
    let (name, many) = word.strip_suffix("..").map_or((word, false), |w| (w, true));
    Positional { name: name.to_owned(), required, many }
}

#[cfg(test)]
mod tests {
    use super::{Table, Takes};

    #[test]
    fn the_table_has_the_published_commands_and_the_later_options() {
        let table = Table::get();
        assert!(table.names().count() > 730, "{}", table.names().count());
        let run = table.find("create_run").unwrap();
        let option = |n: &str| run.options.iter().find(|o| o.name == n).unwrap();
        assert_eq!(option("dfx_mode").takes, Takes::Value);
        assert!(option("flow").required);
        assert!(table.find("wait_on_runs").is_some() && table.find("no_such").is_none());
    }
}
