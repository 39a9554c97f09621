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
//! - [`FpgaManager`] programs: [`Sysfs`] through linux-xlnx's `firmware` and `flags`, [`Regions`] through the kernel's FPGA
//!   regions and an overlay, [`CharDevice`] and [`HwIcap`] through ICAP, [`Mcap`] through PCIe, [`fake::Recorder`] for tests.
//! - [`Registers`] reaches decouplers and shutdown managers; `Mapped` does through UIO or `/dev/mem`.
//! - [`Loader::swap`] runs the sequence. The steps are types ([`swap`]): coupling exists only for a region whose load was
//!   verified, so that no path, also no error path, couples an unknown region.
//! - [`policy`] chooses what goes when there are more modules than partitions; [`Pool`] applies it to a loader.
//! - On Linux: `Interrupt` (UIO), `DmaBuffer` (DMA heaps, u-dma-buf), `GpioLine`.
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
//! - It does not verify signatures: whoever opens a kit does (`dfxkit_load::kit::open_signed`), before its tables are used.
//! - Users of a region that hold no lease ([`Leases`]) are not seen: `devmem`, DMA in flight, drivers of overlays that the
//!   loader did not insert.
//! - Versal is not driven.
//!
//! It needs nothing but the standard library and `dfxkit-fabric`, because it travels inside kits as source. `unsafe` is in one
//! module (`sys`), which maps memory and makes the ioctls that the standard library has not.
#![deny(unsafe_code)]
#![expect(
    clippy::disallowed_methods,
    reason = "no crate but the standard library may be used here; errors name their paths"
)]

mod care;
mod check;
mod devicetree;
#[cfg(target_os = "linux")]
mod dma;
mod exchange;
mod failure;
pub mod fake;
mod fdt;
mod firmware;
mod full;
#[cfg(target_os = "linux")]
mod gpio;
mod icap;
mod journal;
mod kit;
mod lease;
mod loader;
mod manager;
#[cfg(target_os = "linux")]
mod mapped;
#[cfg(unix)]
mod mcap;
mod patience;
pub mod policy;
mod pool;
mod prepare;
mod recover;
mod region;
mod registers;
mod rival;
mod sha256;
pub mod swap;
#[cfg(target_os = "linux")]
mod sys;
mod sysfs;
#[cfg(target_os = "linux")]
mod uio;

pub use care::{Care, KitOverlays, Probe, Reset};
pub use check::{CheckError, Checked, check};
pub use devicetree::{OverlayError, Overlays, Source};
#[cfg(target_os = "linux")]
pub use dma::{Access, DmaBuffer};
pub use failure::{Left, LoadFailure, Reason};
#[cfg(target_os = "linux")]
pub use gpio::GpioLine;
pub use icap::{CharDevice, HwIcap};
pub use journal::{Journal, JournalError, LoadedModule, Record, RegionRecord};
pub use kit::{Blob, Image, ImageKind, Isolation, IsolationKind, Kit, Module, Partition, digest};
pub use lease::{Lease, LeaseError, Leases, Pin};
pub use loader::{Loader, Options, Outcome};
pub use manager::{FpgaManager, ManagerError};
#[cfg(target_os = "linux")]
pub use mapped::Mapped;
#[cfg(unix)]
pub use mcap::{Mcap, PciConfig};
pub use pool::{Acquired, Pool, PoolError, Served, Swapper};
pub use region::Regions;
pub use registers::{NoRegisters, RegisterError, Registers, Shared};
pub use sha256::Sha256;
pub use sysfs::Sysfs;
#[cfg(target_os = "linux")]
pub use uio::{Interrupt, UioMap, maps as uio_maps};
