// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The build engine: which steps are stale, running them in waves, and records that survive `kill -9`.
//!
//! - [`state`]: one record a finished step, and a cache of hashes
//! - [`stale`]: which steps must run, with typed reasons
//! - [`lock`]: one build at a time in one build directory
//! - [`orphans`]: what a killed dfxkit left running
//! - [`engine`]: waves of stale steps until nothing is stale; `wave` runs one and records it
//! - [`finish`]: the steps that need no Vivado
//! - [`flow`]: scripts, gates and kit of a real design
//! - [`report`]: the verdicts of the last build
//! - [`events`]: what a build tells while it goes on
//! - [`failure`]: how a step or a build fails
//! - [`crash`]: crash points for tests
//!
//! The rule behind resuming: a record is written after a step's success and at no other time; a step without a valid record is done
//! again, whatever lies in its directories. Not here: Vivado's ways (see [`crate::vivado`]), script text (see [`crate::tcl`]).

pub mod crash;
pub mod engine;
pub mod events;
pub mod failure;
pub mod finish;
pub mod flow;
pub mod lock;
mod mend;
pub mod orphans;
pub mod report;
pub mod stale;
pub mod state;
mod watch;
mod wave;
