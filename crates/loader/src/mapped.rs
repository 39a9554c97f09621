// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers by memory mapping: of a UIO device when one covers the address, else of `/dev/mem`.
//!
//! Limits: an access to an address where no slave answers hangs a Zynq UltraScale+ for good; nothing here can see that.
//! `/dev/mem` needs root, and a kernel with CONFIG_STRICT_DEVMEM lets devices through but no RAM.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use crate::registers::{RegisterError, Registers};
use crate::sys::{Mapping, page_size};
use crate::uio::{self, UioMap};

/// Mapping granularity. All Linux page sizes are multiples of 4 KiB; larger ones are met by this too.
const PAGE: u64 = 0x1_0000;

/// Registers of the system below a root directory.
#[derive(Debug)]
pub struct Mapped {
    mem: PathBuf,
    uio: Vec<UioMap>,
    windows: BTreeMap<u64, Window>,
}

#[derive(Debug)]
struct Window {
    mapping: Mapping,
    /// Physical address of its first byte.
    base: u64,
}

impl Mapped {
    /// The registers of the system below `root`; `/` on a target. Nothing is mapped before it is used.
    pub fn new(root: &Path) -> Self {
        Self { mem: root.join("dev/mem"), uio: uio::maps(root), windows: BTreeMap::new() }
    }

    /// The window that holds an address, and the offset in it.
    fn window(&mut self, address: u64) -> Result<(&mut Window, usize), RegisterError> {
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
        let window = self.windows.get_mut(&key).ok_or_else(|| refuse("not mapped".to_owned()))?;
        let offset = address.checked_sub(window.base).and_then(|o| usize::try_from(o).ok());
        match offset {
            Some(offset) => Ok((window, offset)),
            None => Err(refuse("outside of its UIO window".to_owned())),
        }
    }

    fn map(&self, uio: Option<&UioMap>, key: u64) -> Result<Window, String> {
        let (path, offset, base, bytes) = match uio {
            // UIO: the offset names the map, in pages of the system (uio-howto); windows are whole.
            Some(u) => (u.device.clone(), u.index * page_size(), u.base, u.size),
            None => (self.mem.clone(), key, key, PAGE),
        };
        let open = OpenOptions::new().read(true).write(true).open(&path);
        let file = open.map_err(|e| format!("{}: {e}", path.display()))?;
        let bytes = usize::try_from(bytes).map_err(|e| e.to_string())?;
        let mapping =
            Mapping::new(&file, offset, bytes).map_err(|e| format!("mapping {}: {e}", path.display()))?;
        Ok(Window { mapping, base })
    }
}

impl Registers for Mapped {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        let (window, offset) = self.window(address)?;
        window.mapping.read_word(offset).ok_or_else(|| outside(address))
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        let (window, offset) = self.window(address)?;
        window.mapping.write_word(offset, value).ok_or_else(|| outside(address))
    }
    fn reaches(&mut self, address: u64) -> Result<(), RegisterError> {
        let (window, offset) = self.window(address)?;
        if offset + 4 <= window.mapping.len() { Ok(()) } else { Err(outside(address)) }
    }
}

fn outside(address: u64) -> RegisterError {
    RegisterError { address, why: "outside of its window".to_owned() }
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
