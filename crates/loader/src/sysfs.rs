// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The FPGA manager of linux-xlnx, by `/sys/class/fpga_manager/fpga0/{flags,firmware,state,status,name}`.
//!
//! Facts that shaped it: `flags` is hexadecimal without `0x` and keeps its value (it would mark the next full image of
//! somebody else as partial), so it is put back; `firmware` takes a file name below the firmware search path in one
//! `write(2)` and takes no lock; a failed write may come back as a count beyond what was given; `state` tells the truth
//! only after the write. The name is our own and unlikely to meet another: an old file of the same name is how wrong images
//! get loaded.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dfxkit_fabric::codec::Order;

use crate::kit::ImageKind;
use crate::manager::{FpgaManager, ManagerError};
use crate::sha256::hex;

/// Flag bit 0: partial reconfiguration (linux-xlnx, fpga-mgr.h).
const PARTIAL: u32 = 1;

/// One FPGA manager below a root directory.
#[derive(Debug, Clone)]
pub struct Sysfs {
    root: PathBuf,
    manager: PathBuf,
    name: String,
    busy_patience: Duration,
}

/// EBUSY, the same number on every architecture that Linux has FPGA managers on.
const EBUSY: i32 = 16;

impl Sysfs {
    /// The manager `fpga0` below `root`; `/` on a target, another directory for tests.
    ///
    /// # Errors
    /// [`ManagerError::NoManager`].
    pub fn open(root: &Path) -> Result<Self, ManagerError> {
        Self::open_named(root, "fpga0")
    }

    /// Another manager than the first.
    ///
    /// # Errors
    /// [`ManagerError::NoManager`], also when the kernel's manager cannot be told to load (mainline has no `firmware`).
    pub fn open_named(root: &Path, manager: &str) -> Result<Self, ManagerError> {
        let manager = root.join("sys/class/fpga_manager").join(manager);
        for needed in ["name", "state", "flags", "firmware"] {
            let path = manager.join(needed);
            if !path.exists() {
                return Err(ManagerError::NoManager { path });
            }
        }
        let name = read_line(&manager.join("name"));
        Ok(Self { root: root.to_path_buf(), manager, name, busy_patience: Duration::from_secs(2) })
    }

    /// The driver's `state`.
    pub fn state(&self) -> String {
        read_line(&self.manager.join("state"))
    }

    fn status(&self) -> String {
        // One error word a line; most Xilinx drivers leave it empty, old kernels do not have it.
        fs::read_to_string(self.manager.join("status"))
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Puts the image where the kernel looks, under a name of our own.
    fn stage(&self, image: &[u8], sha256: &[u8; 32]) -> Result<Staged, ManagerError> {
        let dir = self.root.join("lib/firmware");
        let name = format!("dfxkit-{}-{}.bin", &hex(sha256)[..12], std::process::id());
        let path = dir.join(&name);
        let fail = |what: &'static str| {
            let path = path.clone();
            move |error| ManagerError::Prepare { what, path, error }
        };
        // What an earlier process of our number left behind is ours to remove; anything else is not followed.
        match fs::symlink_metadata(&path) {
            Ok(_) => remove(&path).map_err(fail("remove the old"))?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(fail("look at")(e)),
        }
        let staged = Staged { path: path.clone(), name };
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(fail("make"))?;
        // Not synced: the kernel reads through the page cache, and after a crash of the machine the device is empty too.
        file.write_all(image).map_err(fail("write"))?;
        Ok(staged)
    }

    fn set_flags(&self, flags: u32) -> Result<(), ManagerError> {
        let path = self.manager.join("flags");
        let text = format!("{flags:x}");
        let prepare = |error| ManagerError::Prepare { what: "set", path: path.clone(), error };
        let mut file = open_for_write(&path).map_err(prepare)?;
        let taken = file.write(text.as_bytes()).map_err(prepare)?;
        if taken != text.len() {
            return Err(prepare(io::Error::other(format!("took {taken} bytes of {}", text.len()))));
        }
        let back = self.flags()?;
        if back != flags {
            return Err(prepare(io::Error::other(format!("expected {flags:x}, reads back {back:x}"))));
        }
        Ok(())
    }

