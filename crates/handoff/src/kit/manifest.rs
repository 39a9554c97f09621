// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `kit.json`, format 1.
//!
//! Addresses, frame addresses and IDCODEs are strings like `"0x43c00000"` (JSON numbers lose bits above 2^53 in many
//! readers); sizes and counts are numbers. Unknown keys are errors: what this reader does not know, it cannot check. A
//! newer format is refused before anything else of it is read.

use serde::{Deserialize, Serialize};

use super::error::KitError;
use super::hexadecimal;
use super::path::{KitPath, collisions};
use super::sums::is_digest;

/// The format that this library writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// The answer of a gate or check. Ordered from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Evidence was there and is good.
    Passed,
    /// Evidence is missing, or was not looked at.
    Unknown,
    /// Evidence was there and is bad.
    Refused,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
        })
    }
}

/// The manifest of a kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of the dfxkit that wrote the kit.
    pub dfxkit: String,
    /// Whose design.
    pub project: Project,
    /// True when the stand-in made the images: they configure no device.
    pub simulated: bool,
    /// The worst of [`Manifest::gates`]; unknown when there is none.
    pub verdict: Verdict,
    /// What made the images.
    pub vivado: Tool,
    /// For what device.
    pub device: Device,
    /// The static.
    #[serde(rename = "static")]
    pub fixed: Static,
    /// Partitions, in the order of the description.
    pub partitions: Vec<Partition>,
    /// Modules, in the order of the description.
    pub modules: Vec<Module>,
    /// Configurations, the parent first.
    pub configurations: Vec<Configuration>,
    /// Every gate's verdict.
    pub gates: Vec<Gate>,
    /// What the images were made of; none: not known (no git, or an adopted run tree).
    pub sources: Option<Sources>,
    /// Documents about the kit.
    pub documents: Vec<DocumentRef>,
    /// What a user might look for and does not find, with the reason.
    pub missing: Vec<Missing>,
}

/// The state of the sources when the kit was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// Full hash of the commit.
    pub commit: String,
    /// True when files differed from it.
    pub changed: bool,
}

/// A document of a kit: its digest is in `SHA256SUMS` only, because a document may name the digest of `kit.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentRef {
    /// Where.
    pub path: KitPath,
    /// What.
    pub kind: DocumentKind,
}

/// Kind of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// Bill of materials, CycloneDX JSON.
    Sbom,
    /// In-toto statement about how the kit was made.
    Provenance,
}

/// Name and version of the design.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

/// The tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `2024.2`.
    pub release: String,
    /// Build number, when an artifact tells it.
    pub build: Option<String>,
}

/// The device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// `xc7z020clg400-1`.
    pub part: String,
    /// `7-series`, `ultrascale`, `ultrascale-plus`, `versal`, or `unknown`.
    pub family: String,
    /// IDCODE that the images carry; compare with the top four bits (the revision) masked off.
    #[serde(with = "hexadecimal::option")]
    pub idcode: Option<u64>,
}

/// The static design.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Static {
    /// SHA-256 of the configuration data of the parent's full bitstream: without the header, which holds a date.
    pub identity: String,
    /// Top module.
    pub top: String,
    /// Configuration that the full image holds.
    pub configuration: Option<String>,
    /// Golden release that the static comes from.
    pub golden: Option<String>,
    /// Its files.
    pub files: Vec<File>,
}

/// Kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// Full bitstream, `.bit`.
    Full,
    /// Partial bitstream, `.bit`.
    Partial,
    /// Clearing bitstream, `.bit`: removes the module that it is named after.
    Clear,
    /// Full image for the Linux FPGA manager.
    FullBin,
    /// Partial image for the Linux FPGA manager.
    PartialBin,
    /// Clearing image for the Linux FPGA manager.
    ClearBin,
    /// Hand-off file.
    Hwh,
    /// Debug probes.
    Ltx,
    /// Device-tree overlay (`.dtbo`) that adds a module's devices to its region and programs nothing: for a loader that programs by
    /// itself.
    Overlay,
}

