// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers by memory mapping: of a UIO device when one covers the address, else of `/dev/mem`.
//!
//! The only module with `unsafe`: mapping memory, and 32-bit volatile accesses to it. Feature `mmap`.
//!
//! Limits: an access to an address where no slave answers hangs a Zynq UltraScale+ for good; nothing here can see that.
//! `/dev/mem` needs root, and a kernel with CONFIG_STRICT_DEVMEM lets devices through but no RAM.
#![expect(unsafe_code, reason = "the mmap module")]

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use crate::registers::{RegisterError, Registers};

/// Mapping granularity. All Linux page sizes are multiples of 4 KiB; larger ones are met by this too.
const PAGE: u64 = 0x1_0000;

/// A window of a UIO device.
#[derive(Debug, Clone, PartialEq, Eq)]
struct UioMap {
    device: PathBuf,
    index: u64,
    base: u64,
    size: u64,
}

/// Registers of the system below a root directory.
#[derive(Debug)]
pub struct Mapped {
    mem: PathBuf,
    uio: Vec<UioMap>,
    windows: BTreeMap<u64, Window>,
}

#[derive(Debug)]
struct Window {
    start: NonNull<u8>,
    bytes: usize,
    /// Physical address of `start`.
    base: u64,
}

// SAFETY: the mapping belongs to this value alone, is not tied to a thread, and is accessed through `&mut Mapped` only.
unsafe impl Send for Window {}

impl Drop for Window {
    fn drop(&mut self) {
        // SAFETY: `start` and `bytes` are those of one successful mmap, unmapped once, and no reference to it exists: all
        // accesses are volatile ones through raw pointers within `Mapped::slot`'s callers.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

impl Mapped {
    /// The registers of the system below `root`; `/` on a target. Nothing is mapped before it is used.
    pub fn new(root: &Path) -> Self {
        Self { mem: root.join("dev/mem"), uio: uio_maps(root), windows: BTreeMap::new() }
    }

    fn slot(&mut self, address: u64) -> Result<NonNull<u32>, RegisterError> {
        let refuse = |why: String| RegisterError { address, why };
        if !address.is_multiple_of(4) {
            return Err(refuse("not aligned to 32 bits".to_owned()));
        }
        let uio = self.uio.iter().find(|u| (u.base..u.base + u.size).contains(&address));
        let key = uio.map_or(address / PAGE * PAGE, |u| u.base);
        if !self.windows.contains_key(&key) {
            let window = self.map(uio, key).map_err(refuse)?;
            self.windows.insert(key, window);
        }
        let window = &self.windows[&key];
        let offset = address.checked_sub(window.base).and_then(|o| usize::try_from(o).ok());
        let offset = offset.filter(|o| o + 4 <= window.bytes);
        let offset = offset.ok_or_else(|| refuse("outside of its UIO window".to_owned()))?;
        // SAFETY: `offset + 4 <= bytes` was checked, so the pointer stays inside the mapping.
        Ok(unsafe { window.start.add(offset) }.cast())
    }

    fn map(&self, uio: Option<&UioMap>, key: u64) -> Result<Window, String> {
        let (path, offset, base, bytes) = match uio {
            // UIO: the offset names the map, in pages of the system (uio-howto); windows are whole.
            Some(u) => (u.device.clone(), u.index * rustix::param::page_size() as u64, u.base, u.size),
            None => (self.mem.clone(), key, key, PAGE),
        };
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = file.map_err(|e| format!("{}: {e}", path.display()))?;
        let short = regular_length(&file).is_some_and(|length| length < offset + bytes);
        if short {
            return Err(format!("{} is a file that ends before it", path.display()));
        }
        let bytes = usize::try_from(bytes).map_err(|e| e.to_string())?;
        let flags = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new shared mapping at an address of the kernel's choice; it overlaps nothing of ours, and a regular file
        // (a test's root) was checked to be long enough, so no access faults.
        let start = unsafe { mmap(std::ptr::null_mut(), bytes, flags, MapFlags::SHARED, &file, offset) };
        let start = start.map_err(|e| format!("mapping {}: {e}", path.display()))?;
        let start = NonNull::new(start.cast()).ok_or("mapped at 0")?;
        Ok(Window { start, bytes, base })
    }
}

fn regular_length(file: &File) -> Option<u64> {
    file.metadata().ok().filter(|m| m.is_file()).map(|m| m.len())
}

fn uio_maps(root: &Path) -> Vec<UioMap> {
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
    maps
}

impl Registers for Mapped {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        let slot = self.slot(address)?;
        // SAFETY: `slot` is inside a live mapping and aligned (page start plus a multiple of four); volatile, so it is one
        // access of 32 bits, neither left out nor repeated.
        Ok(unsafe { slot.as_ptr().read_volatile() })
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        let slot = self.slot(address)?;
        // SAFETY: as for `read`; the mapping is writable.
        unsafe { slot.as_ptr().write_volatile(value) };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Mapped, Registers};

    #[test]
    fn a_file_stands_for_memory_and_uio_goes_first() {
        let dir = tempfile::tempdir().expect("temp");
        let root = dir.path();
        fs_err::create_dir_all(root.join("dev")).expect("made");
        let mem = fs_err::File::create(root.join("dev/mem")).expect("made");
        mem.set_len(0x4121_0000).expect("sparse");
        let map = root.join("sys/class/uio/uio0/maps/map0");
        fs_err::create_dir_all(&map).expect("made");
        fs_err::write(map.join("addr"), "0x43c00000\n").expect("written");
        fs_err::write(map.join("size"), "0x1000\n").expect("written");
        fs_err::File::create(root.join("dev/uio0")).expect("made").set_len(0x1000).expect("long");

        let mut registers = Mapped::new(root);
        registers.write(0x4120_0008, 0xa5a5_0001).expect("in the file");
        assert_eq!(registers.read(0x4120_0008), Ok(0xa5a5_0001));
        assert_eq!(registers.read(0x4120_000c), Ok(0));
        registers.write(0x43c0_0010, 7).expect("in the UIO device");
        let bytes = fs_err::read(root.join("dev/uio0")).expect("readable");
        assert_eq!(bytes[0x10..0x14], 7_u32.to_ne_bytes());
        // Not aligned, behind the UIO window, behind the end of the file.
        for address in [0x4120_0002, 0x43c0_1000, 0x8000_0000] {
            assert!(registers.read(address).is_err(), "{address:#x}");
        }
    }
}