    fn flags(&self) -> Result<u32, ManagerError> {
        let path = self.manager.join("flags");
        let text = fs::read_to_string(&path).map_err(|error| ManagerError::Prepare {
            what: "read",
            path: path.clone(),
            error,
        })?;
        u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).map_err(|_| ManagerError::Prepare {
            what: "read",
            path,
            error: io::Error::other(format!("\"{}\" is no hexadecimal number", text.trim())),
        })
    }

    /// The one write that programs.
    fn trigger(&self, name: &str) -> Result<(), ManagerError> {
        let path = self.manager.join("firmware");
        let mut file = open_for_write(&path).map_err(|error| ManagerError::Prepare {
            what: "open",
            path: path.clone(),
            error,
        })?;
        let began = Instant::now();
        loop {
            // One call, never write_all: it would call again after a short count, and stumble over a count too large.
            let answer = file.write(name.as_bytes());
            if !matches!(&answer, Err(e) if e.raw_os_error() == Some(EBUSY)) {
                return judge(answer, name.len(), || self.state());
            }
            // The manager's own lock was taken (measured: state unchanged, nothing was written): wait for its holder.
            let waited = began.elapsed();
            if waited >= self.busy_patience {
                return Err(ManagerError::Busy { waited });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What the answer of the one write means.
fn judge(
    answer: io::Result<usize>,
    given: usize,
    state: impl FnOnce() -> String,
) -> Result<(), ManagerError> {
    match answer {
        Err(error) => Err(ManagerError::Load { error, state: state() }),
        Ok(taken) if taken != given => Err(ManagerError::OddCount { given, taken, state: state() }),
        Ok(_) => Ok(()),
    }
}

impl FpgaManager for Sysfs {
    fn name(&self) -> String {
        format!("{} ({})", self.name, self.manager.display())
    }

    fn takes(&self, order: Order) -> bool {
        // The ZynqMP firmware takes both orders; the Zynq-7000 port takes reversed words only, and of anything else here
        // nothing is known, so nothing but what every Xilinx driver takes is let through.
        match order {
            Order::ByteSwapped => true,
            Order::Normal => self.name.contains("ZynqMP"),
            _ => false,
        }
    }

    fn is_real(&self) -> bool {
        true
    }

    fn rival(&self) -> Option<String> {
        crate::rival::find(&self.root)
    }

    fn load(&mut self, image: &[u8], sha256: &[u8; 32], kind: ImageKind) -> Result<(), ManagerError> {
        let staged = self.stage(image, sha256)?;
        let before = self.flags()?;
        let restore = Restore { sysfs: self, flags: before };
        self.set_flags(if kind == ImageKind::Full { 0 } else { PARTIAL })?;
        self.trigger(&staged.name)?;
        drop(restore);
        let (state, status) = (self.state(), self.status());
        if state == "operating" && status.is_empty() {
            Ok(())
        } else {
            Err(ManagerError::NotOperating { state, status })
        }
    }

    fn tidy(&mut self) {
        for path in self.left_behind() {
            // It only takes space.
            let _ = remove(&path);
        }
        // Left set, the flag would mark the next full image of a program that trusts it to be 0 as partial.
        if let Ok(flags) = self.flags()
            && flags & PARTIAL != 0
        {
            let _ = self.set_flags(flags & !PARTIAL);
        }
    }
}

impl Sysfs {
    /// Firmware files of ours: their owners are dead, because we hold the lock.
    fn left_behind(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.root.join("lib/firmware")) else { return Vec::new() };
        let ours = |path: &PathBuf| {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
            name.strip_prefix("dfxkit-").and_then(|n| n.strip_suffix(".bin")).is_some_and(|n| {
                n.split_once('-').is_some_and(|(digest, process)| {
                    digest.len() == 12
                        && digest.bytes().all(|b| b.is_ascii_hexdigit())
                        && process.bytes().all(|b| b.is_ascii_digit())
                })
            })
        };
        entries.filter_map(Result::ok).map(|e| e.path()).filter(ours).collect()
    }
}

/// A firmware file that goes away again.
struct Staged {
    path: PathBuf,
    name: String,
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Left behind it only takes space: its name is unique.
        let _ = remove(&self.path);
    }
}

/// Puts `flags` back, also when the load failed.
struct Restore<'s> {
    sysfs: &'s Sysfs,
    flags: u32,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        // Nothing more can be done when it fails; every load of ours sets the flags first.
        let _ = self.sysfs.set_flags(self.flags);
    }
}

fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

/// Without `O_CREAT`: on a target the file is the kernel's, or the kernel is not what we think.
fn open_for_write(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).truncate(true).open(path)
}

fn read_line(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| format!("unreadable: {e}")).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{ManagerError, io, judge};

    #[test]
    fn a_count_that_is_not_the_one_given_is_an_error() {
        let state = || "operating".to_owned();
        assert!(judge(Ok(7), 7, state).is_ok());
        // -EINVAL as an unsigned count, as some kernels give it back; and a short count.
        for taken in [usize::MAX - 21, 3, 0, 8] {
            match judge(Ok(taken), 7, state) {
                Err(e @ ManagerError::OddCount { .. }) => assert!(!e.is_before_the_device()),
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(
            judge(Err(io::Error::from_raw_os_error(110)), 7, state),
            Err(ManagerError::Load { .. })
        ));
    }
}
