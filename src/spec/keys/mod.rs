// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every key that a `dfx.toml` may hold: its type, its default and what it is for. The one source of the shape check, of the
//! JSON schema and of the reference page.
//!
//! Here are the types of that list; the tables themselves are in `tables`. A key that is not there is an unknown key.

mod tables;

pub use tables::{
    ALLOW, BUILD, CONFIGURATION, DECOUPLER, GATES, HOOK, ID, KIT, MODULE, PARTITION, PBLOCK, PROJECT, RESET,
    ROOT, RUN, STATIC,
};

/// A kind of table.
#[derive(Debug)]
pub struct TableDef {
    /// How its header is written: `[partitions.NAME]`.
    pub header: &'static str,
    /// What it describes.
    pub doc: &'static str,
    /// Its keys.
    pub keys: &'static [KeyDef],
}

impl TableDef {
    /// The key of a name.
    pub fn key(&self, name: &str) -> Option<&'static KeyDef> {
        self.keys.iter().find(|k| k.name == name)
    }
}

/// One key.
#[derive(Debug)]
pub struct KeyDef {
    /// Its name, kebab-case.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it must be there, and what holds when it is not.
    pub need: Need,
    /// What it is for.
    pub doc: &'static str,
    /// A value as it is written in TOML.
    pub example: &'static str,
}

/// Whether a key must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Must be there.
    Required,
    /// May be left out; then nothing is set.
    Optional,
    /// May be left out; then this holds, written in TOML.
    Default(&'static str),
}

/// A word of a closed list, with what it means.
pub type Word = (&'static str, &'static str);

/// What a key takes.
#[derive(Debug)]
pub enum Kind {
    /// A string that is not blank.
    Text,
    /// A boolean.
    Bool,
    /// An integer in a range, decimal or with TOML's 0x, 0o, 0b.
    Integer {
        /// Smallest allowed.
        min: i128,
        /// Largest allowed.
        max: i128,
    },
    /// One word of a list.
    Word(&'static [Word]),
    /// An array of strings.
    TextList,
    /// An array of words of a list.
    WordList(&'static [Word]),
    /// A table of the user's own names with strings or integers.
    TextMap,
    /// A table.
    Table(&'static TableDef),
    /// A table of the user's own names with tables of one kind.
    NamedTables(&'static TableDef),
    /// An array of tables of one kind.
    TableList(&'static TableDef),
}

impl Kind {
    /// For messages: "an array of strings".
    pub fn expected(&self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Bool => "a boolean".to_owned(),
            Self::Integer { .. } => "an integer".to_owned(),
            Self::Word(words) => format!("one of {}", quoted(words)),
            Self::TextList => "an array of strings".to_owned(),
            Self::WordList(words) => format!("an array of {}", quoted(words)),
            Self::TextMap => "a table of strings or integers".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::NamedTables(_) => "a table of tables".to_owned(),
            Self::TableList(_) => "an array of tables".to_owned(),
        }
    }
}

fn quoted(words: &[Word]) -> String {
    words.iter().map(|(w, _)| format!("\"{w}\"")).collect::<Vec<_>>().join(", ")
}
