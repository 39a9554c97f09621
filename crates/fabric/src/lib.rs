// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! AMD FPGA devices, configuration frames, bitstream codec, Pblock geometry and proofs.
//!
//! Pure: bytes and values in, facts out. No I/O, no clock, no environment, no dependency but the standard library.
#![forbid(unsafe_code)]

pub mod codec;
pub mod device;
pub mod family;
pub mod floorplan;
pub mod frames;
pub mod part;
pub mod pblock;
pub mod proof;
pub mod site;
pub mod suggest;
pub mod svg;
pub mod write;
pub mod xdc;

pub use family::Family;
pub use part::{PartName, same_part};
