// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Real and simulated logs of the same kind of run, through our reader: it sees the same shapes in both.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use dfxkit::gates::log::{Log, Outcome, read};

use crate::support::{Bench, corpus};

fn log(path: &Utf8Path) -> Log {
    read(&String::from_utf8_lossy(&fs_err::read(path).unwrap()))
}

/// What the reader finds in a log, apart from the values.
fn fields(log: &Log) -> BTreeSet<&'static str> {
    let seen = [
        ("release", log.release.is_some()),
        ("build", log.build.is_some()),
        ("messages", !log.messages.is_empty()),
        ("commands", !log.commands.is_empty()),
        ("steps completed", log.steps.iter().any(|s| s.outcome == Outcome::Completed)),
        ("steps failed", log.steps.iter().any(|s| s.outcome == Outcome::Failed)),
        ("tcl errors", !log.tcl_errors.is_empty()),
        (
            "licences granted",
            log.licences.iter().any(|l| l.granted && !l.feature.is_empty() && !l.device.is_empty()),
        ),
        ("checkpoints of cells", !log.cell_checkpoints.is_empty()),
        ("checkpoints written", !log.checkpoints_written.is_empty()),
        ("bitstreams written", !log.bitstreams_written.is_empty()),
        ("estimate", log.estimate.is_some()),
        ("exit", log.exit_line.is_some()),
        ("death", log.death.is_some()),
    ];
    seen.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}

/// The commands that the log shows, and those that it says are completed.
fn commands(log: &Log) -> (BTreeSet<String>, BTreeSet<String>) {
    // A checkpoint of an earlier synthesis to go on from is a matter of the project, not of the log.
    let echoes = log.commands.iter().filter(|c| !c.text.contains("-auto_incremental"));
    let shown = echoes.filter_map(|c| c.words().first().cloned()).collect();
    let done = log.steps.iter().filter(|s| s.outcome == Outcome::Completed).map(|s| s.name.clone()).collect();
    (shown, done)
}

/// By id: the severities it comes with, and whether it names a place.
fn messages<'a>(logs: impl IntoIterator<Item = &'a Log>) -> BTreeMap<String, BTreeSet<(&'static str, bool)>> {
    let mut out: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
    for m in logs.into_iter().flat_map(|l| &l.messages) {
        out.entry(m.id.clone()).or_default().insert((m.severity.word(), m.file.is_some()));
    }
    out
}

#[test]
fn the_reader_sees_the_same_shapes_in_real_and_simulated_logs() {
    let Some(corpus) = corpus() else { return };
    let real = corpus.join("dfx_logs_2024_2");
    let uart = real.join("UART_CALCI/dfx_playground/dfx_playground.runs");
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    let runs = bench.path().join("build/project/pr_block.runs");
    let child = fs_err::read_dir(&runs)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .find(|n| n != "impl_1" && runs.join(n).join("top_routed.dcp").exists())
        .unwrap();
    let pairs = [
        ("synthesis", log(&uart.join("synth_1/runme.log")), log(&runs.join("synth_1/runme.log"))),
        ("parent", log(&uart.join("impl_1/runme.log")), log(&runs.join("impl_1/runme.log"))),
        (
            "child",
            log(&real.join("CFU_Playground/runs/child_0_impl_2/runme.log")),
            log(&runs.join(child).join("runme.log")),
        ),
    ];
    let mut wrong = Vec::new();
    for (what, real, simulated) in &pairs {
        assert!(simulated.simulated && !real.simulated, "{what}: the mark");
        if fields(real) != fields(simulated) {
            wrong.push(format!("{what}: real {:?}\nsimulated {:?}", fields(real), fields(simulated)));
        }
        let ((real_shown, real_done), (shown, done)) = (commands(real), commands(simulated));
        if real_shown != shown {
            wrong.push(format!("{what}: commands shown: real {real_shown:?}\nsimulated {shown:?}"));
        }
        if real_done != done {
            wrong.push(format!("{what}: commands done: real {real_done:?}\nsimulated {done:?}"));
        }
    }
    let real = messages(pairs.iter().map(|(_, r, _)| r));
    let simulated = messages(pairs.iter().map(|(_, _, s)| s));
    let mut common = 0;
    for (id, shapes) in &simulated {
        let Some(known) = real.get(id) else { continue };
        common += 1;
        if !shapes.is_subset(known) {
            wrong.push(format!("[{id}]: real {known:?} simulated {shapes:?}"));
        }
    }
    assert!(common > 40, "{common} ids in common");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
