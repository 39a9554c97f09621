// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The commands.

use std::path::Path;
use std::time::{Duration, Instant};

use dfxkit_load::{OverlayError, SystemOverlay, kit};
use dfxkit_loader::policy::simulate::{Setup, simulate};
use dfxkit_loader::policy::{Policy, trace::Trace};
use dfxkit_loader::swap::StepError;
use dfxkit_loader::{
    FpgaManager, Journal, JournalError, LeaseError, Left, LoadFailure, Mapped, Outcome, Reason, Sysfs, check,
};
use serde_json::{Value, json};

use crate::args::Arguments;
use crate::doctor::doctor;
use crate::report::Report;

/// Runs the command of `a`.
pub(crate) fn run(a: &Arguments) -> (Report, u8) {
    let words: Vec<&str> = a.words.iter().map(String::as_str).collect();
    let mut report = Report::new(words[0]);
    let code = match words.as_slice() {
        ["status"] => status(a, &mut report),
        ["verify"] => verify(a, &mut report),
        ["watch"] => watch(a, &mut report),
        ["doctor"] => {
            doctor(&a.root, &mut report);
            u8::from(!report.is_ok())
        }
        ["simulate"] => simulation(a, &mut report),
        ["load"] => loaded(a, &mut report, |o| o.download()),
        ["swap", partition, module] => loaded(a, &mut report, |o| o.partition(partition)?.load(module)),
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
    let opened = match kit::open(&a.kit) {
        Ok(opened) => opened,
        Err(e) => {
            report.fail(e.to_string());
            return 1;
        }
    };
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
    if refused > 0 {
        report.fail(format!("{refused} images are refused"));
        return 1;
    }
    0
}

fn open(a: &Arguments) -> Result<SystemOverlay, OverlayError> {
    let manager = Sysfs::open(&a.root)?;
    SystemOverlay::open(&a.kit, &a.root, manager, Mapped::new(&a.root), a.options.clone())
}

/// Opens the kit, puts right what a crash left, then acts.
fn with_overlay(
    a: &Arguments,
    report: &mut Report,
    act: impl FnOnce(&mut SystemOverlay, &mut Report) -> Result<(), OverlayError>,
) -> u8 {
    let result = open(a).and_then(|mut overlay| {
        report.set("manager", overlay.loader().manager().name());
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

fn events(outcome: &Outcome) -> (Value, Vec<String>) {
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
    act: impl FnOnce(&mut SystemOverlay) -> Result<Outcome, OverlayError>,
) -> u8 {
    with_overlay(a, report, |overlay, report| {
        let outcome = act(overlay)?;
        let (value, lines) = events(&outcome);
        report.set("outcome", value);
        report.lines(lines);
        Ok(())
    })
}

fn plan(a: &Arguments, report: &mut Report, file: &Path) -> u8 {
    let text = match fs_err::read_to_string(file) {
        Ok(text) => text,
        Err(e) => {
            report.fail(e.to_string());
            return 1;
        }
    };
    // All lines are understood before the first is run.
    let mut steps = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split('#').next().unwrap_or("").split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["swap" | "prefetch", _, _] | ["unload", _] => steps.push((n + 1, words)),
            ["sleep", ms] if ms.parse::<u64>().is_ok() => steps.push((n + 1, words)),
            _ => {
                report.fail(format!("{}, line {}: not a step: {line}", file.display(), n + 1));
                return 2;
            }
        }
    }
    with_overlay(a, report, |overlay, report| {
        let mut done = Vec::new();
        let mut failed = None;
        for (line, words) in steps {
            let began = Instant::now();
            let outcome = match words.as_slice() {
                ["swap", partition, module] => {
                    overlay.partition(partition).and_then(|mut p| p.load(module)).map(Some)
                }
                ["unload", partition] => overlay.partition(partition).and_then(|mut p| p.unload()).map(Some),
                ["prefetch", partition, module] => {
                    overlay.partition(partition).and_then(|mut p| p.prefetch(module)).map(|()| None)
                }
                ["sleep", ms] => {
                    std::thread::sleep(Duration::from_millis(ms.parse().unwrap_or(0)));
                    Ok(None)
                }
                _ => Ok(None),
            };
            let took = began.elapsed();
            let step = words.join(" ");
            match outcome {
                Ok(outcome) => {
                    report.line(format!("{step}: {took:?}"));
                    let outcome = outcome.map(|o| events(&o).0);
                    let micros = took.as_micros() as u64;
                    done.push(
                        json!({ "line": line, "step": step, "microseconds": micros, "outcome": outcome }),
                    );
                }
                Err(error) => {
                    report.line(format!("{step}: failed (line {line})"));
                    failed = Some(error);
                    break;
                }
            }
        }
        report.set("steps", done);
        failed.map_or(Ok(()), Err)
    })
}

fn simulation(a: &Arguments, report: &mut Report) -> u8 {
    let mut traces = Vec::new();
    for name in a.trace.as_deref().map_or_else(|| vec!["cnn", "zipf", "phases"], |t| vec![t]) {
        let trace = match name {
            "cnn" => Trace::cnn(100),
            "zipf" => Trace::zipf(2_000, 7),
            "phases" => Trace::phases(8, 7),
            file => match fs_err::read_to_string(file)
                .map_err(|e| e.to_string())
                .and_then(|text| Trace::parse(&text).map_err(|e| format!("{file}, {e}")))
            {
                Ok(trace) => trace,
                Err(why) => {
                    report.fail(why);
                    return 1;
                }
            },
        };
        traces.push((name, trace));
    }
    let policies = match a.policy.as_deref().map(|p| (p, Policy::parse(p))) {
        None => Policy::ALL.to_vec(),
        Some((_, Some(policy))) => vec![policy],
        Some((name, None)) => {
            report.fail(format!("unknown policy {name}: expected lru, fifo, cost-aware or belady"));
            return 2;
        }
    };
    let mut figures = Vec::new();
    report.line(
        "trace      policy      predict  calls misses  loads   stall ms  makespan ms  of Belady's stall",
    );
    for (name, trace) in &traces {
        let setup = |predict| Setup { slots: a.slots, bytes_per_second: a.speed, predict };
        let bound = simulate(trace, Policy::Belady, &setup(false));
        for policy in &policies {
            for predict in [false, true] {
                if predict && *policy != Policy::CostAware {
                    continue;
                }
                let f = simulate(trace, *policy, &setup(predict));
                let ratio = f.stall / bound.stall;
                report.line(format!(
                    "{name:10} {:11} {predict:7} {:6} {:6} {:6} {:10.1} {:12.1}  {ratio:.3}",
                    policy.id(),
                    f.calls,
                    f.misses,
                    f.loads,
                    f.stall * 1e3,
                    f.makespan * 1e3
                ));
                figures.push(json!({
                    "trace": name, "policy": policy.id(), "predict": predict, "calls": f.calls, "misses": f.misses,
                    "loads": f.loads, "stall_seconds": f.stall, "makespan_seconds": f.makespan,
                    "stall_of_belady": ratio.is_finite().then_some(ratio),
                }));
            }
        }
    }
    report.set("figures", figures);
    0
}
