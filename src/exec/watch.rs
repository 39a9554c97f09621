// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Looks at run directories while Vivado works: which step each run is in.
//!
//! A script waits for a run in one command and prints nothing meanwhile, for hours at times. Each step of a run leaves
//! `.STEP.begin.rst` when it begins and `.STEP.end.rst` when it ends (measured on run trees of 2020.2 and 2024.2). For showing
//! only: no decision rests on it.

use camino::{Utf8Path, Utf8PathBuf};

use crate::vivado::digest::{RunState, Seen};

/// Run directories and what was last seen in them.
pub(super) struct Watch {
    runs: Vec<(String, Utf8PathBuf, Option<String>)>,
}

impl Watch {
    pub(super) fn new(runs: impl Iterator<Item = (String, Utf8PathBuf)>) -> Self {
        Self { runs: runs.map(|(run, dir)| (run, dir, None)).collect() }
    }

    /// Runs that are in another step than at the last look.
    pub(super) fn look(&mut self) -> Vec<Seen> {
        let mut seen = Vec::new();
        for (run, dir, last) in &mut self.runs {
            let now = current_step(dir);
            if now.is_some() && now != *last {
                let status = format!("Running {}...", now.as_deref().unwrap_or_default());
                seen.push(Seen::Run {
                    run: run.clone(),
                    state: RunState { status, progress: String::new() },
                });
            }
            *last = now;
        }
        seen
    }
}

/// The step that began last and has not ended.
fn current_step(dir: &Utf8Path) -> Option<String> {
    let mut begun = Vec::new();
    for entry in dir.read_dir_utf8().ok()?.flatten() {
        let name = entry.file_name();
        if let Some(step) = name.strip_prefix('.').and_then(|n| n.strip_suffix(".begin.rst"))
            // The mark of the whole process, which every step lies within.
            && step != "vivado"
            && let Ok(time) = entry.metadata().and_then(|m| m.modified())
        {
            begun.push((time, step.to_owned()));
        }
    }
    let (_, step) = begun.into_iter().max()?;
    let ended = ["end", "error"].iter().any(|e| dir.join(format!(".{step}.{e}.rst")).exists());
    (!ended).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_that_began_and_did_not_end() {
        let keep = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(keep.path().to_path_buf()).unwrap();
        let touch = |name: &str| fs_err::write(dir.join(name), "").unwrap();
        let mut watch = Watch::new([("impl_1".to_owned(), dir.clone())].into_iter());
        assert!(watch.look().is_empty());
        for name in [".vivado.begin.rst", ".opt_design.begin.rst", ".opt_design.end.rst"] {
            touch(name);
        }
        assert!(watch.look().is_empty(), "between two steps there is nothing to tell");
        std::thread::sleep(std::time::Duration::from_millis(20));
        touch(".place_design.begin.rst");
        match watch.look().as_slice() {
            [Seen::Run { run, state }] => {
                assert_eq!((run.as_str(), state.status.as_str()), ("impl_1", "Running place_design..."));
            }
            other => panic!("{other:?}"),
        }
        assert!(watch.look().is_empty(), "told once");
        touch(".place_design.error.rst");
        assert!(watch.look().is_empty());
    }
}
