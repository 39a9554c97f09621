// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader on images in the true format, with fakes in place of the device.

mod backends;
mod crash;
mod failures;
mod icap;
mod images;
mod mcap;
mod pool;
mod refused;
mod support;
mod swap;
mod sysfs;
