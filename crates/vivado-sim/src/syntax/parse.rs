// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arguments of one call, read by the table: unique-prefix options, values, positionals, `> file`.

use super::{Command, Takes};
use crate::tcl::list;

/// What a call was given.
#[derive(Debug, Default, Clone)]
pub(crate) struct Args {
    values: Vec<(String, String)>,
    switches: Vec<String>,
    /// Positional words in order.
    pub(crate) positional: Vec<String>,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    pub(crate) help: bool,
    /// `> file` (false) or `>> file` (true).
    pub(crate) redirect: Option<(String, bool)>,
    /// The words as typed, for the `Command:` line.
    pub(crate) typed: Vec<String>,
}

impl Args {
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.switches.iter().any(|s| s == name)
    }

    /// The last value of an option.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// All elements of all occurrences of a list option.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.values.iter().filter(|(n, _)| n == name).flat_map(|(_, v)| list::split_loose(v)).collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some() || self.flag(name)
    }

    /// Positional `index`, or an empty text.
    pub(crate) fn at(&self, index: usize) -> &str {
        self.positional.get(index).map_or("", String::as_str)
    }

    /// All positionals from `index` on, each read as a Tcl list.
    pub(crate) fn words_from(&self, index: usize) -> Vec<String> {
        self.positional.iter().skip(index).flat_map(|w| list::split_loose(w)).collect()
    }

    /// The command line as `Command:` lines show it.
    pub(crate) fn command_line(&self, name: &str) -> String {
        let mut text = name.to_owned();
        for word in &self.typed {
            text.push(' ');
            text += &list::quote(word);
        }
        text
    }
}

/// A refusal of the option parser: message id and text, as Vivado words them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) id: &'static str,
    pub(crate) text: String,
}

fn refuse<T>(id: &'static str, command: &str, text: &str) -> Result<T, Refusal> {
    Err(Refusal { id, text: format!("{text}, please type '{command} -help' for usage info.") })
}

/// Reads `words` by the shape of `command`.
pub(crate) fn parse(command: &Command, words: &[String]) -> Result<Args, Refusal> {
    let name = command.name.as_str();
    let mut args = Args::default();
    let mut words = words.to_vec();
    if let [.., op, file] = words.as_slice()
        && (op == ">" || op == ">>")
    {
        args.redirect = Some((file.clone(), op == ">>"));
        words.truncate(words.len() - 2);
    } else if let Some(last) = words.last()
        && let Some(file) = last.strip_prefix('>')
        && !file.is_empty()
        && words.len() > 1
        && file.contains(['/', '.'])
    {
        let (file, append) = file.strip_prefix('>').map_or((file, false), |f| (f, true));
        args.redirect = Some((file.to_owned(), append));
        words.pop();
    }
    args.typed.clone_from(&words);
    let mut rest = words.into_iter();
    let mut only_positional = false;
    let mut named: Vec<(usize, String)> = Vec::new();
    while let Some(word) = rest.next() {
        let option = word.strip_prefix('-').filter(|o| o.starts_with(|c: char| c.is_ascii_alphabetic()));
        let Some(option) = option.filter(|_| !only_positional && !word.contains(char::is_whitespace)) else {
            if word == "--" {
                only_positional = true;
            } else {
                args.positional.push(word);
            }
            continue;
        };
        match find(command, option) {
            Found::One("quiet", _) => args.quiet = true,
            Found::One("verbose", _) => args.verbose = true,
            Found::One("help", _) => args.help = true,
            Found::One(full, Takes::Nothing) => args.switches.push(full.to_owned()),
            Found::One(full, _) => match rest.next() {
                Some(value) => args.values.push((full.to_owned(), value)),
                None => return refuse("Common 17-163", name, &format!("Missing value for option '{full}'")),
            },
            Found::Positional(index) => match rest.next() {
                Some(value) => named.push((index, value)),
                None => {
                    return refuse("Common 17-163", name, &format!("Missing value for option '{option}'"));
                }
            },
            Found::Many => {
                return refuse("Common 17-170", name, &format!("Ambiguous option '{word}'"));
            }
            Found::None => return refuse("Common 17-170", name, &format!("Unknown option '{word}'")),
        }
    }
    named.sort_by_key(|(index, _)| *index);
    for (index, value) in named {
        args.positional.insert(index.min(args.positional.len()), value);
    }
    if args.help {
        return Ok(args);
    }
    positionals(command, &args)?;
    for option in command.options.iter().filter(|o| o.required) {
        if !args.has(&option.name) {
            return refuse("Common 17-163", name, &format!("Missing value for option '{}'", option.name));
        }
    }
    Ok(args)
}

