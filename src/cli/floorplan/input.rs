// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the Pblocks, reports and needs come from.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::device::Device;
use dfxkit_fabric::floorplan::Utilisation;
use dfxkit_fabric::pblock::{PblockSpec, SnappingMode};
use dfxkit_fabric::site::SiteRange;
use dfxkit_fabric::xdc::{Position, Unread, Xdc};

use super::Args;
use crate::cli::{Cx, Failure, load};
use crate::design::{Design, SourceKind};
use crate::spec::model;

/// Everything the command works on.
pub(super) struct Input {
    pub(super) device: Device,
    pub(super) specs: Vec<PblockSpec>,
    /// By name of a partition: where its Pblock is created, when in a constraint file.
    pub(super) origins: BTreeMap<String, (Utf8PathBuf, Position)>,
    /// Commands of constraint files that were not understood.
    pub(super) unread: Vec<(Utf8PathBuf, Unread)>,
    /// Pblocks of constraint files that are no partition's, with the reason.
    pub(super) others: Vec<(String, &'static str)>,
    /// Partitions of the description without a Pblock anywhere.
    pub(super) without: Vec<String>,
    pub(super) reports: Vec<Report>,
}

/// A utilisation report of a module.
pub(super) struct Report {
    pub(super) partition: String,
    pub(super) module: String,
    pub(super) used: Utilisation,
}

pub(super) fn gather(cx: &Cx, args: &Args) -> Result<Input, Failure> {
    let mut input = if let Some(part) = &args.part {
        let mut input = empty(part)?;
        let files: Vec<_> = args.xdc.iter().map(|f| (cx.env.cwd.join(f), f.clone())).collect();
        let xdc = input.read(&files)?;
        input.take_partitions(&xdc);
        input
    } else {
        let design = load(cx)?;
        let mut input = empty(&design.spec.project.part)?;
        input.take_design(&design)?;
        input.take_reports(cx, args, Some(&design))?;
        return Ok(input);
    };
    input.take_reports(cx, args, None)?;
    Ok(input)
}

fn empty(part: &str) -> Result<Input, Failure> {
    let device = Device::of_part(part).map_err(|e| Failure::input(e.to_string()))?;
    Ok(Input {
        device,
        specs: Vec::new(),
        origins: BTreeMap::new(),
        unread: Vec::new(),
        others: Vec::new(),
        without: Vec::new(),
        reports: Vec::new(),
    })
}

impl Input {
    /// Reads constraint files as Vivado does: one after the other, as one script. Path and name of each.
    fn read(&mut self, files: &[(Utf8PathBuf, Utf8PathBuf)]) -> Result<Xdc, Failure> {
        let (mut all, mut starts) = (String::new(), Vec::new());
        for (path, name) in files {
            let bytes = fs_err::read(path).map_err(|e| Failure::input(e.to_string()))?;
            starts.push((all.lines().count() as u32, name.clone()));
            all.push_str(&String::from_utf8_lossy(&bytes));
            if !all.ends_with('\n') {
                all.push('\n');
            }
        }
        let locate = |line: u32| {
            let i = starts.partition_point(|(first, _)| *first < line).saturating_sub(1);
            starts.get(i).map(|(first, name)| (name.clone(), line - first))
        };
        let xdc = Xdc::read(&all);
        for p in &xdc.pblocks {
            if let Some((name, line)) = locate(p.at.line) {
                self.origins.insert(p.name.clone(), (name, Position { line, column: p.at.column }));
            }
        }
        for u in &xdc.unread {
            if let Some((name, line)) = locate(u.line) {
                self.unread.push((name, Unread { line, ..u.clone() }));
            }
        }
        Ok(xdc)
    }

