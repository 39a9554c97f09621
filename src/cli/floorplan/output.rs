// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The report: a table and findings for people, one object for programs.

use dfxkit_fabric::floorplan::{Finding, Floorplan, Partition, Resources, SizeKind};
use serde_json::{Map, Value, json};

use super::input::Input;
use super::{Fit, Written};
use crate::cli::Cx;

pub(super) fn print(cx: &Cx, input: &Input, plan: &Floorplan, written: &[Written], fits: &[Vec<Fit>]) {
    let partitions: Vec<Value> =
        plan.partitions.iter().zip(fits).map(|(p, f)| partition_json(p, f, input)).collect();
    let unread: Vec<Value> = input
        .unread
        .iter()
        .map(|(file, u)| {
            json!({"file": file, "line": u.line, "column": u.column, "command": u.command, "reason": u.reason.to_string()})
        })
        .collect();
    let bits: Vec<Value> = written
        .iter()
        .map(|w| {
            let inside: Map<String, Value> = plan
                .partitions
                .iter()
                .zip(&w.inside)
                .filter(|(_, n)| **n > 0)
                .map(|(p, n)| (p.name.clone(), json!(n)))
                .collect();
            json!({"file": w.file, "frames": w.frames.len(), "inside": inside, "outside": w.outside})
        })
        .collect();
    cx.shell.json(&json!({
        "type": "result",
        "device": plan.device.name(),
        "family": plan.device.family().id(),
        "partitions": partitions,
        "without_pblock": input.without,
        "not_partitions": input.others.iter().map(|(n, why)| json!({"name": n, "reason": why})).collect::<Vec<_>>(),
        "bitstreams": bits,
        "unread": unread,
    }));
    if !cx.shell.is_json() {
        human(cx, input, plan, written, fits);
    }
}

/// Resources by name.
pub(super) fn resources_json(r: &Resources) -> Value {
    Value::Object(r.entries().into_iter().map(|(k, n)| (k.to_owned(), json!(n))).collect())
}

/// Frames, size and load time: what a partition costs.
pub(super) fn cost_json(p: &Partition, out: &mut Value) {
    let known = p.size.kind != SizeKind::Unknown;
    out["frames"] = json!(p.frames.len());
    out["partial_bytes"] = if known { json!(p.size.bytes()) } else { Value::Null };
    out["partial_bytes_kind"] = json!(p.size.kind.id());
    out["partial_bytes_range"] = if known { json!([p.size.range.0, p.size.range.1]) } else { Value::Null };
    let load: Map<String, Value> = p
        .load_ms
        .iter()
        .map(|(port, ms)| ((*port).to_owned(), json!((ms * 1000.0).round() / 1000.0)))
        .collect();
    out["load_ms"] = Value::Object(load);
}

pub(super) fn finding_json(f: &Finding) -> Value {
    json!({"code": f.code(), "severity": f.severity().id(), "message": f.to_string(), "help": f.help(), "source": f.source()})
}

