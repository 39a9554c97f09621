// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One part, one Vivado release and build, one maker: across checkpoints, bitstreams, reports, hand-off files and logs. In an update by another Vivado
//! than the release's (`--allow-release-change`) the files of the release are held against its own Vivado, the others against the one that ran.
//!
//! Each file is asked by itself. A file that says nothing on a point (old bitstreams have no release, route status reports no header) is
//! not held against that point. Speed grades are not compared: bitstreams do not hold them.

use camino::Utf8Path;
use dfxkit_fabric::Family;
use dfxkit_fabric::codec::Bitstream;
use dfxkit_fabric::part::{PartName, same_part};

use super::{Context, place, result};
use crate::artifacts::{Artifact, Artifacts, ToolIdentity};
use crate::design::names::{SHELLS_RUN, STATIC_SYNTH_RUN};
use crate::gates::{GateResult, Verdict, header};
use crate::runtree::bit::BitFile;
use crate::runtree::dcp::Dcp;
use crate::runtree::hwh::HwhFile;

const GATE: &str = "identity";
/// What stands for the run of the static's hand-off file.
const STATIC: &str = "static";

/// What a file says of itself.
#[derive(Default)]
struct Said {
    part: Option<String>,
    release: Option<String>,
    build: Option<String>,
    /// None: the file cannot tell.
    simulated: Option<bool>,
    /// Top module, when it must be the static's.
    top: Option<String>,
    /// What else is wrong with it.
    wrong: Option<String>,
}

/// What a bitstream must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Full,
    Partial,
    Clear,
}

pub(super) fn judge(cx: &Context<'_>) -> Vec<GateResult> {
    let a = cx.artifacts;
    let mut said: Vec<(String, bool, Result<Said, String>)> = Vec::new();
    let mut add = |run: &str, file: Option<&Artifact>, read: &dyn Fn(&Utf8Path) -> Result<Said, String>| {
        if let Some(file) = file {
            let name = place(run, file.name());
            if !said.iter().any(|(known, ..)| *known == name) {
                said.push((name, of_release(a, run), read(&file.path)));
            }
        }
    };
    for c in cx.implemented() {
        add(&c.run, c.full_bit.as_ref(), &|p| bit(cx, p, Role::Full));
        add(&c.run, c.routed_dcp.as_ref(), &dcp);
        for report in &c.reports {
            add(&c.run, Some(report), &report_header);
        }
    }
    let s = &a.static_set;
    add(&s.run, s.full_bit.as_ref(), &|p| bit(cx, p, Role::Full));
    add(&s.run, s.routed_dcp.as_ref(), &dcp);
    add(&s.run, s.blackbox_dcp.as_ref(), &dcp);
    add(STATIC, s.hwh.as_ref(), &hwh);
    for p in &a.partitions {
        add(SHELLS_RUN, p.abstract_shell.as_ref(), &dcp);
    }
    for m in &a.modules {
        add(&m.run, m.partial_bit.as_ref(), &|p| bit(cx, p, Role::Partial));
        add(&m.run, m.clear_bit.as_ref(), &|p| bit(cx, p, Role::Clear));
        add(&m.run, m.routed_dcp.as_ref(), &dcp);
    }
    // Named after the module; whose it is the run tells.
    for m in &a.modules {
        let Some(file) = &m.hwh else { continue };
        let name = place(&m.name, file.name());
        if !said.iter().any(|(known, ..)| *known == name) {
            said.push((name, of_release(a, &m.run), hwh(&file.path)));
        }
    }
    for l in &cx.logs {
        let log = &l.log;
        let facts = Said {
            release: log.release.clone(),
            build: log.build.clone(),
            simulated: log.release.is_some().then_some(log.simulated),
            ..Said::default()
        };
        said.push((place(l.run, l.file.name()), of_release(a, l.run), Ok(facts)));
    }
    let tool = |of_release: bool| a.static_tool.as_ref().filter(|_| of_release).unwrap_or(&a.tool);
    let expected = |tool: &ToolIdentity| {
        let build = tool.build.as_ref().map_or_else(String::new, |b| format!(" build {b}"));
        let maker = if tool.simulated { ", SIMULATED" } else { "" };
        format!("{}, Vivado {}{build}{maker}", a.part, tool.release)
    };
    let mut results = Vec::new();
    for (name, of_release, facts) in &said {
        let tool = tool(*of_release);
        let wrong = match facts {
            Err(e) => Some(e.clone()),
            Ok(facts) => difference(cx, tool, facts),
        };
        if let Some(actual) = wrong {
            results.push(result(GATE, name, Verdict::Refused, expected(tool), actual, Some(name)));
        }
    }
    if results.is_empty() {
        let telling =
            said.iter().filter(|(.., s)| s.as_ref().is_ok_and(|s| s.part.is_some() || s.release.is_some()));
        let (verdict, actual) = match telling.count() {
            0 => (Verdict::Unknown, "no file tells part or release".to_owned()),
            n => (Verdict::Passed, format!("{n} files agree")),
        };
        let mut expected_all = expected(&a.tool);
        if let Some(other) = &a.static_tool {
            expected_all += &format!("; of the release: {}", expected(other));
        }
        results.push(result(GATE, "all artifacts", verdict, expected_all, actual, None));
    }
    results
}