    /// The Pblocks of partitions among those of constraint files. Where `HD.RECONFIGURABLE` stands, it tells them from the
    /// static's own; else each one that holds a cell or sites counts as one.
    fn take_partitions(&mut self, xdc: &Xdc) {
        let reconfigurable = |cell: &str| xdc.reconfigurable.iter().any(|r| r.value == cell);
        for p in &xdc.pblocks {
            if p.cells.is_empty() && p.ranges.is_empty() {
                self.others.push((p.name.clone(), "it has neither cells nor ranges"));
            } else if !xdc.reconfigurable.is_empty() && !p.cells.iter().any(|c| reconfigurable(&c.value)) {
                self.others.push((p.name.clone(), "none of its cells is HD.RECONFIGURABLE"));
            } else {
                self.specs.push(PblockSpec::from_xdc(p));
            }
        }
    }

    /// Pblocks of the description, else those of the static's constraint files that hold the partition's cell.
    fn take_design(&mut self, design: &Design) -> Result<(), Failure> {
        let xdc_of = |f: &&crate::design::SourceFile| f.kind == SourceKind::Xdc;
        let files: Vec<_> = design
            .static_constraints
            .iter()
            .filter(xdc_of)
            .map(|f| (f.path.clone(), f.name.clone()))
            .collect();
        let described = design.spec.partitions.values().all(|p| p.pblock.is_some());
        let xdc = if described { Xdc::default() } else { self.read(&files)? };
        for (name, partition) in &design.spec.partitions {
            if let Some(pblock) = &partition.pblock {
                self.specs.push(described_pblock(name, pblock)?);
                self.origins.remove(name);
                continue;
            }
            let holds =
                |p: &&dfxkit_fabric::xdc::XdcPblock| p.cells.iter().any(|c| c.value == partition.cell);
            match xdc.pblocks.iter().find(holds) {
                Some(p) => {
                    let mut spec = PblockSpec::from_xdc(p);
                    if let Some(at) = self.origins.remove(&p.name) {
                        self.origins.insert(name.clone(), at);
                    }
                    spec.name.clone_from(name);
                    self.specs.push(spec);
                }
                None => self.without.push(name.clone()),
            }
        }
        Ok(())
    }

    fn take_reports(&mut self, cx: &Cx, args: &Args, design: Option<&Design>) -> Result<(), Failure> {
        for text in &args.reports {
            let Some((name, file)) = text.split_once('=') else {
                return Err(Failure::usage(format!("--report {text}: expected NAME=FILE")));
            };
            let path = Utf8Path::new(file);
            let bytes = fs_err::read(cx.env.cwd.join(path)).map_err(|e| Failure::input(e.to_string()))?;
            let used = Utilisation::parse(&String::from_utf8_lossy(&bytes))
                .map_err(|e| Failure::input(format!("{path}: {e}")))?;
            let module = design.and_then(|d| d.spec.modules.get(name));
            let partition = module.map_or(name, |m| m.partition.as_str()).to_owned();
            let known = self.specs.iter().any(|s| s.name == partition);
            if !known && !args.suggest {
                let names: Vec<&str> = self.specs.iter().map(|s| s.name.as_str()).collect();
                return Err(Failure::usage(format!(
                    "--report {text}: no partition or module is named `{name}`"
                ))
                .help(format!("partitions here: {}", names.join(", "))));
            }
            let module = path.file_stem().filter(|_| module.is_none()).unwrap_or(name).to_owned();
            self.reports.push(Report { partition, module, used });
        }
        Ok(())
    }
}

fn described_pblock(name: &str, p: &model::Pblock) -> Result<PblockSpec, Failure> {
    let ranges: Result<Vec<SiteRange>, _> = p.ranges.iter().map(|r| SiteRange::parse(r)).collect();
    let ranges = ranges.map_err(|e| Failure::input(format!("partition `{name}`: {e}")))?;
    let mut spec = PblockSpec::new(name, ranges);
    spec.snapping_mode = p.snapping_mode.map(|m| match m {
        model::SnappingMode::Off => SnappingMode::Off,
        model::SnappingMode::On => SnappingMode::On,
        model::SnappingMode::Routing => SnappingMode::Routing,
    });
    spec.reset_after_reconfig = p.reset_after_reconfig;
    Ok(spec)
}
