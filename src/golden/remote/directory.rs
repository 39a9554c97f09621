// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A directory seen as a remote store, for reading: `verify-remote` takes one as well. Writing into one is [`crate::golden::transfer`]'s.

use std::io::{self, Read as _, Seek};

use camino::Utf8PathBuf;

use super::{Read, Result, SMALL, Sink};
use crate::golden::GoldenError;

/// A directory.
#[derive(Debug)]
pub struct Directory {
    dir: Utf8PathBuf,
}

impl Directory {
    /// One.
    pub fn new(dir: Utf8PathBuf) -> Self {
        Self { dir }
    }
}

fn found<T>(result: io::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(GoldenError::from(e).into()),
    }
}

impl Read for Directory {
    fn name(&self) -> &str {
        self.dir.as_str()
    }

    fn stat(&self, key: &str) -> Result<Option<u64>> {
        Ok(found(fs_err::metadata(self.dir.join(key)))?.filter(|m| m.is_file()).map(|m| m.len()))
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let Some(file) = found(fs_err::File::open(self.dir.join(key)))? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(SMALL).read_to_end(&mut bytes).map_err(GoldenError::from)?;
        Ok(Some(bytes))
    }

    fn list(&self, key: &str) -> Result<Option<Vec<String>>> {
        let Some(entries) = found(fs_err::read_dir(self.dir.join(key)))? else { return Ok(Some(Vec::new())) };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry.map_err(GoldenError::from)?.file_name().to_str().map(str::to_owned));
        }
        names.sort();
        Ok(Some(names))
    }

    fn fetch(&self, key: &str, from: u64, sink: &mut dyn Sink) -> Result<bool> {
        let Some(mut file) = found(fs_err::File::open(self.dir.join(key)))? else { return Ok(false) };
        let mut copy = || -> io::Result<()> {
            file.seek(io::SeekFrom::Start(from))?;
            sink.begin(from)?;
            let mut buffer = vec![0_u8; 256 * 1024];
            loop {
                match file.read(&mut buffer)? {
                    0 => return Ok(()),
                    n => sink.piece(&buffer[..n])?,
                }
            }
        };
        copy().map_err(GoldenError::from)?;
        Ok(true)
    }
}
