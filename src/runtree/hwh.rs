// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hand-off files of a project: where they lie, and which belongs to the static and to each module.
//!
//! `P.gen/sources_1/bd/TOP/hw_handoff/TOP.hwh` is the static's, `P.gen/sources_1/bd/RM/hw_handoff/RM.hwh` an old-style module's,
//! `P.gen/sources_1/bd/TOP/bd/RM_inst_0/hw_handoff/RM_inst_0.hwh` a block design container's (`.srcs` before 2020.2). They are matched by the
//! name that the file itself says, never by being the only one. Files below `ip/` describe the insides of IP and are passed over.

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::part::same_part;
use serde::Serialize;
use walkdir::WalkDir;

use crate::gates::header::{SIMULATED, release};

/// A hand-off file by its head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HwhFile {
    /// Absolute path.
    pub path: Utf8PathBuf,
    /// Name of the block design.
    pub name: String,
    /// Device and package: `7z020clg400`.
    pub device: String,
    /// Vivado release.
    pub release: Option<String>,
    /// True when the stand-in wrote it.
    pub simulated: bool,
}

impl HwhFile {
    /// Reads a file.
    pub fn read(path: &Utf8Path) -> Result<Self, String> {
        let bytes = fs_err::read(path).map_err(|e| e.to_string())?;
        let hwh = dfxkit_handoff::hwh::parse(&bytes).map_err(|e| format!("{path}: {e}"))?;
        // The mark stands in the head; a block design's own names come later.
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).into_owned();
        Ok(Self {
            path: path.to_owned(),
            device: hwh.system.device_package(),
            release: release(&hwh.vivado),
            simulated: head.contains(SIMULATED),
            name: hwh.system.name,
        })
    }

    /// True when it can be of that part.
    pub fn fits(&self, part: &str) -> bool {
        same_part(&self.device, part)
    }
}

/// All hand-off files of a project directory; what cannot be read comes back as notes.
pub fn find(project_dir: &Utf8Path, project: &str) -> (Vec<HwhFile>, Vec<String>) {
    let (mut found, mut notes) = (Vec::new(), Vec::new());
    let sources = |name: &str| matches!(Utf8Path::new(name).extension(), Some("gen" | "srcs"));
    let mut roots: Vec<Utf8PathBuf> = Vec::new();
    let entries = project_dir.read_dir_utf8().into_iter().flatten().flatten();
    roots.extend(entries.filter(|e| sources(e.file_name())).map(|e| e.path().to_owned()));
    // Of the project itself when there is one by its name; else whatever lies beside the runs.
    let own: Vec<_> = roots.iter().filter(|r| r.file_stem() == Some(project)).cloned().collect();
    for root in if own.is_empty() { roots } else { own } {
        let walk = WalkDir::new(&root).max_depth(8).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|e| e.file_name() != "ip").flatten() {
            let Some(path) = Utf8Path::from_path(entry.path()) else { continue };
            let in_handoff = path.parent().and_then(Utf8Path::file_name) == Some("hw_handoff");
            if path.extension() == Some("hwh") && in_handoff {
                match HwhFile::read(path) {
                    Ok(file) => found.push(file),
                    Err(e) => notes.push(e),
                }
            }
        }
    }
    (found, notes)
}

/// The file of a module, by the name that Vivado gives the module (a container's is `<bd>_inst_0` on both sides).
pub fn of_module<'a>(files: &'a [HwhFile], module: &str) -> Option<&'a HwhFile> {
    files.iter().find(|f| f.name == module)
}

/// The file of the static: the block design is the top, or the top is its wrapper, or it is the instance that the partitions lie in.
pub fn of_static<'a>(files: &'a [HwhFile], top: &str, cells: &[&str]) -> Option<&'a HwhFile> {
    let by_top = |f: &&HwhFile| f.name == top || top.strip_suffix("_wrapper") == Some(f.name.as_str());
    let by_instance = |f: &&HwhFile| {
        cells.iter().any(|c| c.split('/').next().and_then(|i| i.strip_suffix("_i")) == Some(f.name.as_str()))
    };
    files.iter().find(by_top).or_else(|| files.iter().find(by_instance))
}
