// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Configuration frames: sets of them, their content in a file, images of a whole device, and comparison.

mod content;
pub mod ecc;
mod image;
mod set;

pub use content::{Difference, Frames, Mask, Pass, differences};
pub use image::Image;
pub use set::FrameSet;
