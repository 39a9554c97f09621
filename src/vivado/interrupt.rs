// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ctrl-C and its relatives, counted: the first asks for an orderly end, the second for one at once.
//!
//! Vivado runs in a process group of its own and so gets no signal from the terminal; who waits for it looks here and
//! passes the wish on (see [`super::run`]).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often the user asked to stop. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    count: Arc<AtomicUsize>,
}

impl Interrupt {
    /// One that only [`Interrupt::raise`] moves.
    pub fn manual() -> Self {
        Self::default()
    }

    /// Counts SIGINT, SIGTERM and SIGHUP from now on, for the rest of the process's life.
    pub fn install() -> io::Result<Self> {
        let interrupt = Self::default();
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let count = Arc::clone(&interrupt.count);
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            for _ in &mut signals {
                count.fetch_add(1, Ordering::SeqCst);
            }
        })?;
        Ok(interrupt)
    }

    /// Asks once more.
    pub fn raise(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    /// How often was asked.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// True once it was asked.
    pub fn is_raised(&self) -> bool {
        self.count() > 0
    }
}
