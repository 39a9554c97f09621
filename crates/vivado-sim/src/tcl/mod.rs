// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The real `tclsh` child that runs the scripts, and the framed pipe pair to it.

pub(crate) mod bridge;
pub(crate) mod list;
