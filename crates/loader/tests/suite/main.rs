// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader on images in the true format, with fakes in place of the device.

mod crash;
mod failures;
mod icap;
mod images;
mod refused;
mod support;
mod swap;
mod sysfs;
