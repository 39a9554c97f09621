// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vivado's hardware hand-off file, `.hwh`.
//!
//! Vivado writes one for a block design when its output products are generated (not when it is implemented), so a file
//! may be older than the bitstream beside it. It is XML with a UTF-8 byte order mark and, on some systems, CRLF line
//! ends; a few hundred kilobytes to several megabytes.
//!
//! What is read: system information, modules with VLNV, hierarchical name and parameters, ports and nets, bus
//! interfaces, address blocks with registers and fields, memory maps, the two dialects of partial regions (project-flow
//! `RBD` modules and block design containers), decouplers and shutdown managers, clocks, hierarchies, the way of an interrupt
//! and of the processor's GPIO bits. [`join`] computes the absolute addresses of a reconfigurable module, [`absolute`] writes
//! them into its file, [`diff`] compares two files as software sees them.
//!
//! Registers are listed for some modules of statics; none of the public reconfigurable modules' files (2018.3 to 2021.2)
//! lists any.
//!
//! What is not read (yet): documents, port maps of interfaces.
//! What is unknown: releases beyond the ones measured (2018.3 to 2024.2), Versal on real files (`versal_cips` interrupts, clocks and GPIO
//! follow PYNQ 4.0's parser, which a made-up file is compared with; no real one was at hand).
//!
//! Limits: files of at most [`MAX_BYTES`]; no DTD (so no entity bombs); nesting is walked without recursion.

mod clocks;
mod diff;
mod empty;
mod error;
mod gpio;
mod hierarchy;
mod interrupts;
mod isolation;
mod join;
mod model;
mod parse;
mod release;
mod rewrite;
mod tree;

pub use clocks::{Clock, ClockSource};
pub use diff::{Difference, Subject, diff};
pub use error::{HwhError, JoinError};
pub use gpio::Gpio;
pub use hierarchy::Hierarchy;
pub use interrupts::{Interrupt, PinRef};
pub use isolation::{Dialect, Isolation, IsolationKind, PartialRegion};
pub use join::{Aperture, Joined, JoinedRange, Placement, join};
pub use model::{
    AddressBlock, BusInterface, Connection, Direction, Field, Hwh, InterfaceRole, MemKind, MemRange, Module,
    Parameter, Port, Register, SystemInfo, Vlnv,
};
pub use parse::{MAX_BYTES, parse};
pub use release::without_build_paths;
pub use rewrite::absolute;
