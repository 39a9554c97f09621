// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the header of a `.bit` says: design, part, release, partial or full. The data is not read here.

use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::gates::header::{self, SIMULATED};

/// A `.bit` file by its header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BitFile {
    /// Absolute path.
    pub path: Utf8PathBuf,
    /// Top module.
    pub design: String,
    /// As the header has it: `7a100tcsg324`.
    pub part: String,
    /// `2024.2`; old partials have none.
    pub release: Option<String>,
    /// `PARTIAL=TRUE`
    pub partial: bool,
    /// `CLEAR=TRUE`
    pub clear: bool,
    /// True when the stand-in wrote it.
    pub simulated: bool,
    /// `2025/04/02`
    pub date: String,
    /// `22:28:22`
    pub time: String,
}

/// Why a header cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BitError {
    /// The file.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The preamble is not there.
    #[error("not a .bit file: {0}")]
    Format(&'static str),
}

impl BitFile {
    /// Reads the header of a file.
    pub fn read(path: &Utf8Path) -> Result<Self, BitError> {
        let mut start = Vec::new();
        fs_err::File::open(path)?.take(4096).read_to_end(&mut start)?;
        Self::from_start(path, &start)
    }

    fn from_start(path: &Utf8Path, start: &[u8]) -> Result<Self, BitError> {
        // Length-prefixed magic, then keyed fields (facts: measured on 2014 to 2025 files).
        let length = start.get(..2).map_or(0, |b| usize::from(u16::from_be_bytes([b[0], b[1]])));
        let mut rest = start.get(2 + length + 2..).ok_or(BitError::Format("too short"))?;
        let mut fields = [String::new(), String::new(), String::new(), String::new()];
        for (key, field) in (b'a'..=b'd').zip(&mut fields) {
            let [found, high, low, tail @ ..] = rest else { return Err(BitError::Format("its header ends early")) };
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            if *found != key || tail.len() < length {
                return Err(BitError::Format("its header has no such fields"));
            }
            *field = String::from_utf8_lossy(&tail[..length]).trim_end_matches('\0').to_owned();
            rest = &tail[length..];
        }
        let [attributes, part, date, time] = fields;
        let mut words = attributes.split(';').map(str::trim);
        let design = words.next().unwrap_or_default().to_owned();
        let words: Vec<&str> = words.collect();
        let is = |what: &str| words.iter().any(|w| w.eq_ignore_ascii_case(what));
        Ok(Self {
            path: path.to_owned(),
            design,
            part,
            release: words.iter().find_map(|w| header::release(w.strip_prefix("Version=")?)),
            partial: is("PARTIAL=TRUE"),
            clear: is("CLEAR=TRUE"),
            simulated: attributes.contains(SIMULATED),
            date,
            time,
        })
    }
}
