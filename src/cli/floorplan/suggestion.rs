// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--suggest`: needs to Pblocks, printed as lines for dfx.toml and for a constraint file.

use std::fmt::Write as _;

use dfxkit_fabric::floorplan::{Floorplan, Utilisation, analyse};
use dfxkit_fabric::pblock::PblockSpec;
use dfxkit_fabric::suggest::{Need, NoSuggestion, Request, suggest};
use serde_json::{Value, json};

use super::Args;
use super::input::Input;
use super::output::{cost_json, finding_json, grouped, resources_json, size_text};
use crate::cli::{Cx, Failure};

/// Prints the suggestion; gives the floorplan with it and what was there already.
pub(super) fn run(cx: &Cx, args: &Args, input: &Input) -> Result<Floorplan, Failure> {
    let requests = requests(args, input)?;
    let wanted = |s: &&PblockSpec| !requests.iter().any(|r| r.name == s.name);
    let taken: Vec<PblockSpec> = input.specs.iter().filter(wanted).cloned().collect();
    let answer = suggest(&input.device, &requests, &taken).map_err(|e| match e {
        NoSuggestion::Nothing => Failure::usage(e.to_string()),
        e => Failure::input(e.to_string()).help("ask for less, or raise --fill"),
    })?;
    let specs: Vec<PblockSpec> = answer.partitions.iter().map(|p| p.pblock.clone()).collect();
    let plan = analyse(&input.device, &specs);
    let suggestions: Vec<Value> = plan
        .partitions
        .iter()
        .zip(&specs)
        .map(|(p, s)| {
            let mut out = json!({
                "name": p.name,
                "ranges": s.ranges.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "snapping_mode": s.snapping_mode.map(|m| m.name().to_ascii_lowercase()),
                "reset_after_reconfig": s.reset_after_reconfig,
                "resources": resources_json(&p.resources),
                "xdc": xdc(s),
            });
            cost_json(p, &mut out);
            out["findings"] = p.findings.iter().map(finding_json).collect();
            out
        })
        .collect();
    cx.shell.json(&json!({"type": "suggestion", "proven": answer.proven, "suggestions": suggestions}));
    let everything: Vec<PblockSpec> = specs.iter().cloned().chain(taken).collect();
    let whole = analyse(&input.device, &everything);
    if cx.shell.is_json() {
        return Ok(whole);
    }
    for (p, s) in plan.partitions.iter().zip(&specs) {
        let r = &p.resources;
        cx.shell.out(format!(
            "\n# {}: {} slices, {} RAMB36, {} DSP, {} URAM; {} frames, {} bytes",
            p.name,
            grouped(u64::from(r.slice)),
            r.ramb36,
            r.dsp,
            r.uram,
            grouped(p.frames.len() as u64),
            size_text(p)
        ));
        for f in &p.findings {
            cx.shell.out(format!("# {}: {f}", f.severity().id()));
        }
        cx.shell.out(toml(s));
        cx.shell.out(xdc(s).trim_end());
    }
    if !answer.proven {
        cx.shell.warn("the search was cut short: other rectangles may have fewer frames");
    }
    Ok(whole)
}

/// One request a name: the largest of its reports and needs in each resource.
fn requests(args: &Args, input: &Input) -> Result<Vec<Request>, Failure> {
    let family = input.device.family();
    let mut out: Vec<Request> = Vec::new();
    let mut take = |name: &str, need: Need| {
        let at = out.iter().position(|r| r.name == name).unwrap_or_else(|| {
            out.push(Request { name: name.to_owned(), need: Need::default() });
            out.len() - 1
        });
        let n = &mut out[at].need;
        n.slice = n.slice.max(need.slice);
        n.ramb36 = n.ramb36.max(need.ramb36);
        n.dsp = n.dsp.max(need.dsp);
        n.uram = n.uram.max(need.uram);
    };
    for r in &input.reports {
        take(&r.partition, Need::of(family, &r.used, args.fill));
    }
    for text in &args.needs {
        let wrong = |what: &str| {
            Failure::usage(format!("--need {text}: {what}")).help(
                "write it as NAME:lut=3000,bram=4,dsp=12; keys are slice, lut, ff, bram, ramb18, dsp, uram",
            )
        };
        let (name, list) = text.split_once(':').ok_or_else(|| wrong("no `:` after the name"))?;
        let (mut used, mut slice) = (Utilisation::default(), 0);
        for item in list.split(',').map(str::trim).filter(|i| !i.is_empty()) {
            let (key, number) = item.split_once('=').ok_or_else(|| wrong(&format!("`{item}` has no `=`")))?;
            let n: u32 =
                number.trim().parse().map_err(|_| wrong(&format!("`{number}` is not a number of sites")))?;
            match key.trim() {
                "slice" | "slices" => slice = n,
                "lut" | "luts" => used.lut = n.into(),
                "ff" | "ffs" => used.ff = n.into(),
                "bram" | "ramb36" => used.ramb18 += 2 * u64::from(n),
                "ramb18" => used.ramb18 += u64::from(n),
                "dsp" | "dsps" => used.dsp = n.into(),
                "uram" => used.uram = n.into(),
                other => return Err(wrong(&format!("no resource is called `{other}`"))),
            }
        }
        let mut need = Need::of(family, &used, args.fill);
        need.slice = need.slice.max(slice);
        take(name, need);
    }
    if out.is_empty() {
        return Err(Failure::usage("--suggest needs at least one --need or --report")
            .help("for instance --need conv:lut=3000,bram=4,dsp=12"));
    }
    Ok(out)
}

/// The line of the partition's table in dfx.toml.
fn toml(s: &PblockSpec) -> String {
    let ranges: Vec<String> = s.ranges.iter().map(|r| format!("\"{r}\"")).collect();
    let mut out = format!("pblock = {{ ranges = [{}]", ranges.join(", "));
    if let Some(mode) = s.snapping_mode {
        let _ = write!(out, ", snapping-mode = \"{}\"", mode.name().to_ascii_lowercase());
    }
    if let Some(reset) = s.reset_after_reconfig {
        let _ = write!(out, ", reset-after-reconfig = {reset}");
    }
    out + " }"
}

/// The same as constraints. The cell is the user's to add.
fn xdc(s: &PblockSpec) -> String {
    let name = format!("pblock_{}", s.name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_"));
    let mut out = format!("create_pblock {name}\n");
    for r in &s.ranges {
        let _ = writeln!(out, "resize_pblock [get_pblocks {name}] -add {{{r}}}");
    }
    if let Some(mode) = s.snapping_mode {
        let _ = writeln!(out, "set_property SNAPPING_MODE {mode} [get_pblocks {name}]");
    }
    if s.reset_after_reconfig == Some(true) {
        let _ = writeln!(out, "set_property RESET_AFTER_RECONFIG TRUE [get_pblocks {name}]");
    }
    out
}