fn positionals(command: &Command, args: &Args) -> Result<(), Refusal> {
    let name = command.name.as_str();
    let many = command.positionals.iter().any(|p| p.many);
    if !many && args.positional.len() > command.positionals.len() {
        let surplus = &args.positional[command.positionals.len()];
        return refuse(
            "Common 17-165",
            name,
            &format!("Too many positional options when parsing '{surplus}'"),
        );
    }
    // A positional may also come as an option of the same name (`set_property -name`, `create_run -name`).
    let by_option = command.positionals.iter().filter(|p| args.value(&p.name).is_some()).count();
    let dict = usize::from(args.value("dict").is_some()) * 2;
    let have = args.positional.len() + by_option + dict;
    if let Some(missing) = command.positionals.iter().enumerate().find(|(i, p)| p.required && *i >= have) {
        return refuse("Common 17-163", name, &format!("Missing value for option '{}'", missing.1.name));
    }
    Ok(())
}

enum Found<'a> {
    One(&'a str, Takes),
    /// A positional given by its name (`write_bitstream -file x`): real scripts do so and it works.
    Positional(usize),
    Many,
    None,
}

fn find<'a>(command: &'a Command, option: &str) -> Found<'a> {
    const COMMON: [&str; 3] = ["quiet", "verbose", "help"];
    let all = || {
        let own = command.options.iter().map(|o| (o.name.as_str(), o.takes));
        own.chain(COMMON.iter().map(|n| (*n, Takes::Nothing)))
    };
    if let Some((name, takes)) = all().find(|(n, _)| *n == option) {
        return Found::One(name, takes);
    }
    if let Some(index) = command.positionals.iter().position(|p| p.name == option) {
        return Found::Positional(index);
    }
    let mut matching = all().filter(|(n, _)| n.starts_with(option));
    match (matching.next(), matching.next()) {
        (Some((name, takes)), None) => Found::One(name, takes),
        // `-quiet` abbreviates before options that happen to share its first letters.
        (Some(_), Some(_)) if "quiet".starts_with(option) => Found::One("quiet", Takes::Nothing),
        (Some(_), Some(_)) => Found::Many,
        (None, _) => Found::None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Table;
    use super::{Args, Refusal, parse};

    fn run(line: &str) -> Result<Args, Refusal> {
        let words = crate::tcl::list::split(line).unwrap();
        let (name, rest) = words.split_first().unwrap();
        parse(Table::get().find(name).unwrap(), rest)
    }

    #[test]
    fn options_abbreviate_and_values_follow() {
        let args = run("write_bitstream -no_partial -force top.bit").unwrap();
        assert!(args.flag("no_partial_bitfile") && args.flag("force"));
        assert_eq!(args.at(0), "top.bit");
        let args = run("update_design -cell inst_count -black_box").unwrap();
        assert_eq!(args.list("cells"), ["inst_count"]);
    }

    #[test]
    fn redirections_are_taken_off_the_end() {
        let args = run("opt_design > a.log").unwrap();
        assert_eq!(args.redirect, Some(("a.log".into(), false)));
        let args = run("write_checkpoint -force x.dcp >> a.log").unwrap();
        assert_eq!(args.redirect, Some(("a.log".into(), true)));
        assert_eq!(args.command_line("write_checkpoint"), "write_checkpoint -force x.dcp");
    }

    #[test]
    fn refusals_carry_vivados_ids() {
        assert_eq!(run("close_project /a/b.xpr").unwrap_err().id, "Common 17-165");
        let e = run("open_project -foo x").unwrap_err();
        assert_eq!(e.id, "Common 17-170");
        assert_eq!(e.text, "Unknown option '-foo', please type 'open_project -help' for usage info.");
        assert_eq!(run("create_partition_def -name").unwrap_err().id, "Common 17-163");
        assert_eq!(run("create_partition_def -name a").unwrap_err().id, "Common 17-163");
    }

    #[test]
    fn the_long_forms_of_set_property_need_no_positionals() {
        run("set_property -name top -value a -objects b").unwrap();
        run("set_property -dict {a b} [x]").unwrap();
        run("create_run -name child -flow f").unwrap();
        assert!(run("set_property a b").is_err());
    }
}