fn partition_json(p: &Partition, fits: &[Fit], input: &Input) -> Value {
    let mut out = json!({
        "name": p.name,
        "resources": resources_json(&p.resources),
        "drawn": resources_json(&p.drawn),
        "snapped": p.snapped.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    cost_json(p, &mut out);
    let findings = p.findings.iter().chain(fits.iter().flat_map(|f| &f.findings));
    out["findings"] = findings.map(finding_json).collect();
    out["forecast"] = fits
        .iter()
        .map(|f| {
            let list: Map<String, Value> = f
                .list
                .iter()
                .map(|r| (r.resource.to_owned(), json!({"needed": r.needed, "available": r.available})))
                .collect();
            json!({"module": f.module, "resources": list})
        })
        .collect();
    if let Some((file, at)) = input.origins.get(&p.name) {
        out["at"] = json!({"file": file, "line": at.line, "column": at.column});
    }
    out
}

/// A number with a mark at every thousand.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A size with how sure it is.
pub(super) fn size_text(p: &Partition) -> String {
    match p.size.kind {
        SizeKind::Unknown => "unknown".into(),
        SizeKind::Exact => grouped(p.size.bytes()),
        SizeKind::Range => format!("<= {}", grouped(p.size.bytes())),
        SizeKind::LowerBound => format!(">= {}", grouped(p.size.bytes())),
    }
}

fn human(cx: &Cx, input: &Input, plan: &Floorplan, written: &[Written], fits: &[Vec<Fit>]) {
    let mut rows = vec![
        ["partition", "slices", "LUTs", "RAMB36", "DSP", "URAM", "frames", "bytes", "load"]
            .map(str::to_owned),
    ];
    for p in &plan.partitions {
        let r = &p.resources;
        let n = |n: u32| grouped(u64::from(n));
        let load = p.load_ms.first().map_or(String::new(), |(port, ms)| format!("{ms:.2} ms {port}"));
        rows.push([
            p.name.clone(),
            n(r.slice),
            n(r.lut),
            n(r.ramb36),
            n(r.dsp),
            n(r.uram),
            grouped(p.frames.len() as u64),
            size_text(p),
            load,
        ]);
    }
    if plan.partitions.is_empty() {
        cx.shell.out(format!("{}: no Pblocks", plan.device.name()));
    } else {
        cx.shell.out(table(&rows));
    }
    for (p, fits) in plan.partitions.iter().zip(fits) {
        for f in fits {
            let list: Vec<String> = f
                .list
                .iter()
                .filter(|r| r.needed > 0)
                .map(|r| match r.percent() {
                    Some(percent) => {
                        format!("{} {} of {} ({percent:.0} %)", r.resource, r.needed, r.available)
                    }
                    None => format!("{} {} of none", r.resource, r.needed),
                })
                .collect();
            cx.shell.out(format!("{} with {}: {}", p.name, f.module, list.join(", ")));
        }
    }
    for w in written {
        let mut parts: Vec<String> = plan
            .partitions
            .iter()
            .zip(&w.inside)
            .filter(|(_, n)| **n > 0)
            .map(|(p, n)| {
                format!("{} of {} in {}", grouped(*n as u64), grouped(p.frames.len() as u64), p.name)
            })
            .collect();
        parts.push(format!("{} outside every Pblock", grouped(w.outside as u64)));
        cx.shell.out(format!(
            "{} writes {} frames: {}",
            w.file,
            grouped(w.frames.len() as u64),
            parts.join(", ")
        ));
    }
    for (p, fits) in plan.partitions.iter().zip(fits) {
        let place = input.origins.get(&p.name).map_or(String::new(), |(f, at)| format!(" ({f}:{})", at.line));
        for f in p.findings.iter().chain(fits.iter().flat_map(|f| &f.findings)) {
            cx.shell.out(format!("\n{}[{}] {}{place}: {f}", f.severity().id(), f.code(), p.name));
            if let Some(help) = f.help() {
                cx.shell.out(format!("  help: {help}"));
            }
            cx.shell.out(format!("  rule: {}", f.source()));
        }
    }
    for name in &input.without {
        cx.shell
            .warn(format!("partition `{name}` has no Pblock in the description or the static's constraints"));
    }
    for (name, why) in &input.others {
        cx.shell.warn(format!("Pblock `{name}` was not checked as that of a partition: {why}"));
    }
    for (file, u) in &input.unread {
        cx.shell.warn(format!("{file}:{u}"));
    }
}

/// Columns aligned: the first to the left, the others to the right.
fn table(rows: &[[String; 9]]) -> String {
    let width = |i: usize| rows.iter().map(|r| r[i].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..9).map(width).collect();
    let line = |r: &[String; 9]| {
        let cells = (1..9).map(|i| format!("  {:>1$}", r[i], widths[i]));
        format!("{:<1$}{2}", r[0], widths[0], cells.collect::<String>()).trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
