// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `report.json`, which the gates step leaves: see [`crate::report`].
//!
//! It holds no times and no machine paths: the same build gives the same bytes, so that a build that changes nothing leaves the kit alone.

pub use crate::report::Report;
