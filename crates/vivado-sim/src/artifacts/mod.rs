// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files in the formats that real tools and readers take.

pub(crate) mod bit;
pub(crate) mod dcp;
pub(crate) mod hwh;
pub(crate) mod reports;

use crate::disk;
use std::io::{Cursor, Write};
use std::path::Path;

/// Writes a zip of members to `path`, whole or not at all.
pub(crate) fn zip_file(path: &Path, members: &[(String, Vec<u8>)]) -> std::io::Result<()> {
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(name.as_str(), options).map_err(std::io::Error::other)?;
        zip.write_all(bytes)?;
    }
    let bytes = zip.finish().map_err(std::io::Error::other)?.into_inner();
    let temporary = path.with_extension("tmp");
    disk::write(&temporary, bytes)?;
    disk::rename(&temporary, path)
}
