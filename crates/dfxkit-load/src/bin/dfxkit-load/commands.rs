// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The commands.

use std::path::Path;
use std::time::Duration;

use dfxkit_handoff::kit::{SUMS, Sums};
use dfxkit_load::{OverlayError, kit};
use dfxkit_loader::swap::StepError;
use dfxkit_loader::{
    FpgaManager, Journal, JournalError, LeaseError, Left, LoadFailure, Outcome, Reason, Sha256, check,
};
use serde_json::{Value, json};

use crate::args::Arguments;
use crate::doctor::doctor;
use crate::open::{AnyOverlay, keys, open};
use crate::plan::plan;
use crate::report::Report;
use crate::simulation::simulation;

/// Runs the command of `a`.
pub(crate) fn run(a: &Arguments) -> (Report, u8) {
    let words: Vec<&str> = a.words.iter().map(String::as_str).collect();
    let mut report = Report::new(words[0]);
    let code = match words.as_slice() {
        ["status"] => status(a, &mut report),
        ["verify"] => verify(a, &mut report),
        ["watch"] => watch(a, &mut report),
        ["doctor"] => {
            doctor(a, &mut report);
            u8::from(!report.is_ok())
        }
        ["simulate"] => simulation(a, &mut report),
        ["load"] => loaded(a, &mut report, |o| o.download()),
        ["swap" | "load", partition, module] => {
            loaded(a, &mut report, |o| o.partition(partition)?.load(module))
        }
        ["unload", partition] => loaded(a, &mut report, |o| o.partition(partition)?.unload()),
        ["recover"] => with_overlay(a, &mut report, |_, _| Ok(())),
        ["ip"] => with_overlay(a, &mut report, |o, r| {
            r.set("ip", serde_json::to_value(o.ip_dict()?.ip).unwrap_or_default());
            ip_lines(r, &o.ip_dict()?);
            Ok(())
        }),
        ["ip", partition, module] => with_overlay(a, &mut report, |o, r| {
            let metadata = o.metadata(partition, module)?;
            r.set("ip", serde_json::to_value(&metadata.ip).unwrap_or_default());
            ip_lines(r, &metadata);
            Ok(())
        }),
        ["run-plan", file] => plan(a, &mut report, Path::new(file)),
        _ => {
            report.fail(format!("unknown command, or wrong arguments: {}; see --help", words.join(" ")));
            2
        }
    };
    (report, code)
}

fn ip_lines(report: &mut Report, metadata: &dfxkit_load::Metadata) {
    for ip in metadata.ip.values() {
        let vlnv = ip.vlnv.as_deref().unwrap_or("-");
        report.line(format!("{:#010x}..{:#010x} {} {vlnv}", ip.base, ip.high, ip.path));
    }
}

/// What the journal knows.
fn state(a: &Arguments) -> Result<(Value, Vec<String>), String> {
    let journal = Journal::open(&a.root, "fpga0", a.options.patience).map_err(|e| e.to_string())?;
    let hex = |d: &[u8; 32]| d.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat();
    let record = journal.record();
    let fixed = record.fixed.as_ref().map(hex);
    let mut lines = vec![match &fixed {
        Some(id) => format!("static {id}"),
        None => "static unknown: nothing was loaded since boot by this loader".to_owned(),
    }];
    let mut regions = serde_json::Map::new();
    for (name, region) in &record.regions {
        let module = region.module().map(|m| m.name.clone());
        lines.push(format!("{name}: {} {}", region.state(), module.as_deref().unwrap_or("-")));
        regions.insert(name.clone(), json!({ "state": region.state(), "module": module }));
    }
    Ok((json!({ "static": fixed, "partitions": regions }), lines))
}

fn status(a: &Arguments, report: &mut Report) -> u8 {
    match state(a) {
        Ok((value, lines)) => {
            report.set("status", value);
            report.lines(lines);
            0
        }
        Err(why) => {
            report.fail(why);
            1
        }
    }
}