/// A file of the static or of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where.
    pub path: KitPath,
    /// What.
    pub kind: FileKind,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: String,
    /// SHA-256 of the configuration data alone (bitstreams): equal payloads are equal releases whatever their date.
    pub payload_sha256: Option<String>,
    /// [`Static::identity`] of the static that it belongs to.
    pub static_identity: String,
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// Name.
    pub name: String,
    /// Cell path.
    pub cell: String,
    /// Configuration frames that its modules write.
    pub frames: Frames,
    /// Address windows, from the static's hand-off file.
    pub apertures: Vec<Aperture>,
    /// What isolates it.
    pub isolation: Vec<Isolation>,
    /// Its reset, from the description: held while the partition is loaded.
    pub reset: Option<Reset>,
    /// Module that the full image puts there.
    pub power_up: Option<String>,
    /// Pblock ranges as described.
    pub pblock: Vec<String>,
}

/// A reset that software drives: bits of one register, a GPIO usually.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// Physical address of the register.
    #[serde(with = "hexadecimal::number")]
    pub address: u64,
    /// Its bits, at most 32.
    #[serde(with = "hexadecimal::number")]
    pub mask: u64,
    /// True when ones reset.
    pub active_high: bool,
    /// Microseconds that it stays asserted after the load.
    pub hold_us: u64,
}

/// A register that reads a known value when this module answers: an id or version register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Physical address.
    #[serde(with = "hexadecimal::number")]
    pub address: u64,
    /// Bits that count, at most 32.
    #[serde(with = "hexadecimal::number")]
    pub mask: u64,
    /// Their value.
    #[serde(with = "hexadecimal::number")]
    pub value: u64,
    /// Microseconds that the module may take until it answers so.
    pub timeout_us: u64,
}

/// An address range of a module, absolute: its hand-off file joined to its region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleRange {
    /// Path of the cell inside the module: `axi_gpio_0`.
    pub path: String,
    /// VLNV; none: a container.
    pub vlnv: Option<String>,
    /// Slave interface of the region that leads there.
    pub interface: String,
    /// First address.
    #[serde(with = "hexadecimal::number")]
    pub base: u64,
    /// Last address.
    #[serde(with = "hexadecimal::number")]
    pub high: u64,
    /// True for memory, false for registers.
    pub memory: bool,
    /// Driver that the description binds to it: the entry of [`Module::drivers`] that is its VLNV, whole or without version.
    pub driver: Option<String>,
}

/// Configuration frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frames {
    /// How many different frames; none: not known (the device's frame map is not, or the image is encrypted).
    pub count: Option<u64>,
    /// Runs of frame addresses, first and last, ascending, as the device steps through them.
    #[serde(with = "hexadecimal::pairs")]
    pub ranges: Vec<(u64, u64)>,
}

/// An address window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aperture {
    /// Slave interface of the partition.
    pub interface: String,
    /// First address.
    #[serde(with = "hexadecimal::number")]
    pub base: u64,
    /// Last address.
    #[serde(with = "hexadecimal::number")]
    pub high: u64,
}

/// A decoupler or shutdown manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isolation {
    /// Path of the IP, or `description` when the address comes from dfx.toml.
    pub path: String,
    /// `decoupler` or `shutdown-manager`.
    pub kind: String,
    /// Address of its register; none: it is driven by a pin, and the loader cannot reach it by itself.
    #[serde(with = "hexadecimal::option")]
    pub address: Option<u64>,
}

/// An interrupt of a module, followed through the static.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleInterrupt {
    /// Path of the cell inside the module.
    pub path: String,
    /// Its pin.
    pub pin: String,
    /// Interrupt controller in the static that it goes to; none: straight to the processor.
    pub controller: Option<String>,
    /// Input of that controller, or bit of the processor's pin.
    pub index: u64,
    /// The processor's own number (shared peripheral interrupt + 32), when it goes there directly.
    pub raw: Option<u64>,
}

