// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One run directory: its log, state, checkpoints, bitstreams and reports, and what it says fills which partition.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::bit::BitFile;
use super::dcp::Dcp;
use super::state::{self, RunState};
use super::xpr::GenRun;
use crate::design::names::{self, mangle_cell};
use crate::gates::log::{self, Log, tcl_words};
use crate::gates::pr_verify::{self, PrVerify};

/// What told which module fills a cell. In the order of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// `Command: write_bitstream -cell ..` in the run's log.
    BitstreamCommand,
    /// The checkpoint that the run's log reads for the cell.
    CheckpointRead,
    /// The configuration of the project file, which may be newer than the run.
    Project,
    /// Only the name of the partial bitstream, with the cell known from elsewhere.
    FileName,
}

/// What fills a cell in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// Cell path.
    pub cell: String,
    /// The module by Vivado's name; none: a greybox.
    pub module: Option<String>,
    /// Who says so.
    pub source: Source,
}

/// A run directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Name: the directory's.
    pub name: String,
    /// The directory, absolute.
    pub dir: Utf8PathBuf,
    /// State by its `.rst` files.
    pub state: RunState,
    /// Names of all files directly inside.
    #[serde(skip)]
    pub files: Vec<String>,
    /// `gen_run.xml`
    #[serde(skip)]
    pub gen_run: Option<GenRun>,
    /// Path of the log.
    pub log_path: Option<Utf8PathBuf>,
    /// The log; empty without one.
    #[serde(skip)]
    pub log: Log,
    /// `pr_verify` results in the log.
    #[serde(skip)]
    pub verified: Vec<PrVerify>,
    /// Checkpoints with what they say.
    pub checkpoints: Vec<(Utf8PathBuf, Dcp)>,
    /// Bitstreams with what their headers say.
    pub bitstreams: Vec<BitFile>,
    /// Files that are not what their names say.
    pub unreadable: Vec<String>,
}

impl Run {
    /// Reads a directory.
    pub fn read(dir: &Utf8Path) -> std::io::Result<Self> {
        let mut files = Vec::new();
        for entry in dir.read_dir_utf8()? {
            let entry = entry?;
            // Through links: trees are put together from several disks.
            if entry.path().is_file() {
                files.push(entry.file_name().to_owned());
            }
        }
        files.sort();
        let mut unreadable = Vec::new();
        let (mut checkpoints, mut bitstreams) = (Vec::new(), Vec::new());
        for name in &files {
            let path = dir.join(name);
            match path.extension() {
                Some("dcp") => match Dcp::read(&path) {
                    Ok(dcp) => checkpoints.push((path, dcp)),
                    Err(e) => unreadable.push(format!("{name}: {e}")),
                },
                Some("bit") => match BitFile::read(&path) {
                    Ok(bit) => bitstreams.push(bit),
                    Err(e) => unreadable.push(format!("{name}: {e}")),
                },
                _ => {}
            }
        }
        // A .vdi or .vds and the console's runme.log hold the same; the named one first.
        let named = |ext: &str| files.iter().find(|f| f.ends_with(ext) && !f.contains(".backup."));
        let log_name =
            named(".vdi").or_else(|| named(".vds")).or_else(|| files.iter().find(|f| *f == "runme.log"));
        let log_path = log_name.map(|n| dir.join(n));
        let text = match &log_path {
            Some(path) => String::from_utf8_lossy(&fs_err::read(path)?).into_owned(),
            None => String::new(),
        };
        let log = log::read(&text);
        let gen_run = if files.iter().any(|f| f == "gen_run.xml") {
            match GenRun::read(&dir.join("gen_run.xml")) {
                Ok(g) => Some(g),
                Err(e) => {
                    unreadable.push(format!("gen_run.xml: {e}"));
                    None
                }
            }
        } else {
            None
        };
        Ok(Self {
            name: dir.file_name().unwrap_or_default().to_owned(),
            dir: dir.to_owned(),
            state: state::of_names(files.iter().map(String::as_str)),
            verified: pr_verify::in_log(&text, &log),
            files,
            gen_run,
            log_path,
            log,
            checkpoints,
            bitstreams,
            unreadable,
        })
    }

    /// Absolute path of a file, if it is there.
    pub fn file(&self, name: &str) -> Option<Utf8PathBuf> {
        self.files.iter().any(|f| f == name).then(|| self.dir.join(name))
    }

    /// True for an implementation run: it linked, placed, routed or wrote bitstreams.
    pub fn implementation(&self) -> bool {
        let steps = ["opt_design", "place_design", "route_design", "write_bitstream"];
        self.log.steps.iter().any(|s| steps.contains(&s.name.as_str()))
            || self
                .files
                .iter()
                .any(|f| has_extension(f, "vdi") || has_extension(f, "bit") || f == ".init_design.begin.rst")
    }

    /// The words after an option of the `link_design` command.
    fn link(&self, option: &str) -> Option<String> {
        let words = self.log.commands_named("link_design").next()?.words();
        let at = words.iter().position(|w| w == option)?;
        words.get(at + 1).cloned()
    }

