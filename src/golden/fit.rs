// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which builds may become a release, and which files of a run directory tell Vivado that the run is finished.

use camino::{Utf8Path, Utf8PathBuf};

use super::GoldenError;
use super::archive::Allow;
use crate::artifacts::Artifacts;
use crate::gates::Verdict;

/// The files by which Vivado knows that a run is finished: the `.rst` marks, the run's scripts, and the checkpoint of a synthesis run. Of the parent's
/// modules too (`syntheses`: run and top module of each synthesis): Vivado looks at those runs before it takes the parent as finished.
/// That re-opened projects take a run's state from them is general knowledge, not measured: if a Vivado should not, it would launch the
/// parent again, and the update's check of the golden bytes would say so.
pub fn run_state_files(
    runs: &Utf8Path,
    syntheses: &[(String, String)],
    parent_run: &str,
) -> std::io::Result<Vec<(String, Utf8PathBuf)>> {
    let mut files = Vec::new();
    let synthesised =
        |run: &str| syntheses.iter().find(|(r, _)| r == run).map(|(_, top)| format!("{top}.dcp"));
    for run in syntheses.iter().map(|(run, _)| run.as_str()).chain([parent_run]) {
        let dir = runs.join(run);
        if !dir.is_dir() {
            continue;
        }
        for entry in fs_err::read_dir(&dir)? {
            let Some(name) = entry?.file_name().to_str().map(str::to_owned) else { continue };
            let state = is_run_state(&name);
            if state || synthesised(run).is_some_and(|dcp| dcp == name) {
                files.push((run.to_owned(), dir.join(name)));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Marks of steps, the run's own scripts, and what else Vivado writes into a run directory before the run starts (measured on 2020.2 and
/// 2024.2 trees). Not logs, reports and results.
fn is_run_state(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "gen_run.xml",
        "runme.sh",
        "runme.bat",
        "ISEWrap.sh",
        "ISEWrap.js",
        "rundef.js",
        "htr.txt",
        "project.wdf",
    ];
    let extension = Utf8Path::new(name).extension();
    (name.starts_with('.') && extension == Some("rst"))
        || name.starts_with("__synthesis_is_")
        || NAMES.contains(&name)
        || matches!(extension, Some("tcl" | "pb"))
}

/// Refuses what may not be archived.
pub(super) fn refuse_unfit(artifacts: &Artifacts, allow: Allow) -> Result<(), GoldenError> {
    let refused = |reason: String, help: &str| Err(GoldenError::Refused { reason, help: help.to_owned() });
    let with = |verdict: Verdict| -> Vec<String> {
        artifacts
            .gates
            .results
            .iter()
            .filter(|r| r.verdict == verdict)
            .map(|r| format!("{} of {}", r.gate, r.subject))
            .collect()
    };
    if artifacts.gates.verdict == Verdict::Refused {
        return refused(
            format!("expected every gate to pass, refused: {}", with(Verdict::Refused).join(", ")),
            "see `dfxkit report`",
        );
    }
    if artifacts.gates.verdict == Verdict::Unknown && !allow.unknown {
        let unknown = with(Verdict::Unknown);
        let what = if unknown.is_empty() { "nothing was judged".to_owned() } else { unknown.join(", ") };
        return refused(
            format!("expected every gate to pass, without evidence: {what}"),
            "get the evidence, or say --allow-unknown, which the manifest records",
        );
    }
    if artifacts.tool.simulated && !allow.simulated {
        return refused(
            "the stand-in made these artifacts (SIMULATED); a release needs Vivado's".to_owned(),
            "build with Vivado; for a trial, say --allow-simulated, which the manifest records for ever",
        );
    }
    let s = &artifacts.static_set;
    for (what, there) in [
        ("the routed checkpoint of the parent", s.routed_dcp.is_some()),
        ("the black-boxed locked checkpoint of the parent", s.blackbox_dcp.is_some()),
        ("the full bitstream of the parent", s.full_bit.is_some()),
    ] {
        if !there {
            return refused(
                format!("{what} is missing: no later module could be built and proven"),
                "build the parent to write_bitstream",
            );
        }
    }
    Ok(())
}
