// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The processes of launched runs: how many at once, who waits for whom.
//!
//! Jobs live in the launching process: when it ends, what runs goes on and what is queued is never started (not
//! known of the real one; the plainest behaviour).

use crate::disk;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) run: String,
    pub(crate) dir: PathBuf,
    /// Runs that must have ended well first.
    pub(crate) after: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Jobs {
    queue: Vec<Job>,
    running: Vec<(String, PathBuf, Child)>,
    /// Ended without success in this session.
    failed: BTreeSet<String>,
    /// Ended without an end or error mark.
    crashed: BTreeSet<String>,
    pub(crate) at_once: usize,
    /// Variables for the run processes.
    pub(crate) variables: Vec<(String, String)>,
}

impl Jobs {
    pub(crate) fn is_queued(&self, run: &str) -> bool {
        self.queue.iter().any(|j| j.run == run)
    }

    pub(crate) fn is_running(&self, run: &str) -> bool {
        self.running.iter().any(|(r, _, _)| r == run)
    }

    pub(crate) fn crashed(&self, run: &str) -> bool {
        self.crashed.contains(run)
    }

    /// Ended badly in this session, or was dropped because a forerunner did.
    pub(crate) fn failed(&self, run: &str) -> bool {
        self.failed.contains(run)
    }

    pub(crate) fn active(&self, run: &str) -> bool {
        self.is_queued(run) || self.is_running(run)
    }

    pub(crate) fn idle(&self) -> bool {
        self.queue.is_empty() && self.running.is_empty()
    }

    /// Forgets what is known of a run, when it is reset or launched anew.
    pub(crate) fn forget(&mut self, run: &str) {
        self.queue.retain(|j| j.run != run);
        self.failed.remove(run);
        self.crashed.remove(run);
        if let Some(at) = self.running.iter().position(|(r, _, _)| r == run) {
            let (_, _, mut child) = self.running.remove(at);
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Takes the next run that may start off the queue, for a session that plays its runs itself.
    pub(crate) fn take_ready(&mut self) -> Option<Job> {
        self.drop_lost();
        let ready = self.queue.iter().position(|j| !j.after.iter().any(|a| self.active(a)))?;
        Some(self.queue.remove(ready))
    }

    /// A run that [`Jobs::take_ready`] gave has ended.
    pub(crate) fn played(&mut self, job: Job, done: bool) {
        if !done {
            self.failed.insert(job.run);
        }
    }

    /// Drops the queued runs whose forerunner failed.
    fn drop_lost(&mut self) {
        loop {
            let lost = self.queue.iter().position(|j| j.after.iter().any(|a| self.failed.contains(a)));
            let Some(at) = lost else { break };
            let job = self.queue.remove(at);
            self.failed.insert(job.run);
        }
    }

    pub(crate) fn add(&mut self, job: Job) {
        self.queue.push(job);
    }

    /// Takes note of ended runs and starts what may start. A run whose forerunner failed is dropped.
    pub(crate) fn poll(&mut self) {
        let mut still = Vec::new();
        for (run, dir, mut child) in self.running.drain(..) {
            if matches!(child.try_wait(), Ok(None)) {
                still.push((run, dir, child));
                continue;
            }
            let ended = disk::exists(dir.join(".vivado.end.rst"));
            if !ended {
                self.failed.insert(run.clone());
            }
            if !ended && !disk::exists(dir.join(".vivado.error.rst")) {
                self.crashed.insert(run);
            }
        }
        self.running = still;
        self.drop_lost();
        while self.running.len() < self.at_once.max(1) {
            let ready = self.queue.iter().position(|j| !j.after.iter().any(|a| self.active(a)));
            let Some(at) = ready else { break };
            let job = self.queue.remove(at);
            let mut command = Command::new("/bin/sh");
            command
                .arg("./runme.sh")
                .current_dir(&job.dir)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            for (name, value) in &self.variables {
                command.env(name, value);
            }
            if let Ok(child) = command.spawn() {
                self.running.push((job.run, job.dir, child));
            } else {
                self.failed.insert(job.run.clone());
                self.crashed.insert(job.run);
            }
        }
    }
}
