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
    /// What a user might look for and does not find, with the reason.
    pub missing: Vec<Missing>,
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
    /// Module that the full image puts there.
    pub power_up: Option<String>,
    /// Pblock ranges as described.
    pub pblock: Vec<String>,
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
        collisions(self.files().map(|f| &f.path))
    }
}

fn duplicate<'n>(names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().find(|n| !seen.insert(*n))
}
