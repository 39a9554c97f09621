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
//! # What it does not do
//! Interrupts and DMA buffers are not handed out; GPIO pins are not resolved through slices. A kit without hand-off files
//! gives no addresses: `window` then says so. Which register resets a module is not in a kit (see
//! `dfxkit_loader::Care`).

pub mod driver;
mod error;
mod ip;
pub mod kit;
mod overlay;
mod window;

pub use driver::{ByVlnv, Driver};
pub use error::OverlayError;
pub use ip::{Ip, Metadata};
pub use overlay::{Overlay, PartitionHandle, SystemOverlay};
pub use window::{Window, WindowError};
