// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! dfxkit: from one TOML description to proven AMD Vivado DFX bitstream kits.
//!
//! The data goes one way, left to right, and a stage knows those on its left and nothing on its right:
//!
//! ```text
//! dfx.toml -> spec -> rules -> design -> plan -> tcl -> vivado/exec -> runtree -> gates -> artifacts -> golden, kit
//!             parse   check    resolved  DAG of  one    batch runs     what the   evidence  the typed
//!             spans   codes    model     steps   script a step         runs left  judged    verified set
//! ```
//!
//! The library never prints, never exits and never reads the environment: [`cli`] does.

pub mod artifacts;
pub mod atomic;
pub mod cli;
pub mod design;
pub mod diag;
pub mod exec;
pub mod exit;
pub mod gates;
pub mod golden;
pub mod hash;
pub mod hdl;
pub mod kit;
pub mod plan;
pub mod provenance;
pub mod report;
pub mod rules;
pub mod runtree;
pub mod spec;
pub mod tcl;
pub mod update;
pub mod vcs;
pub mod vivado;
