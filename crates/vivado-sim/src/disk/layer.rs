// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a dry disk holds in memory over the real one.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::util;

#[derive(Debug, Clone)]
enum Node {
    /// Content, and when it was written: seconds since the epoch.
    File(Vec<u8>, u64),
    /// A directory made here: nothing of the real disk shows below it.
    Dir,
    /// Taken away here, with all below it.
    Gone,
}

#[derive(Debug, Default)]
pub(super) struct Layer {
    nodes: BTreeMap<PathBuf, Node>,
}

fn missing<T>(path: &Path) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::NotFound, format!("no such file or directory: {}", path.display())))
}

impl Layer {
    /// Whether the real disk shows at `path`: nothing in memory stands over it.
    fn real(&self, path: &Path) -> bool {
        !path.ancestors().any(|p| self.nodes.contains_key(p))
    }

    pub(super) fn is_file(&self, path: &Path) -> bool {
        match self.nodes.get(path) {
            Some(node) => matches!(node, Node::File(..)),
            None => self.real(path) && path.is_file(),
        }
    }

    pub(super) fn is_dir(&self, path: &Path) -> bool {
        match self.nodes.get(path) {
            Some(node) => matches!(node, Node::Dir),
            None => self.real(path) && path.is_dir(),
        }
    }

    /// Size in bytes and time of a file made here.
    pub(super) fn stat(&self, path: &Path) -> Option<(u64, u64)> {
        match self.nodes.get(path) {
            Some(Node::File(bytes, time)) => Some((bytes.len() as u64, *time)),
            _ => None,
        }
    }

    pub(super) fn own(&self, path: &Path) -> Option<Vec<u8>> {
        match self.nodes.get(path) {
            Some(Node::File(bytes, _)) => Some(bytes.clone()),
            _ => None,
        }
    }

    pub(super) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.nodes.get(path) {
            Some(Node::File(bytes, _)) => Ok(bytes.clone()),
            Some(_) => missing(path),
            None if self.real(path) => fs_err::read(path),
            None => missing(path),
        }
    }

    pub(super) fn write(&mut self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        match path.parent() {
            Some(parent) if self.is_dir(parent) && !self.is_dir(path) => {
                self.nodes.insert(path.to_path_buf(), Node::File(bytes, util::now()));
                Ok(())
            }
            Some(parent) if self.is_dir(parent) => {
                Err(io::Error::new(io::ErrorKind::IsADirectory, format!("{} is a directory", path.display())))
            }
            _ => missing(path),
        }
    }

    pub(super) fn create_dir_all(&mut self, path: &Path) -> io::Result<()> {
        let mut wanted: Vec<&Path> = path.ancestors().filter(|p| !p.as_os_str().is_empty()).collect();
        wanted.reverse();
        for dir in wanted {
            if self.is_file(dir) {
                let text = format!("{} is a file", dir.display());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
            }
            if !self.is_dir(dir) {
                self.nodes.insert(dir.to_path_buf(), Node::Dir);
            }
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) {
        self.nodes.retain(|p, _| !p.starts_with(path));
        self.nodes.insert(path.to_path_buf(), Node::Gone);
    }

    pub(super) fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        if !self.is_dir(path) {
            return missing(path);
        }
        let mut found = BTreeSet::new();
        if self.real(path) {
            for entry in fs_err::read_dir(path)? {
                let entry = entry?.path();
                if self.real(&entry) {
                    found.insert(entry);
                }
            }
        }
        let own = self.nodes.iter().filter(|(p, n)| p.parent() == Some(path) && !matches!(n, Node::Gone));
        found.extend(own.map(|(p, _)| p.clone()));
        Ok(found.into_iter().collect())
    }

    /// Copies a file, or a directory with all in it.
    pub(super) fn copy(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        if self.is_file(from) {
            let bytes = self.read(from)?;
            return self.write(to, bytes);
        }
        let entries = self.list(from)?;
        self.create_dir_all(to)?;
        for entry in entries {
            if let Some(name) = entry.file_name() {
                self.copy(&entry, &to.join(name))?;
            }
        }
        Ok(())
    }
}
