// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The FPGA manager of linux-xlnx, by `/sys/class/fpga_manager/fpga0/{flags,firmware,state,status,name}`.
//!
//! Facts that shaped it: `flags` is hexadecimal without `0x` and keeps its value (it would mark the next full image of
//! somebody else as partial), so it is put back; `firmware` takes a file name below the firmware search path in one
//! `write(2)` and takes no lock; a failed write may come back as a count beyond what was given; `state` tells the truth
//! only after the write. The firmware file is copied before anything is touched, so that a full disk is found in time. On
//! ZynqMP the driver copies the image into one piece of memory; when less is free than that, the load is refused first.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use dfxkit_fabric::codec::Order;

use crate::firmware::Firmware;
use crate::kit::ImageKind;
use crate::manager::{FpgaManager, ManagerError};
use crate::patience::until;
use crate::rival::Lookout;

/// Flag bit 0: partial reconfiguration (linux-xlnx, fpga-mgr.h).
const PARTIAL: u32 = 1;

/// One FPGA manager below a root directory.
#[derive(Debug)]
pub struct Sysfs {
    root: PathBuf,
    manager: PathBuf,
    name: String,
    firmware: Firmware,
    lookout: Lookout,
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
        let (firmware, lookout) = (Firmware::new(root), Lookout::new(root));
        Ok(Self {
            root: root.to_path_buf(),
            manager,
            name,
            firmware,
            lookout,
            busy_patience: Duration::from_secs(2),
        })
    }

    /// The driver's `state`.
    pub fn state(&self) -> String {
        read_line(&self.manager.join("state"))
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
        let answer = until(self.busy_patience, Duration::from_millis(5), || {
            // One call, never write_all: it would call again after a short count, and stumble over a count too large.
            let answer = file.write(name.as_bytes());
            // EBUSY: the manager's own lock was taken (measured: state unchanged, nothing was written): wait for its holder.
            let busy = matches!(&answer, Err(e) if e.raw_os_error() == Some(EBUSY));
            Ok::<_, ManagerError>((!busy).then_some(answer))
        })?;
        match answer {
            Ok(answer) => judge(answer, name.len(), || self.state()),
            Err(waited) => Err(ManagerError::Busy { waited }),
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
        takes(&self.name, order)
    }

    fn is_real(&self) -> bool {
        true
    }

    fn rival(&self) -> Option<String> {
        self.lookout.find()
    }

    fn load(&mut self, image: &[u8], sha256: &[u8; 32], kind: ImageKind) -> Result<(), ManagerError> {
        let staged = self.firmware.take(image, sha256)?;
        let before = self.flags()?;
        let restore = Restore { sysfs: self, flags: before };
        self.set_flags(if kind == ImageKind::Full { 0 } else { PARTIAL })?;
        self.trigger(&staged.name)?;
        drop(restore);
        operating(&self.manager)
    }

    fn stage(&mut self, image: &[u8], sha256: &[u8; 32]) -> Result<(), ManagerError> {
        room(&self.root, &self.name, image.len() as u64)?;
        self.firmware.stage(image, sha256)
    }

    fn unstage(&mut self) {
        self.firmware.unstage();
    }

    fn keep(&mut self, image: &[u8], sha256: &[u8; 32]) {
        self.firmware.keep(image, sha256);
    }

    fn release(&mut self, sha256: &[u8; 32]) {
        self.firmware.release(sha256);
    }

    fn trouble(&self) -> Option<String> {
        trouble(&self.manager)
    }

    fn tidy(&mut self, loading: bool) {
        self.firmware.tidy();
        // Left set, the flag would mark the next full image of a program that trusts it to be 0 as partial.
        if loading
            && let Ok(flags) = self.flags()
            && flags & PARTIAL != 0
        {
            let _ = self.set_flags(flags & !PARTIAL);
        }
    }
}

/// Which orders a manager of that name takes. The ZynqMP firmware takes both; the Zynq-7000 port takes reversed words only, and
/// of anything else here nothing is known, so nothing but what every Xilinx driver takes is let through.
pub(crate) fn takes(name: &str, order: Order) -> bool {
    match order {
        Order::ByteSwapped => true,
        Order::Normal => name.contains("ZynqMP"),
        _ => false,
    }
}

/// On ZynqMP the driver copies the image into one piece of DMA memory (a CMA area, where the kernel has one).
pub(crate) fn room(root: &Path, name: &str, needed: u64) -> Result<(), ManagerError> {
    let Ok(text) = fs::read_to_string(root.join("proc/meminfo")) else { return Ok(()) };
    let bytes = |key: &str| {
        let rest = text.lines().find_map(|l| l.strip_prefix(key))?;
        rest.trim_end_matches("kB").trim().parse::<u64>().ok().map(|k| k * 1024)
    };
    match (bytes("CmaTotal:"), bytes("CmaFree:")) {
        (Some(total), Some(free)) if name.contains("ZynqMP") && total > 0 && free < needed => {
            Err(ManagerError::NoRoom { needed, free })
        }
        _ => Ok(()),
    }
}

/// A state that only a load which reached the device and failed leaves behind.
pub(crate) fn trouble(manager: &Path) -> Option<String> {
    let state = read_line(&manager.join("state"));
    ["write init error", "write error", "write complete error"].contains(&state.as_str()).then_some(state)
}

/// Whether a manager says that the device operates.
pub(crate) fn operating(manager: &Path) -> Result<(), ManagerError> {
    let state = read_line(&manager.join("state"));
    // One error word a line; most Xilinx drivers leave it empty, old kernels do not have it.
    let status = fs::read_to_string(manager.join("status")).unwrap_or_default();
    let status = status.split_whitespace().collect::<Vec<_>>().join(" ");
    if state == "operating" && status.is_empty() {
        Ok(())
    } else {
        Err(ManagerError::NotOperating { state, status })
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

/// Without `O_CREAT`: on a target the file is the kernel's, or the kernel is not what we think.
fn open_for_write(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).truncate(true).open(path)
}

pub(crate) fn read_line(path: &Path) -> String {
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
