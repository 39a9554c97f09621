// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Facts of the partitions: frames from the images, windows and isolation from the static's hand-off file.

use camino::Utf8Path;
use dfxkit_fabric::device::Die;
use dfxkit_fabric::frames::FrameSet;
use dfxkit_handoff::hwh::{self, ClockSource, Hwh, IsolationKind, MemKind, PartialRegion};
use dfxkit_handoff::kit::{Aperture, Frames, Gate, Isolation, ModuleInterrupt, ModuleRange, Verdict};

use super::error::KitError;
use crate::artifacts::{Artifact, PartitionSet};

/// A hand-off file, read again.
pub(super) fn read_hwh(artifact: &Artifact) -> Result<(Hwh, Vec<u8>), KitError> {
    let bytes = fs_err::read(&artifact.path)?;
    let actual = crate::hash::sha256(&bytes);
    if actual != artifact.sha256 {
        let path = artifact.path.clone();
        return Err(KitError::Changed { path, expected: artifact.sha256.clone(), actual });
    }
    let model = hwh::parse(&bytes).map_err(|e| unreadable(&artifact.path, &e.to_string()))?;
    Ok((model, bytes))
}

fn unreadable(path: &Utf8Path, message: &str) -> KitError {
    KitError::Unreadable { path: path.to_owned(), message: message.to_owned() }
}

/// The region of the block design that is the partition's cell: `system_i/conv` is region `conv` of the design that is
/// instantiated as `system_i`. None when there is no such region, or more than one (then nothing is guessed).
pub(super) fn region_of<'r>(regions: &'r [PartialRegion], cell: &str) -> Option<&'r PartialRegion> {
    let mut found = regions.iter().filter(|r| cell == r.path || cell.ends_with(&format!("/{}", r.path)));
    let longest = found.next()?;
    found.next().is_none().then_some(longest)
}

/// Windows into a partition.
pub(super) fn apertures(region: Option<&PartialRegion>) -> Vec<Aperture> {
    let windows = region.into_iter().flat_map(|r| &r.apertures);
    windows.map(|a| Aperture { interface: a.interface.clone(), base: a.base, high: a.high }).collect()
}

/// What isolates a partition: the hand-off file knows the IP, the description may know a register.
pub(super) fn isolation(
    partition: &PartitionSet,
    fixed: Option<&Hwh>,
    region: Option<&PartialRegion>,
) -> Result<Vec<Isolation>, KitError> {
    let mut found: Vec<Isolation> = fixed
        .zip(region)
        .map(|(fixed, region)| {
            let own = fixed.isolation().into_iter().filter(|i| i.guards.contains(&region.path));
            own.map(|i| Isolation {
                path: i.path,
                kind: match i.kind {
                    IsolationKind::Decoupler => "decoupler",
                    IsolationKind::ShutdownManager => "shutdown-manager",
                }
                .to_owned(),
                address: i.address,
            })
            .collect()
        })
        .unwrap_or_default();
    let Some(described) = partition.decoupler else { return Ok(found) };
    let known: Vec<u64> = found.iter().filter(|i| i.kind == "decoupler").filter_map(|i| i.address).collect();
    if known.contains(&described) {
        return Ok(found);
    }
    if let Some(found) = known.first() {
        let partition = partition.name.clone();
        return Err(KitError::DecouplerDiffers { partition, described, found: *found });
    }
    // The description knows the way to a decoupler that the file shows on a pin, or does not show.
    found.retain(|i| i.kind != "decoupler");
    found.push(Isolation {
        path: "description".to_owned(),
        kind: "decoupler".to_owned(),
        address: Some(described),
    });
    Ok(found)
}

/// A guard of a partition as a kernel can work it: its register, and the clock that its driver wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bridge {
    pub(super) kind: IsolationKind,
    pub(super) address: u64,
    pub(super) clock: ClockSource,
}

