// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Loads the modules of a kit into a running FPGA, on the target.
//!
//! ```text
//! Kit (static tables) ─► image checks ─► lock + journal ─► decouple ─► clear ─► load ─► verify ─► couple ─► record
//!                        before anything is touched        Registers   └─ FpgaManager ─┘
//! ```
//!
//! - [`Kit`] and its tables describe one kit; the loader crate inside a kit is one such table with typed names.
//! - [`check`] refuses an image by digest, size, byte order, kind, device, frames and static, and touches nothing.
//! - [`FpgaManager`] programs: [`Sysfs`] through linux-xlnx's `firmware` and `flags`, [`fake::Recorder`] for tests.
//! - [`Registers`] reaches decouplers and shutdown managers.
//! - [`Loader::swap`] runs the sequence. The steps are types ([`swap`]): coupling exists only for a region whose load was
//!   verified, so that no path, also no error path, couples an unknown region.
//!
//! # What it promises
//! After any failure behind the first write to the device the region stays decoupled and is recorded as unknown; an
//! unknown region is loaded again or left alone, never coupled. A crash is found by the journal (kept under `/run`, bound
//! to the kernel's boot id) and treated as a failed load. Two processes never load at the same time.
//!
//! # What it does not do
//! - No `/dev/mem` or UIO back end for [`Registers`] is here: the caller brings one, or isolates by other means and
//!   says so with [`Options::isolated_by_caller`].
//! - Device-tree overlays, mainline regions, HWICAP, MCAP and Versal are not driven.
//! - A full load made by somebody else is noticed only when it changes the boot id. Daemons known to load (dfx-mgrd) are
//!   refused by their socket, not excluded for good.
//! - It does not verify signatures; `sha256sum -c SHA256SUMS` and a signature of `SHA256SUMS` are for whoever installs a kit.
//! - Users of a region (drivers, DMA, leases) must have let go before: nothing here can see them.
//!
//! It needs nothing but the standard library and `dfxkit-fabric`, because it travels inside kits as source.
#![forbid(unsafe_code)]
#![expect(
    clippy::disallowed_methods,
    reason = "no crate but the standard library may be used here; errors name their paths"
)]

mod check;
mod failure;
pub mod fake;
mod journal;
mod kit;
mod loader;
mod manager;
mod registers;
mod sha256;
pub mod swap;
mod sysfs;

pub use check::{CheckError, Checked, check};
pub use failure::{LoadFailure, Reason};
pub use journal::{Journal, JournalError, Record, RegionRecord};
pub use kit::{Image, ImageKind, Isolation, IsolationKind, Kit, Module, Partition, digest};
pub use loader::{Loader, Options, Outcome};
pub use manager::{FpgaManager, ManagerError};
pub use registers::{NoRegisters, RegisterError, Registers};
pub use sha256::Sha256;
pub use sysfs::Sysfs;