/// A reconfigurable module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Name, unique in its partition.
    pub name: String,
    /// Partition that it fills.
    pub partition: String,
    /// True when it is empty on purpose.
    pub greybox: bool,
    /// Configuration that its files come from.
    pub configuration: String,
    /// Its files.
    pub files: Vec<File>,
    /// Driver bindings of the description.
    pub drivers: Vec<String>,
    /// What can be addressed in it; empty: nothing, or its hand-off file is not known (`missing` says so).
    pub ranges: Vec<ModuleRange>,
    /// Where its interrupts arrive.
    pub interrupts: Vec<ModuleInterrupt>,
    /// Its id register, from the description.
    pub id: Option<Probe>,
}

/// A configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Name.
    pub name: String,
    /// True for the one that the static was implemented in.
    pub parent: bool,
    /// What is where: partition and module; no module: an unnamed greybox.
    pub modules: Vec<(String, Option<String>)>,
}

/// One gate's verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Gate.
    pub gate: String,
    /// What was judged.
    pub subject: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Expected.
    pub expected: String,
    /// Actual.
    pub actual: String,
}

/// Something that is not in the kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// Of what.
    pub subject: String,
    /// What is missing.
    pub what: String,
    /// Why.
    pub why: String,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// [`KitError::Newer`], [`KitError::Json`], [`KitError::BadPath`] (as JSON error), [`KitError::Manifest`].
    pub fn parse(bytes: &[u8]) -> Result<Self, KitError> {
        #[derive(Deserialize)]
        struct Head {
            format: u64,
            dfxkit: String,
        }
        let json = |e: serde_json::Error| KitError::Json {
            line: e.line(),
            column: e.column(),
            message: e.to_string(),
        };
        let head: Head = serde_json::from_slice(bytes).map_err(json)?;
        if head.format > u64::from(FORMAT) {
            return Err(KitError::Newer { format: head.format, dfxkit: head.dfxkit });
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(json)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The file's text.
    ///
    /// # Errors
    /// [`KitError::Manifest`] when the manifest contradicts itself: what cannot be read back is not written.
    pub fn render(&self) -> Result<String, KitError> {
        self.check()?;
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|e| KitError::Manifest(format!("cannot be written: {e}")))?;
        text.push('\n');
        Ok(text)
    }

    /// Every file that the manifest describes.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.fixed.files.iter().chain(self.modules.iter().flat_map(|m| &m.files))
    }

    /// The full image that the identity is taken from.
    pub fn full_image(&self) -> Option<&File> {
        self.fixed.files.iter().find(|f| f.kind == FileKind::Full)
    }

    /// Consistency beyond the syntax.
    fn check(&self) -> Result<(), KitError> {
        let fault = |text: String| Err(KitError::Manifest(text));
        if self.format == 0 || self.format > FORMAT {
            return fault(format!("format {} does not exist", self.format));
        }
        if !is_digest(&self.fixed.identity) {
            return fault("the static identity is not a SHA-256".to_owned());
        }
        let worst = self.gates.iter().map(|g| g.verdict).max().unwrap_or(Verdict::Unknown);
        if self.verdict != worst {
            return fault(format!("the verdict is {}, but the worst gate says {worst}", self.verdict));
        }
        match self.full_image() {
            None => return fault("the static has no full bitstream".to_owned()),
            Some(full) if full.payload_sha256.as_deref() != Some(self.fixed.identity.as_str()) => {
                return fault(format!("{} is not the bitstream that the static identity names", full.path));
            }
            Some(_) => {}
        }
        if let Some(twice) = duplicate(self.partitions.iter().map(|p| p.name.as_str())) {
            return fault(format!("partition \"{twice}\" appears twice"));
        }
        for partition in &self.partitions {
            let own = || self.modules.iter().filter(|m| m.partition == partition.name);
            if let Some(twice) = duplicate(own().map(|m| m.name.as_str())) {
                return fault(format!(
                    "module \"{twice}\" appears twice in partition \"{}\"",
                    partition.name
                ));
            }
            if let Some(name) = partition.power_up.as_deref().filter(|n| !own().any(|m| m.name == *n)) {
                return fault(format!(
                    "partition \"{}\" powers up with unknown module \"{name}\"",
                    partition.name
                ));
            }
            if let Some((first, last)) = partition.frames.ranges.iter().find(|(first, last)| first > last) {
                return fault(format!(
                    "frames {first:#x}..{last:#x} of \"{}\" run backwards",
                    partition.name
                ));
            }
            if let Some(a) = partition.apertures.iter().find(|a| a.base > a.high) {
                return fault(format!(
                    "aperture \"{}\" of \"{}\" runs backwards",
                    a.interface, partition.name
                ));
            }
            if let Some(reset) = &partition.reset {
                word(&format!("reset of \"{}\"", partition.name), reset.address, reset.mask)?;
            }
            // The clearing image removes one module: shared by two, it would clear the wrong one (UG909).
            let clears = own().flat_map(|m| &m.files).filter(|f| f.kind == FileKind::Clear);
            if let Some(digest) = duplicate(clears.map(|f| f.sha256.as_str())) {
                return fault(format!(
                    "two modules of \"{}\" have the same clearing bitstream ({digest})",
                    partition.name
                ));
            }
        }
        for module in &self.modules {
            if !self.partitions.iter().any(|p| p.name == module.partition) {
                return fault(format!(
                    "module \"{}\" is for unknown partition \"{}\"",
                    module.name, module.partition
                ));
            }
            if let Some(id) = &module.id {
                let what = format!("id of \"{}\"", module.name);
                word(&what, id.address, id.mask)?;
                if id.value & !id.mask != 0 {
                    return fault(format!("{what} expects {:#x} outside its mask {:#x}", id.value, id.mask));
                }
            }
            if let Some(r) = module.ranges.iter().find(|r| r.base > r.high) {
                return fault(format!("range \"{}\" of \"{}\" runs backwards", r.path, module.name));
            }
            let windows =
                self.partitions.iter().filter(|p| p.name == module.partition).flat_map(|p| &p.apertures);
            for r in &module.ranges {
                if !windows
                    .clone()
                    .any(|a| a.interface == r.interface && a.base <= r.base && r.high <= a.high)
                {
                    return fault(format!(
                        "range \"{}\" of \"{}\" ({:#x}..={:#x}) lies in no window of \"{}\"",
                        r.path, module.name, r.base, r.high, module.partition
                    ));
                }
            }
            let kinds: Vec<String> = module.files.iter().map(|f| format!("{:?}", f.kind)).collect();
            if let Some(kind) = duplicate(kinds.iter().map(String::as_str)) {
                return fault(format!("module \"{}\" has two files of kind {kind}", module.name));
            }
        }
        for configuration in &self.configurations {
            for (partition, module) in &configuration.modules {
                let known = self.partitions.iter().any(|p| &p.name == partition);
                if !known {
                    return fault(format!(
                        "configuration \"{}\" names unknown partition \"{partition}\"{}",
                        configuration.name,
                        module.as_deref().map_or_else(String::new, |m| format!(" (for module \"{m}\")"))
                    ));
                }
            }
        }
        for file in self.files() {
            if !is_digest(&file.sha256) || file.payload_sha256.as_deref().is_some_and(|d| !is_digest(d)) {
                return fault(format!("a digest of {} is not a SHA-256", file.path));
            }
            if file.size == 0 {
                return fault(format!("{} is empty", file.path));
            }
            if file.static_identity != self.fixed.identity {
                return fault(format!(
                    "{} belongs to static {}, this kit's static is {}",
                    file.path, file.static_identity, self.fixed.identity
                ));
            }
        }
        collisions(self.files().map(|f| &f.path).chain(self.documents.iter().map(|d| &d.path)))
    }
}

/// A register of 32 bits that is looked at with a mask.
fn word(what: &str, address: u64, mask: u64) -> Result<(), KitError> {
    if address.is_multiple_of(4) && (1..=u64::from(u32::MAX)).contains(&mask) {
        return Ok(());
    }
    Err(KitError::Manifest(format!("{what}: {address:#x} with mask {mask:#x} is no register of 32 bits")))
}

fn duplicate<'n>(names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().find(|n| !seen.insert(*n))
}
