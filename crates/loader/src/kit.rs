// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kit as tables. The loader crate inside a kit holds them as constants; nothing is parsed on the target.

use crate::care::{Probe, Reset};

/// One kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kit {
    /// Project.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// True when the stand-in made the images. Such a kit is refused by every manager but a fake.
    pub simulated: bool,
    /// `passed`, `unknown` or `refused`: the worst gate when the kit was built.
    pub verdict: &'static str,
    /// Part.
    pub part: &'static str,
    /// IDCODE that its images carry; the top four bits (revision) are not compared.
    pub idcode: Option<u32>,
    /// True when a module must be cleared before the next is loaded (UltraScale, not UltraScale+; UG909).
    pub needs_clear: bool,
    /// SHA-256 of the configuration data of the static's full bitstream.
    pub static_id: [u8; 32],
    /// The full image, in the form that the FPGA manager takes.
    pub full: Option<Image>,
    /// Partitions.
    pub partitions: &'static [Partition],
}

/// A partition, with what can be loaded into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Name.
    pub name: &'static str,
    /// Cell path.
    pub cell: &'static str,
    /// Runs of frame addresses that its images may write, first and last. Empty: not known, and then not checked.
    pub frames: &'static [(u32, u32)],
    /// What isolates it.
    pub isolation: &'static [Isolation],
    /// Its reset, held while it is loaded; none: the kit knows none.
    pub reset: Option<Reset>,
    /// Module that the full image puts there.
    pub power_up: Option<&'static str>,
    /// Its modules.
    pub modules: &'static [Module],
}

/// A decoupler or shutdown manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isolation {
    /// Path of the IP in the block design.
    pub path: &'static str,
    /// Kind.
    pub kind: IsolationKind,
    /// Physical address of its register; none: it hangs on a pin.
    pub address: Option<u64>,
}

/// Kind of an isolation IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsolationKind {
    /// DFX decoupler (PG375): register 0, bit 0.
    Decoupler,
    /// DFX AXI shutdown manager (PG377): register 0; reads 0xF when drained.
    ShutdownManager,
}

/// A module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Name.
    pub name: &'static str,
    /// True when it is empty on purpose.
    pub greybox: bool,
    /// Its partial image.
    pub image: Image,
    /// The image that clears it away (UltraScale).
    pub clear: Option<Image>,
    /// A register that only this module answers; none: the kit knows none.
    pub id: Option<Probe>,
    /// Its device-tree overlay (`.dtbo`), which brings drivers and programs nothing.
    pub overlay: Option<Blob>,
}

/// A file that is no image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Path below the kit's directory.
    pub path: &'static str,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}

/// A file to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Path below the kit's directory.
    pub path: &'static str,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Kind.
    pub kind: ImageKind,
    /// The static that it was made for.
    pub static_id: [u8; 32],
}

/// Kind of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// The whole device.
    Full,
    /// One partition.
    Partial,
    /// Clears a module away.
    Clear,
}

impl std::fmt::Display for ImageKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::Clear => "clearing",
        })
    }
}

/// The bytes of a digest of 64 hexadecimal digits, as `SHA256SUMS` writes it. For constants: the digests in a kit's loader
/// can be searched for in its lists.
///
/// # Panics
/// On anything else; in a constant this is an error of the compiler.
///
/// ```
/// const ID: [u8; 32] = dfxkit_loader::digest("00ff000000000000000000000000000000000000000000000000000000000000");
/// assert_eq!(ID[..3], [0, 255, 0]);
/// ```
pub const fn digest(hex: &str) -> [u8; 32] {
    const fn nibble(digit: u8) -> u8 {
        match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => panic!("a digest holds lower-case hexadecimal digits"),
        }
    }
    let digits = hex.as_bytes();
    assert!(digits.len() == 64, "a digest has 64 digits");
    let mut bytes = [0; 32];
    let mut n = 0;
    while n < 32 {
        bytes[n] = nibble(digits[2 * n]) << 4 | nibble(digits[2 * n + 1]);
        n += 1;
    }
    bytes
}

impl Kit {
    /// A partition by name.
    pub fn partition(&self, name: &str) -> Option<&'static Partition> {
        self.partitions.iter().find(|p| p.name == name)
    }
}

impl Partition {
    /// A module by name.
    pub fn module(&self, name: &str) -> Option<&'static Module> {
        self.modules.iter().find(|m| m.name == name)
    }
}
