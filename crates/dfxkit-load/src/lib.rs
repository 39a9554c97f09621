// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kit on the target, as an overlay: partitions, modules, IP, registers and drivers by name.
//!
//! ```no_run
//! use dfxkit_load::Overlay;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut overlay = Overlay::load("kit".as_ref())?;             // the full image
//! overlay.partition("conv")?.load("conv3x3-8bit")?;             // a module, with everything that makes it safe
//! let window = overlay.window("conv/axi_gpio_0")?;              // registers, until the next swap of `conv`
//! window.write(0, 1)?;
//! # Ok(()) }
//! ```
//!
//! - [`open`](kit::open) reads `kit.json` and gives the tables that the loader works on.
//! - [`Overlay`] joins the hand-off files of static and modules: absolute addresses, register names, VLNVs. It tells them
//!   without programming too ([`Overlay::metadata`]).
//! - [`Driver`]s are bound by VLNV or by any predicate, and again after every swap.
//!
//! - [`Keys`]: whose kits are loaded; without any, everybody's.
//! - [`Overlay::interrupt`] waits for an IP through UIO; buffers for DMA and GPIO lines are the loader's ([`DmaBuffer`],
//!   [`GpioLine`]); a [`Pool`] takes an overlay as well as a loader.
//!
//! # What it does not do
//! GPIO pins of the static are not resolved through slices. A kit without hand-off files gives no addresses: `window` then
//! says so.

pub mod driver;
mod error;
mod interrupt;
mod ip;
pub mod kit;
mod overlay;
mod signature;
mod window;

pub use dfxkit_loader::{Access, DmaBuffer, GpioLine, Pool};
pub use driver::{ByHierarchy, ByVlnv, Driver, Hierarchy};
pub use error::OverlayError;
pub use interrupt::{InterruptError, IpInterrupt};
pub use ip::{Ip, Metadata};
pub use overlay::{Overlay, PartitionHandle, SystemOverlay};
pub use signature::{Keys, SignatureError};
pub use window::{Window, WindowError};
