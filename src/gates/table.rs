// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `+---+` tables of Vivado reports, by column name: releases add columns and change widths.

/// One table: names of the columns and the rows, cells trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// The section heading above, without its number: `Slice Logic`.
    pub(super) section: String,
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Position of a column.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// The rows that have as many cells as there are columns; others are wrapped text.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[String]> {
        self.rows.iter().filter(|r| r.len() == self.names.len()).map(Vec::as_slice)
    }
}

/// All tables of a report.
pub(super) fn read(text: &str) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut section = String::new();
    let mut previous = "";
    let mut open: Option<Table> = None;
    for line in text.lines().map(str::trim_end) {
        let rule = line.starts_with('+') && line.bytes().all(|b| b == b'+' || b == b'-');
        if line.starts_with('|') && !previous.is_empty() {
            let cells: Vec<String> = line.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect();
            match &mut open {
                Some(table) => table.rows.push(cells),
                None if previous.starts_with('+') => {
                    open = Some(Table { section: section.clone(), names: cells, rows: Vec::new() });
                }
                None => {}
            }
        } else if !rule {
            tables.extend(open.take());
            // `1.1 Summary of Registers by Type` over a line of dashes.
            if !line.is_empty() && line.bytes().all(|b| b == b'-') {
                let title = previous.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim();
                title.clone_into(&mut section);
            }
        }
        previous = line;
    }
    tables.extend(open);
    tables
}
