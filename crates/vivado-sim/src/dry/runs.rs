// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Launched runs in a dry session: each is played at once, in a session of its own over the same disk.

use std::path::Path;

use crate::disk;
use crate::run::jobs::Job;
use crate::session::Session;

/// Plays every run that may start, until none is left.
pub(crate) fn play(s: &mut Session) {
    while let Some(job) = s.jobs.take_ready() {
        let done = one(s, &job);
        s.jobs.played(job, done);
    }
}

fn one(s: &mut Session, job: &Job) -> bool {
    let Some(state) = &s.dry else { return false };
    let (probe, setting) = (state.probe.clone(), state.setting.clone());
    let kept = {
        let mut probe = probe.borrow_mut();
        probe.enter_run(&job.run);
        (probe.caught, probe.tainted, probe.printed)
    };
    mark(&job.dir, ".vivado.begin.rst");
    let done = script_of(&job.dir).is_some_and(|script| {
        let Ok(mut session) = Session::dry(&setting, &job.dir, probe.clone()) else { return false };
        session.dry_define("run").is_ok() && session.eval(&script).is_ok()
    });
    mark(&job.dir, if done { ".vivado.end.rst" } else { ".vivado.error.rst" });
    let mut probe = probe.borrow_mut();
    probe.leave_run();
    (probe.caught, probe.tainted, probe.printed) = kept;
    done
}

fn mark(dir: &Path, name: &str) {
    // The directory was made by the launch, on the dry disk: nothing can stand against it.
    let _ = disk::write(dir.join(name), "");
}

/// The script that the launch wrote: the only Tcl file there.
fn script_of(dir: &Path) -> Option<String> {
    let entries = disk::read_dir(dir).ok()?;
    let script = entries.into_iter().find(|p| p.extension().is_some_and(|e| e == "tcl"))?;
    disk::read_to_string(script).ok()
}
