// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! End-to-end tests of the `dfxkit` program: one binary, one module a subject, a [`support::Bench`] for each test.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod adopt;
mod bit;
mod broken;
mod build;
mod check;
mod cli;
mod docs;
mod floorplan;
mod gates;
mod golden;
mod golden_crash;
mod golden_damage;
mod golden_provenance;
mod honesty;
mod hwh;
mod kit;
mod lfs;
mod loader;
mod locks;
mod log;
mod log_shapes;
mod plan;
mod remote;
mod resume;
mod runner;
mod scripts;
mod support;
mod tcl;
mod update;
mod verify;
