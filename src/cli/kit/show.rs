// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a kit holds, for people.

use std::fmt::Write as _;

use dfxkit_handoff::kit::{FileKind, Manifest, Verdict};

/// The manifest for people.
pub(super) fn text(m: &Manifest) -> String {
    let mut out = String::new();
    let mark = if m.simulated { "  SIMULATED" } else { "" };
    let _ = writeln!(out, "{} {} for {}{mark}", m.project.name, m.project.version, m.device.part);
    let _ = writeln!(
        out,
        "  {}Vivado {}{}, written by dfxkit {}",
        if m.simulated { "stand-in for " } else { "" },
        m.vivado.release,
        m.vivado.build.as_ref().map_or_else(String::new, |b| format!(" (build {b})")),
        m.dfxkit
    );
    let _ = writeln!(out, "  static {} sha256:{}", m.fixed.top, m.fixed.identity);
    if let Some(golden) = &m.fixed.golden {
        let _ = writeln!(out, "  against golden release {golden}");
    }
    let _ = writeln!(out, "  gates {}", m.verdict);
    for g in m.gates.iter().filter(|g| g.verdict != Verdict::Passed) {
        let _ = writeln!(
            out,
            "    {} {} ({}): expected {}, actual {}",
            g.verdict, g.gate, g.subject, g.expected, g.actual
        );
    }
    for p in &m.partitions {
        let frames = p.frames.count.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
        let _ = writeln!(out, "\npartition {} at {} ({frames} frames)", p.name, p.cell);
        for a in &p.apertures {
            let _ = writeln!(out, "  {:#x}..={:#x}  {}", a.base, a.high, a.interface);
        }
        for i in &p.isolation {
            let place = i.address.map_or_else(|| "on a pin".to_owned(), |a| format!("at {a:#x}"));
            let _ = writeln!(out, "  {} {} {place}", i.kind, i.path);
        }
        for module in m.modules.iter().filter(|x| x.partition == p.name) {
            let bytes = module.files.iter().find(|f| f.kind == FileKind::Partial).map_or(0, |f| f.size);
            let at_power_up =
                if p.power_up.as_deref() == Some(module.name.as_str()) { ", at power-up" } else { "" };
            let empty = if module.greybox { ", empty on purpose" } else { "" };
            let _ = writeln!(
                out,
                "  {}/{}  {} files, {bytes} bytes{at_power_up}{empty}",
                p.name,
                module.name,
                module.files.len()
            );
        }
    }
    for x in &m.missing {
        let subject = if x.subject.is_empty() { "the build" } else { &x.subject };
        let _ = writeln!(out, "not there: {subject}: {} ({})", x.what, x.why);
    }
    out
}
