// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the header of a `.bit` says: design, part, release, partial or full. The data is not read here.

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::codec::{Container, ContainerError};
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
    /// Not a whole bitstream.
    #[error("{0}")]
    Container(ContainerError),
    /// Data without header.
    #[error("it is configuration data without a .bit header")]
    NoHeader,
}

impl BitFile {
    /// Reads the header of a file, and checks that the data it declares is there.
    pub fn read(path: &Utf8Path) -> Result<Self, BitError> {
        Self::from_bytes(path, &fs_err::read(path)?)
    }

    /// Reads the header of a file's bytes.
    pub fn from_bytes(path: &Utf8Path, bytes: &[u8]) -> Result<Self, BitError> {
        let header = Container::open(bytes).map_err(BitError::Container)?.header.ok_or(BitError::NoHeader)?;
        Ok(Self {
            path: path.to_owned(),
            design: header.design().to_owned(),
            part: header.part.to_owned(),
            release: header.version().and_then(header::release),
            partial: header.partial(),
            clear: header.clear(),
            simulated: header.design_field.contains(SIMULATED),
            date: header.date.to_owned(),
            time: header.time.to_owned(),
        })
    }
}
