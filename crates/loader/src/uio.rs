// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! UIO devices: the windows that they map, and interrupts.
//!
//! An interrupt of a `generic-uio` device is masked by the kernel when it comes; writing 1 to the device unmasks it, reading
//! gives the number of interrupts since the device was opened (Documentation/driver-api/uio-howto.rst). So: unmask, wait,
//! read, make the IP take its request back, unmask again. [`Interrupt::wait`] unmasks first; what an IP needs to be told is
//! its driver's affair.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::sys::wait_readable;

/// A window of a UIO device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UioMap {
    /// `/dev/uioN`.
    pub device: PathBuf,
    /// Its number among the device's windows.
    pub index: u64,
    /// Physical address.
    pub base: u64,
    /// Bytes.
    pub size: u64,
}

/// The windows of all UIO devices of the system below `root`.
pub fn maps(root: &Path) -> Vec<UioMap> {
    let number = |path: PathBuf| {
        let text = fs::read_to_string(path).ok()?;
        u64::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
    };
    let mut maps = Vec::new();
    let Ok(devices) = fs::read_dir(root.join("sys/class/uio")) else { return maps };
    for device in devices.filter_map(Result::ok) {
        for index in 0..5 {
            let map = device.path().join(format!("maps/map{index}"));
            if let (Some(base), Some(size)) = (number(map.join("addr")), number(map.join("size")))
                && base.checked_add(size).is_some()
            {
                let device = root.join("dev").join(device.file_name());
                maps.push(UioMap { device, index, base, size });
            }
        }
    }
    maps.sort_by(|a, b| (&a.device, a.index).cmp(&(&b.device, b.index)));
    maps
}

/// The interrupt of a UIO device.
#[derive(Debug)]
pub struct Interrupt {
    file: File,
}

impl Interrupt {
    /// Of the device whose window holds the physical address `base`.
    ///
    /// # Errors
    /// `NotFound` when no UIO device covers it: the module's overlay must have bound `uio_pdrv_genirq` to the IP; others as
    /// the file system gives them.
    pub fn of_address(root: &Path, base: u64) -> io::Result<Self> {
        let map = maps(root).into_iter().find(|m| (m.base..m.base + m.size).contains(&base));
        let map = map.ok_or_else(|| {
            let why = format!(
                "no UIO device has a window at {base:#x}: the device tree must give the IP to uio_pdrv_genirq"
            );
            io::Error::new(io::ErrorKind::NotFound, why)
        })?;
        Self::open(&map.device)
    }

    /// Of `/dev/uioN`.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn open(device: &Path) -> io::Result<Self> {
        Ok(Self { file: OpenOptions::new().read(true).write(true).open(device)? })
    }

    /// Of an open device.
    pub fn from_file(file: File) -> Self {
        Self { file }
    }

    /// Lets the kernel pass the next interrupt on.
    ///
    /// # Errors
    /// `EIO` from a device that has no interrupt.
    pub fn unmask(&mut self) -> io::Result<()> {
        self.control(1)
    }

    /// Holds interrupts back.
    ///
    /// # Errors
    /// As [`Interrupt::unmask`].
    pub fn mask(&mut self) -> io::Result<()> {
        self.control(0)
    }

    fn control(&mut self, on: u32) -> io::Result<()> {
        match self.file.write(&on.to_ne_bytes())? {
            4 => Ok(()),
            n => Err(io::Error::other(format!("the device took {n} bytes of 4"))),
        }
    }

    /// Unmasks and waits. The number of interrupts since the device was opened (it wraps), or none when patience ended.
    ///
    /// # Errors
    /// As the device gives them.
    pub fn wait(&mut self, patience: Duration) -> io::Result<Option<u32>> {
        self.unmask()?;
        self.wait_unmasked(patience)
    }

    /// Waits without unmasking first.
    ///
    /// # Errors
    /// As the device gives them.
    pub fn wait_unmasked(&mut self, patience: Duration) -> io::Result<Option<u32>> {
        if !wait_readable(self.file.as_fd(), patience)? {
            return Ok(None);
        }
        let mut count = [0; 4];
        match self.file.read(&mut count)? {
            4 => Ok(Some(u32::from_ne_bytes(count))),
            n => Err(io::Error::other(format!("the device gave {n} bytes, expected a count of 4"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, File, Interrupt, Read, Write};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn it_unmasks_waits_and_counts() {
        // A stream stands for the device: what is written is what the kernel would be told.
        let (ours, mut kernel) = UnixStream::pair().expect("a pair");
        let mut interrupt = Interrupt::from_file(File::from(OwnedFd::from(ours)));
        assert_eq!(interrupt.wait(Duration::from_millis(2)).expect("waits"), None);
        let mut told = [0; 4];
        kernel.read_exact(&mut told).expect("unmasked");
        assert_eq!(told, 1_u32.to_ne_bytes());
        kernel.write_all(&17_u32.to_ne_bytes()).expect("sent");
        assert_eq!(interrupt.wait(Duration::from_secs(5)).expect("waits"), Some(17));
        interrupt.mask().expect("told");
        kernel.read_exact(&mut told).expect("unmasked again");
        kernel.read_exact(&mut told).expect("masked");
        assert_eq!(told, 0_u32.to_ne_bytes());
        drop(kernel);
        assert!(interrupt.wait(Duration::from_secs(5)).is_err(), "the device went away");
    }

    #[test]
    fn it_is_found_by_the_address_of_its_window() {
        let dir = tempfile::tempdir().expect("temp");
        let map = dir.path().join("sys/class/uio/uio3/maps/map0");
        fs_err::create_dir_all(&map).expect("made");
        fs_err::create_dir_all(dir.path().join("dev")).expect("made");
        fs_err::write(map.join("addr"), "0x43c00000\n").expect("written");
        fs_err::write(map.join("size"), "0x10000\n").expect("written");
        fs_err::write(dir.path().join("dev/uio3"), "").expect("written");
        Interrupt::of_address(dir.path(), 0x43c0_0080).expect("covers it");
        let missing = Interrupt::of_address(dir.path(), 0x43c1_0000).expect_err("nobody covers it");
        assert!(missing.to_string().contains("uio_pdrv_genirq"), "{missing}");
    }
}
