// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Remote update: a new module built against the golden checkpoints of a release, years later.

pub mod derive;
pub mod interface;