    /// Top module: of the link, of a checkpoint of the whole design, of a full bitstream, of the log's name.
    pub fn top(&self) -> Option<String> {
        let checkpoint = || {
            let whole = self.checkpoints.iter().find(|(_, d)| !d.out_of_context && !d.reconfigurable);
            whole.and_then(|(_, d)| d.top.clone())
        };
        let log_name = || {
            let stem = self.log_path.as_ref().filter(|p| p.extension() == Some("vdi"))?.file_stem()?;
            Some(stem.to_owned())
        };
        self.link("-top")
            .or_else(checkpoint)
            .or_else(|| self.bitstreams.first().map(|b| b.design.clone()))
            .or_else(log_name)
    }

    /// Part: of the link, of a checkpoint, of the launch.
    pub fn part(&self) -> Option<String> {
        self.link("-part")
            .or_else(|| self.checkpoints.iter().find_map(|(_, d)| d.part.clone()))
            .or_else(|| self.gen_run.as_ref().and_then(|g| g.part.clone()))
            .or_else(|| self.bitstreams.first().map(|b| b.part.clone()))
    }

    /// Cells of the partitions: of the link, else black boxes of a checkpoint of the whole design.
    pub fn cells(&self) -> Vec<String> {
        if let Some(list) = self.link("-reconfig_partitions") {
            return tcl_words(&list);
        }
        let whole = self.checkpoints.iter().find(|(_, d)| !d.out_of_context && !d.blackboxes.is_empty());
        whole.map(|(_, d)| d.blackboxes.clone()).unwrap_or_default()
    }

    /// True when post-route phys_opt ran: then the routed checkpoints have other names.
    pub fn post_route(&self) -> bool {
        let mark = "_postroute_physopt";
        self.files.iter().any(|f| f.contains(mark) && has_extension(f, "dcp"))
            || self.log.checkpoints_written.iter().any(|f| f.contains(mark))
    }

    /// The parent run by this run's own evidence: the reference of its `pr_verify`, as run directory name.
    pub fn parent_by_verification(&self) -> Option<String> {
        let initial = self.verified.iter().find_map(|v| v.initial.clone())?;
        initial.rsplit(['/', '\\']).nth(1).map(str::to_owned)
    }

    /// Name of the partial bitstream of a cell as the log has it written.
    pub fn partial_name(&self, cell: &str) -> Option<String> {
        self.log.commands_named("write_bitstream").find_map(|c| {
            let words = c.words();
            let at = words.iter().position(|w| w == "-cell")?;
            (words.get(at + 1).map(String::as_str) == Some(cell)).then_some(())?;
            let file = words.iter().skip(1).enumerate().rfind(|(i, w)| !w.starts_with('-') && *i != at)?.1;
            let name = Utf8Path::new(file).file_name()?;
            Some(if has_extension(name, "bit") { name.to_owned() } else { format!("{name}.bit") })
        })
    }

    /// What fills a cell, from this run's own evidence, and what contradicts it. `project` is what the project file says.
    pub fn filled(&self, cell: &str, project: Option<&Option<String>>) -> (Option<Filled>, Option<String>) {
        let mangled = format!("{}_", mangle_cell(cell));
        let of_name = |name: &str| -> Option<Option<String>> {
            let module = name.strip_prefix(&mangled)?.strip_suffix("_partial.bit")?;
            Some((module != "greybox").then(|| module.to_owned()))
        };
        let command = self.partial_name(cell).and_then(|n| of_name(&n));
        let read = self.log.cell_checkpoints.iter().find(|c| c.cell == cell).and_then(|c| {
            let run = c.path.rsplit(['/', '\\']).nth(1)?;
            Some(Some(run.strip_suffix("_synth_1")?.to_owned()))
        });
        let mut by_name = self
            .bitstreams
            .iter()
            .filter(|b| b.partial && !b.clear)
            .filter_map(|b| of_name(b.path.file_name()?));
        let by_name = by_name.next();
        let said = [
            (Source::BitstreamCommand, command),
            (Source::CheckpointRead, read),
            (Source::Project, project.cloned()),
            (Source::FileName, by_name),
        ];
        let mut said = said.into_iter().filter_map(|(source, module)| Some((source, module?)));
        let Some((source, module)) = said.next() else { return (None, None) };
        let word = |m: &Option<String>| m.clone().unwrap_or_else(|| "greybox".into());
        let against = said.find(|(_, other)| *other != module).map(|(other_source, other)| {
            format!(
                "{}: cell {cell} holds {} by {source:?}, but {} by {other_source:?}; the first is taken",
                self.name,
                word(&module),
                word(&other)
            )
        });
        (Some(Filled { cell: cell.to_owned(), module, source }), against)
    }

    /// Absolute path of the routed checkpoint of a cell, if it is there.
    pub fn cell_checkpoint(&self, cell: &str, module: Option<&str>) -> Option<Utf8PathBuf> {
        [true, false].into_iter().find_map(|post| self.file(&names::routed_cell_dcp(cell, module, post)))
    }
}

/// True when a file name has exactly that extension.
fn has_extension(name: &str, extension: &str) -> bool {
    Utf8Path::new(name).extension() == Some(extension)
}
