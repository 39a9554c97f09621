// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Loads the modules of a kit into a running FPGA, on the target.
//!
//! ```text
//! Kit (static tables) ─► image checks ─► lock + journal ─► stop users ─► drain, decouple ─► clear ─► load ─► couple, probe ─► record
//!                        nothing is touched                  Leases         Registers       └─ FpgaManager ─┘
//! ```
//!
//! - [`Kit`] and its tables describe one kit; the loader crate inside a kit is one such table with typed names.
//! - [`check`] refuses an image by digest, size, byte order, kind, device, frames and static, and touches nothing.
//! - [`FpgaManager`] programs: [`Sysfs`] through linux-xlnx's `firmware` and `flags`, [`CharDevice`] and [`HwIcap`] through
//!   ICAP, [`fake::Recorder`] for tests.
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
//! - A full load made by somebody else is noticed when it changes the boot id, or when the static has an id register and
//!   [`Options::static_probe`] names it. Daemons known to load (dfx-mgrd, fpgad) are refused by socket and process name,
//!   not excluded for good.
//! - It does not verify signatures; `sha256sum -c SHA256SUMS` and a signature of `SHA256SUMS` are for whoever installs a kit.
//! - Users of a region that hold no lease ([`Leases`]) are not seen: `devmem`, DMA in flight, drivers of overlays that the
//!   loader did not insert.
//! - MCAP and Versal are not driven; mainline regions (programming by an overlay) are not either.
//!
//! It needs nothing but the standard library and `dfxkit-fabric`, because it travels inside kits as source. The feature
//! `mmap` (registers through UIO or `/dev/mem`) needs rustix and is off by default.
#![cfg_attr(not(feature = "mmap"), forbid(unsafe_code))]
#![expect(
    clippy::disallowed_methods,
    reason = "no crate but the standard library may be used here; errors name their paths"
)]

mod care;
mod check;
mod devicetree;
mod exchange;
mod failure;
pub mod fake;
mod full;
mod icap;
mod journal;
mod kit;
mod lease;
mod loader;
mod manager;
#[cfg(feature = "mmap")]
mod mapped;
pub mod policy;
mod prepare;
mod recover;
mod registers;
mod rival;
mod sha256;
pub mod swap;
mod sysfs;

pub use care::{Care, Probe, Reset};
pub use check::{CheckError, Checked, check};
pub use devicetree::{OverlayError, Overlays, Source};
pub use failure::{Left, LoadFailure, Reason};
pub use icap::{CharDevice, HwIcap};
pub use journal::{Journal, JournalError, LoadedModule, Record, RegionRecord};
pub use kit::{Image, ImageKind, Isolation, IsolationKind, Kit, Module, Partition, digest};
pub use lease::{Lease, LeaseError, Leases, Pin};
pub use loader::{Loader, Options, Outcome};
pub use manager::{FpgaManager, ManagerError};
#[cfg(feature = "mmap")]
pub use mapped::Mapped;
pub use registers::{NoRegisters, RegisterError, Registers, Shared};
pub use sha256::Sha256;
pub use sysfs::Sysfs;