/// The guards of a partition, when each of them has a register and a clock that the hand-off file tells; none when one has not: a
/// kernel that closes only some of the doors is worse than one that is told of none.
pub(super) fn bridges(isolation: &[Isolation], fixed: Option<&Hwh>) -> Option<Vec<Bridge>> {
    let fixed = fixed?;
    isolation
        .iter()
        .map(|i| {
            // Ports: PG375 (decoupler), PG377 (shutdown manager).
            let (kind, ports) = match i.kind.as_str() {
                "decoupler" => (IsolationKind::Decoupler, ["aclk", "s_axi_reg_aclk"]),
                _ => (IsolationKind::ShutdownManager, ["clk", "aclk"]),
            };
            let clock = ports.iter().find_map(|port| fixed.clock_source(&i.path, port))?;
            Some(Bridge { kind, address: i.address?, clock })
        })
        .collect()
}

/// Does a module's hand-off file fit its region? A judgement of its own: a module that does not fit must not be accessed.
pub(super) fn join_gate(subject: &str, fixed: &Hwh, module: &Hwh, region: &PartialRegion) -> Gate {
    let (verdict, actual) = match hwh::join(fixed, module, &region.path) {
        Ok(joined) => {
            let ranges: Vec<String> =
                joined.ranges.iter().map(|r| format!("{} at {:#x}", r.path, r.base)).collect();
            let text = if ranges.is_empty() { "no address range".to_owned() } else { ranges.join(", ") };
            (Verdict::Passed, text)
        }
        Err(e) => (Verdict::Refused, e.to_string()),
    };
    Gate {
        gate: "hwh-join".to_owned(),
        subject: subject.to_owned(),
        verdict,
        expected: format!("addresses inside the windows of {}", region.path),
        actual,
    }
}

/// The address ranges of a module in its region; none when it does not fit (the gate says so, and no kit is made).
pub(super) fn ranges(
    fixed: &Hwh,
    module: &Hwh,
    region: &PartialRegion,
    drivers: &[String],
) -> Vec<ModuleRange> {
    let joined = hwh::join(fixed, module, &region.path);
    let prefix = format!("{}/", region.path);
    joined
        .into_iter()
        .flat_map(|j| j.ranges)
        .map(|r| {
            let vlnv = r.vlnv.map(|v| v.0);
            ModuleRange {
                path: r.path.strip_prefix(&prefix).unwrap_or(&r.path).to_owned(),
                driver: vlnv.as_deref().and_then(|v| driver(v, drivers)),
                vlnv,
                interface: r.interface,
                base: r.base,
                high: r.high,
                memory: r.kind == MemKind::Memory,
            }
        })
        .collect()
}

/// The interrupts of a module, as the static leads them.
pub(super) fn interrupts(fixed: &Hwh, module: &Hwh, region: &PartialRegion) -> Vec<ModuleInterrupt> {
    let all = fixed.module_interrupts(&region.path, module).into_iter();
    all.map(|i| ModuleInterrupt {
        path: i.source.module,
        pin: i.source.port,
        controller: i.controller,
        index: i.index,
        raw: i.raw,
    })
    .collect()
}

/// The described driver of an IP: its VLNV, else its VLNV without the version.
fn driver(vlnv: &str, drivers: &[String]) -> Option<String> {
    let any = vlnv.rsplit_once(':').map_or(vlnv, |(without, _)| without);
    drivers.iter().find(|d| *d == vlnv).or_else(|| drivers.iter().find(|d| *d == any)).cloned()
}

/// The frames of a partition: what any of its images writes.
pub(super) fn frames(die: Option<&Die>, sets: &[&FrameSet]) -> Frames {
    let unknown = Frames { count: None, ranges: Vec::new() };
    let Some((die, map)) = die.and_then(|d| d.frame_map().map(|m| (d, m))) else { return unknown };
    let Some((first, rest)) = sets.split_first() else { return unknown };
    let union = rest.iter().fold((*first).clone(), |all, set| all.union(set));
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    let mut last_index = None;
    for index in union.iter() {
        let Some(far) = map.address(index).and_then(|a| die.encode(a)) else { return unknown };
        let far = u64::from(far);
        let follows = last_index.is_some_and(|last| last + 1 == index);
        match ranges.last_mut() {
            // Address runs are compared as numbers: a run ends where the device's order steps down.
            Some((_, end)) if follows && *end < far => *end = far,
            _ => ranges.push((far, far)),
        }
        last_index = Some(index);
    }
    Frames { count: Some(union.len() as u64), ranges }
}
