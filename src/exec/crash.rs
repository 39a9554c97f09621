// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Crash points: named places where a test lets the process kill itself, to prove that a build resumes from each of them.
//!
//! The process really gets SIGKILL: no destructor runs, nothing is flushed. Counting is the only thing that happens otherwise.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts crash points; dies at the chosen one.
#[derive(Debug, Default)]
pub struct Crash {
    at: Option<u64>,
    passed: AtomicU64,
}

impl Crash {
    /// Dies at the `at`-th point, counted from 1; never for none.
    pub fn at(at: Option<u64>) -> Self {
        Self { at, passed: AtomicU64::new(0) }
    }

    /// A point that a crash may hit.
    pub fn point(&self) {
        let number = self.passed.fetch_add(1, Ordering::SeqCst) + 1;
        if self.at == Some(number) {
            // If the signal cannot be sent the test sees a build that ended well, and fails.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }
}