fn watch(a: &Arguments, report: &mut Report) -> u8 {
    let mut last = None;
    let mut printed = 0;
    while a.count.is_none_or(|count| printed < count) {
        let now = state(a);
        if last.as_ref() != Some(&now) {
            match &now {
                Ok((value, _)) if a.json => println!("{value}"),
                Ok((_, lines)) => println!("{}", lines.join("; ")),
                Err(why) => {
                    report.fail(why.clone());
                    return 1;
                }
            }
            printed += 1;
            last = Some(now);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    0
}

fn verify(a: &Arguments, report: &mut Report) -> u8 {
    let opened = keys(a).map_err(OverlayError::from).and_then(|keys| Ok(kit::open_signed(&a.kit, &keys)?));
    let opened = match opened {
        Ok(opened) => opened,
        Err(e) => {
            report.fail(e.to_string());
            return 1;
        }
    };
    report.set("signed_by", opened.signer.clone());
    report.line(match &opened.signer {
        Some(signer) => format!("ok      signed by {signer}"),
        None => "unknown signature: no key was given, so none was looked for".to_owned(),
    });
    let changed = match files(&opened.dir) {
        Ok(changed) => changed,
        Err(why) => {
            report.fail(why);
            return 1;
        }
    };
    for (path, why) in changed.iter().flatten() {
        report.line(format!("REFUSED {path}: {why}"));
    }
    let listed: Option<Vec<Value>> = changed
        .as_ref()
        .map(|list| list.iter().map(|(path, why)| json!({ "path": path, "refused": why })).collect());
    report.set("changed", listed);
    let mut images = Vec::new();
    let mut refused = 0;
    let tables = opened.tables;
    let partial = tables.partitions.iter().flat_map(|p| {
        p.modules.iter().flat_map(move |m| {
            [Some(&m.image), m.clear.as_ref()].into_iter().flatten().map(move |i| (Some(p), i))
        })
    });
    for (partition, image) in tables.full.iter().map(|i| (None, i)).chain(partial) {
        let result = fs_err::read(opened.dir.join(image.path))
            .map_err(|e| e.to_string())
            .and_then(|bytes| check(tables, partition, image, &bytes).map_err(|e| e.to_string()));
        let why = result.as_ref().err().cloned();
        match result {
            Ok(found) => {
                let frames = if found.frames_checked { "frames" } else { "frames not checked" };
                report.line(format!("ok      {} ({} image, {frames})", image.path, image.kind));
            }
            Err(why) => {
                refused += 1;
                report.line(format!("REFUSED {}: {why}", image.path));
            }
        }
        images.push(json!({ "path": image.path, "kind": image.kind.to_string(), "refused": why }));
    }
    report.set("images", images);
    report.set("simulated", tables.simulated);
    report.set("verdict", tables.verdict);
    if tables.simulated {
        report.line("SIMULATED: the images of this kit configure no device");
    }
    let changed = changed.map_or(0, |c| c.len());
    if refused + changed > 0 {
        report.fail(format!("{refused} images are refused, {changed} files were changed"));
        return 1;
    }
    0
}

/// Files of `SHA256SUMS` that are not what it says, with reasons; none: the kit has no list.
fn files(dir: &Path) -> Result<Option<Vec<(String, String)>>, String> {
    let bytes = match fs_err::read(dir.join(SUMS)) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.to_string()),
    };
    let sums = Sums::parse(&bytes).map_err(|e| format!("{SUMS}: {e}"))?;
    let mut changed = Vec::new();
    for (path, expected) in sums.iter() {
        let why = match fs_err::read(dir.join(path.as_str())) {
            Err(e) => e.to_string(),
            Ok(bytes) => {
                let actual =
                    Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat();
                if actual == expected {
                    continue;
                }
                format!("SHA-256 expected {expected}, actual {actual}")
            }
        };
        changed.push((path.to_string(), why));
    }
    Ok(Some(changed))
}

/// Opens the kit, puts right what a crash left, then acts.
pub(crate) fn with_overlay(
    a: &Arguments,
    report: &mut Report,
    act: impl FnOnce(&mut AnyOverlay, &mut Report) -> Result<(), OverlayError>,
) -> u8 {
    let result = open(a).and_then(|mut overlay| {
        report.set("manager", overlay.loader().manager().name());
        report.set("signed_by", overlay.kit().signer.clone());
        report.set("simulated", overlay.kit().tables.simulated);
        if overlay.kit().tables.simulated {
            report.line("SIMULATED: the images of this kit configure no device");
        }
        let recovered = overlay.loader().recover()?;
        for (partition, record) in &recovered {
            report.line(format!("recovered {partition}: {}", record.state()));
        }
        let list: Vec<Value> =
            recovered.iter().map(|(p, r)| json!({ "partition": p, "state": r.state() })).collect();
        report.set("recovered", list);
        act(&mut overlay, report)
    });
    match result {
        Ok(()) => 0,
        Err(error) => {
            report.fail(error.to_string());
            if let OverlayError::Load(failure) = &error {
                report.set("left", left(&failure.left));
                return code(failure);
            }
            1
        }
    }
}

fn left(left: &Left) -> Value {
    match left {
        Left::AsBefore => json!({ "state": "as-before" }),
        Left::Unknown => json!({ "state": "unknown", "coupled": false }),
        Left::Parked(module) => json!({ "state": "parked", "module": module, "coupled": false }),
        Left::Reloaded => json!({ "state": "reloaded", "coupled": true }),
    }
}

fn code(failure: &LoadFailure) -> u8 {
    match (&failure.left, &*failure.reason) {
        (Left::Unknown | Left::Parked(_) | Left::Reloaded, _) => 3,
        (
            _,
            Reason::Journal(JournalError::Locked { .. })
            | Reason::Step(StepError::Users(LeaseError::Busy { .. })),
        ) => 4,
        _ => 1,
    }
}

pub(crate) fn events(outcome: &Outcome) -> (Value, Vec<String>) {
    match outcome {
        Outcome::AlreadyLoaded => {
            (json!({ "loaded": false, "already": true }), vec!["already loaded".to_owned()])
        }
        Outcome::Loaded { events, checked } => {
            let list: Vec<Value> = events
                .iter()
                .map(|e| json!({ "step": e.step.id(), "microseconds": e.took.as_micros() as u64 }))
                .collect();
            let lines = events.iter().map(|e| format!("{:14} {:?}", e.step.id(), e.took)).collect();
            let frames = checked.frames_checked;
            (json!({ "loaded": true, "already": false, "frames_checked": frames, "events": list }), lines)
        }
    }
}

fn loaded(
    a: &Arguments,
    report: &mut Report,
    act: impl FnOnce(&mut AnyOverlay) -> Result<Outcome, OverlayError>,
) -> u8 {
    with_overlay(a, report, |overlay, report| {
        let outcome = act(overlay)?;
        let (value, lines) = events(&outcome);
        report.set("outcome", value);
        report.lines(lines);
        Ok(())
    })
}
