// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading and checking images, and keeping checked ones in memory.
//!
//! Reading a file from an SD card takes longer than loading it, and checking it (SHA-256, a walk over its packets) longer
//! than the rest of a swap: a caller who knows what comes next prefetches. What was checked is what is loaded later: the
//! bytes in memory, whatever happens to the file meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use crate::check::{Checked, check};
use crate::failure::{LoadFailure, Reason};
use crate::kit::{Image, Partition};
use crate::loader::{Loader, no_such};
use crate::manager::FpgaManager;
use crate::registers::Registers;

/// An image that passed all checks.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) bytes: Vec<u8>,
    pub(crate) checked: Checked,
}

/// Prepared images by digest and partition: frames are checked against one partition.
pub(crate) type Store = BTreeMap<([u8; 32], Option<&'static str>), Arc<Prepared>>;

impl<M: FpgaManager, R: Registers> Loader<M, R> {
    /// Reads and checks the image of `module` and keeps it in memory, and, where the kernel wants a firmware file, in that
    /// place too, so that a later swap reads and copies nothing.
    ///
    /// # Errors
    /// [`LoadFailure`] as a swap would give it; nothing is touched.
    pub fn prefetch(&mut self, partition: &str, module: &str) -> Result<(), LoadFailure> {
        let partition = self.kit().partition(partition).ok_or_else(|| no_such("partition", partition))?;
        let module = partition.module(module).ok_or_else(|| no_such("module", module))?;
        let prepared = self.read(Some(partition), &module.image)?;
        self.manager.keep(&prepared.bytes, &module.image.sha256);
        self.store.insert((module.image.sha256, Some(partition.name)), prepared);
        Ok(())
    }

    /// Lets a prefetched image go. True when there was one.
    pub fn forget(&mut self, partition: &str, module: &str) -> bool {
        let known = self.kit().partition(partition).and_then(|p| p.module(module).map(|m| (p, m)));
        known.is_some_and(|(p, m)| {
            self.manager.release(&m.image.sha256);
            self.store.remove(&(m.image.sha256, Some(p.name))).is_some()
        })
    }

    /// Bytes of prefetched images.
    pub fn prefetched_bytes(&self) -> usize {
        self.store.values().map(|p| p.bytes.len()).sum()
    }

    /// Reads and checks an image, or takes it from memory.
    pub(crate) fn read(
        &self,
        partition: Option<&'static Partition>,
        image: &Image,
    ) -> Result<Arc<Prepared>, LoadFailure> {
        if let Some(prepared) = self.store.get(&(image.sha256, partition.map(|p| p.name))) {
            return Ok(Arc::clone(prepared));
        }
        let path = self.kit_dir.join(image.path);
        let bytes = fs::read(&path).map_err(|error| Reason::File { path, error })?;
        let checked = check(self.kit(), partition, image, &bytes)
            .map_err(|error| Reason::Refused { path: image.path.to_owned(), error })?;
        if !self.manager.takes(checked.order) {
            let (order, manager) = (checked.order.id(), self.manager.name());
            return Err(Reason::Order { order, manager }.into());
        }
        Ok(Arc::new(Prepared { bytes, checked }))
    }
}
