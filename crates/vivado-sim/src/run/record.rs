// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A private file in each run directory: the last step asked for, and what the run was launched from.
//!
//! Real Vivado compares times against `gen_run.xml`; here a digest of the inputs' names, sizes and contents is compared,
//! so touching a file does not make a run stale.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::model::project::{Project, Run};
use crate::util;

const NAME: &str = ".vivado_sim.json";

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) to_step: String,
    pub(crate) inputs: String,
    pub(crate) launched: u64,
    /// `set_property NEEDS_REFRESH false`: the digest that was declared good.
    #[serde(default)]
    pub(crate) forced: Option<String>,
}

pub(crate) fn read(dir: &Path) -> Option<Record> {
    serde_json::from_str(&disk::read_to_string(dir.join(NAME)).ok()?).ok()
}

pub(crate) fn write(dir: &Path, record: &Record) {
    if let Ok(text) = serde_json::to_string_pretty(record) {
        let _ = disk::write(dir.join(NAME), text);
    }
}

/// Digest of what a run depends on: files of its filesets, settings, and its parent's own inputs.
pub(crate) fn inputs(p: &Project, run: &Run) -> String {
    let mut parts = vec![run.strategy.clone(), run.pr_config.clone().unwrap_or_default()];
    for (name, value) in run.props.iter().filter(|(n, _)| *n != "NEEDS_REFRESH") {
        parts.push(format!("{name}={value}"));
    }
    let step = if run.synthesis { "synthesis" } else { "implementation" };
    for set in [&run.srcset, &run.constrset] {
        let Some(set) = p.fileset(set) else { continue };
        let constraints = set.kind == crate::model::project::SetKind::Constraints;
        // A child takes no project constraints, and an implementation reads no HDL.
        if (constraints && run.is_child(p)) || (!run.synthesis && !constraints) {
            continue;
        }
        for file in set.files.iter().filter(|f| f.enabled() && f.used_in(step)) {
            let content = disk::read(&file.path).map(|b| util::digest(&[b])).unwrap_or_default();
            parts.push(format!("{}:{content}", util::text(&file.path)));
        }
        for (name, value) in set.props.iter() {
            parts.push(format!("{name}={value}"));
        }
    }
    if let Some(config) = run.pr_config.as_ref().and_then(|c| p.configuration(c)) {
        for (cell, rm) in &config.cells {
            parts.push(format!("{cell}:{rm}"));
            if let Some(module) = p.module_run(rm) {
                parts.push(inputs(p, module));
            }
        }
        parts.extend(config.greyboxes.iter().cloned());
    }
    // What the parent actually is: when it was launched, not what it would be now.
    if let Some(parent) = run.parent.as_ref().and_then(|n| p.run(n)) {
        let launched =
            read(&p.run_dir(&parent.name)).map(|r| r.forced.unwrap_or(r.inputs)).unwrap_or_default();
        parts.push(launched);
    }
    util::digest(&parts)
}
