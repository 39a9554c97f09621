// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reader of `data/dies.txt`, the compiled-in facts about dies (its header documents the format and the provenance).
//!
//! The text is part of the crate and a test reads it whole; a line that does not fit the format is therefore a fault of the crate
//! and panics on first use instead of being skipped.

use std::sync::OnceLock;

use super::die::{Column, Cut, Die, HardColumn, Hole, PartEntry, Side};
use super::layout::ColumnKind;
use crate::family::Family;

static TEXT: &str = include_str!("../../data/dies.txt");

/// All dies, read on first use.
pub(super) fn dies() -> &'static [Die] {
    static DIES: OnceLock<Vec<Die>> = OnceLock::new();
    DIES.get_or_init(|| parse(TEXT))
}

fn parse(text: &'static str) -> Vec<Die> {
    let mut dies: Vec<Die> = Vec::new();
    for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let mut words = line.split(' ');
        let key = words.next().unwrap_or("");
        if key == "die" {
            dies.push(die(words));
            continue;
        }
        let die = dies.last_mut().expect("the data file starts with a `die` line");
        match key {
            "cols" => die.columns = columns(words.next().unwrap_or("")),
            "cut" => {
                let row = number(words.next());
                let columns = number(words.next());
                let last = words.next().and_then(|w| w.chars().next()).expect("a cut names its last column");
                die.cuts.push(Cut { row, columns, last: ColumnKind::from_letter(last) });
            }
            "part" => die.parts.extend(words.map(part)),
            "hole" => {
                let what = words.next().expect("a hole has a name");
                let y = span(words.next());
                die.holes.extend(words.map(|x| Hole { what, grid_x: span(Some(x)), clb_y: y }));
            }
            "hard" => die.hard.push(HardColumn { grid_x: number(words.next()), rows: words.collect() }),
            "lacks" => die.lacks.extend(words),
            other => panic!("data/dies.txt: unknown key {other:?}"),
        }
    }
    dies
}

fn die<'a>(mut words: impl Iterator<Item = &'static str> + 'a) -> Die {
    let name = words.next().expect("a die has a name");
    let family = match words.next() {
        Some("7s") => Family::Series7,
        Some("us") => Family::UltraScale,
        Some("usp") => Family::UltraScalePlus,
        other => panic!("data/dies.txt: unknown family {other:?}"),
    };
    let mut die = Die::empty(name, family, number(words.next()));
    for w in words {
        match w.split_once('=') {
            Some(("top", n)) => die.top_row = Some(number(Some(n))),
            Some(("split", n)) => die.clock_split = Some(number(Some(n))),
            _ => panic!("data/dies.txt: unknown attribute {w:?}"),
        }
    }
    die
}

/// Columns with group, side and grid position: two grid columns a group, west even, the interconnect and the east odd.
fn columns(text: &str) -> Vec<Column> {
    let mut columns = Vec::new();
    for (group, letters) in (0u32..).zip(text.split('|')) {
        let interconnect = letters.find('i');
        for (at, letter) in letters.char_indices() {
            let side = match interconnect {
                Some(i) if at < i => Side::West,
                Some(i) if at == i => Side::Middle,
                None if at == 0 => Side::West,
                Some(_) | None => Side::East,
            };
            columns.push(Column { kind: ColumnKind::from_letter(letter), group, side });
        }
    }
    columns
}

fn part(word: &'static str) -> PartEntry {
    let (name, idcode) = word.split_once('=').map_or((word, None), |(n, i)| (n, Some(i)));
    let idcode = idcode.map(|i| u32::from_str_radix(i, 16).expect("an IDCODE is hexadecimal"));
    PartEntry { name, idcode }
}

fn number(word: Option<&str>) -> u32 {
    word.and_then(|w| w.parse().ok())
        .unwrap_or_else(|| panic!("data/dies.txt: a number is missing near {word:?}"))
}

fn span(word: Option<&str>) -> (u32, u32) {
    let word = word.expect("a hole has spans");
    let (a, b) = word.split_once('-').unwrap_or((word, word));
    (number(Some(a)), number(Some(b)))
}
