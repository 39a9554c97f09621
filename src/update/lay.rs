// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Putting the golden in place, and checking that it stayed there.
//!
//! Every file is re-hashed when it is read from the archive and when it was written. The static's steps are then recorded as done, with the
//! golden's own hashes, so that the engine never runs them and notices every change.

use super::UpdateError;
use super::prepare::{Prepared, hook_source, is_golden};
use crate::exec::stale;
use crate::exec::state::{self, Record, State, Tool};
use crate::golden::Golden;
use crate::golden::manifest::Role;
use crate::hash;

/// Puts the golden's files into the run directories and beside them, and records the static's steps. Run it after the project step, which
/// makes the project directory anew where it must.
pub fn down(prepared: &Prepared, golden: &Golden, tool: &Tool) -> Result<(), UpdateError> {
    let build = prepared.layout.build();
    for (path, file) in &prepared.golden_files {
        let to = build.join(path);
        // What is there with the right bytes keeps its time stamp: Vivado's own bookkeeping lives on those.
        let same = to.exists() && hash::sha256_file(&to)?.0 == file.sha256;
        if !same {
            golden.extract(file, &to)?;
        }
        if prepared.hooked && matches!(file.role, Role::BlackboxDcp | Role::RoutedDcp) {
            golden.extract(file, &hook_source(&prepared.layout, &file.name))?;
        }
    }
    let state = State::open(prepared.layout.state());
    for step in &prepared.plan.steps {
        if !is_golden(&step.kind) {
            continue;
        }
        // The inputs are values only: no other record matters.
        let manifest = stale::manifest(step, &state, &[])?;
        let outputs =
            step.outputs.iter().map(|o| state.output(build, &o.path)).collect::<Result<Vec<_>, _>>()?;
        let record = Record {
            format: state::FORMAT,
            step: step.id.0.clone(),
            key: manifest.key(),
            manifest,
            outputs,
            simulated: tool.simulated,
            tool: tool.clone(),
            nonce: format!("golden {}", golden.manifest.release),
        };
        state.finish(&record)?;
    }
    state.save_hashes()?;
    Ok(())
}

/// After the children: are the golden bytes still those that the children read?
pub fn check(prepared: &Prepared) -> Result<(), UpdateError> {
    let build = prepared.layout.build();
    for (path, file) in &prepared.golden_files {
        if file.role == Role::RunState {
            continue;
        }
        let path = build.join(path);
        let actual = match hash::sha256_file(&path) {
            Ok((sha256, _)) if sha256 == file.sha256 => continue,
            Ok((sha256, _)) => format!("sha256:{sha256}"),
            Err(e) => e.to_string(),
        };
        return Err(UpdateError::NotGolden { path, expected: file.sha256.clone(), actual });
    }
    Ok(())
}