/// True for a run whose files the release brought: the static's and the parent's.
fn of_release(a: &Artifacts, run: &str) -> bool {
    a.golden.is_some() && (run == a.static_set.run || [STATIC, SHELLS_RUN, STATIC_SYNTH_RUN].contains(&run))
}

fn difference(cx: &Context<'_>, tool: &ToolIdentity, said: &Said) -> Option<String> {
    let a = cx.artifacts;
    if let Some(wrong) = &said.wrong {
        return Some(wrong.clone());
    }
    if let Some(part) = said.part.as_ref().filter(|p| !same_part(p, &a.part)) {
        return Some(format!("it is of part {part}"));
    }
    if let Some(release) = said.release.as_ref().filter(|r| **r != tool.release) {
        return Some(format!("it was made by Vivado {release}"));
    }
    if let (Some(build), Some(expected)) = (&said.build, &tool.build)
        && build != expected
    {
        return Some(format!("it was made by build {build}"));
    }
    if said.simulated.is_some_and(|s| s != tool.simulated) {
        return Some(if tool.simulated { "it is not SIMULATED" } else { "it is SIMULATED" }.to_owned());
    }
    let top = said.top.as_ref().filter(|t| **t != a.static_set.top);
    top.map(|t| format!("its design is {t}, the static's top is {}", a.static_set.top))
}

fn bit(cx: &Context<'_>, path: &Utf8Path, role: Role) -> Result<Said, String> {
    let device_image = match path.extension() {
        Some(extension) => extension != "bit",
        // An object of the archive has no extension.
        None => PartName::parse(&cx.artifacts.part).ok().and_then(|p| p.family()) == Some(Family::Versal),
    };
    if device_image {
        // Of Versal: it has no such header.
        return Ok(Said::default());
    }
    let bytes = cx.bitstream(path)?;
    let bit = BitFile::from_bytes(path, &bytes).map_err(|e| e.to_string())?;
    // A device would stop in the middle of it. Files whose CRC cannot be told are none of this gate's.
    if Bitstream::parse_as(&bytes, None).is_ok_and(|b| b.crc_ok() == Some(false)) {
        return Err("its CRC words do not agree with its data: the file is damaged".to_owned());
    }
    // Old partial bitstreams carry neither the flag nor a release.
    let wrong = match role {
        Role::Full if bit.partial || bit.clear => Some("a full bitstream was expected, it is a partial one"),
        Role::Partial if bit.clear => Some("a partial bitstream was expected, it is a clearing one"),
        Role::Partial if !bit.partial && bit.release.is_some() => {
            Some("a partial bitstream was expected, it is a full one")
        }
        Role::Clear if !bit.clear && bit.release.is_some() => {
            Some("a clearing bitstream was expected, it is none")
        }
        _ => None,
    };
    Ok(Said {
        part: Some(bit.part),
        release: bit.release,
        simulated: Some(bit.simulated),
        top: Some(bit.design),
        wrong: wrong.map(str::to_owned),
        ..Said::default()
    })
}

fn dcp(path: &Utf8Path) -> Result<Said, String> {
    let dcp = Dcp::read(path).map_err(|e| e.to_string())?;
    Ok(Said {
        simulated: dcp.release.is_some().then_some(dcp.simulated),
        part: dcp.part,
        release: dcp.release,
        build: dcp.build,
        top: dcp.top.filter(|_| !dcp.out_of_context),
        ..Said::default()
    })
}

fn report_header(path: &Utf8Path) -> Result<Said, String> {
    let header = header::read(&super::read(path)?);
    Ok(Said {
        simulated: header.release.is_some().then_some(header.simulated),
        part: header.device,
        release: header.release,
        build: header.build,
        top: header.design,
        ..Said::default()
    })
}

fn hwh(path: &Utf8Path) -> Result<Said, String> {
    let file = HwhFile::read(path)?;
    Ok(Said {
        part: Some(file.device),
        release: file.release,
        simulated: Some(file.simulated),
        ..Said::default()
    })
}
