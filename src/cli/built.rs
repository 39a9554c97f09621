// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way of the commands that start from a finished build: load the description, make sure that nothing is stale, read the run tree, judge it.

use super::{Cx, Failure, load};
use crate::artifacts::Artifacts;
use crate::design::Design;

/// A finished build.
#[derive(Debug)]
pub(super) struct Current {
    /// The design.
    pub(super) design: Design,
    /// Its artifacts, judged.
    pub(super) artifacts: Artifacts,
}

/// The finished build of the description.
pub(super) fn current(cx: &Cx) -> Result<Current, Failure> {
    let _design = load(cx)?;
    Err(Failure::input("nothing is built yet").help("run `dfxkit build`"))
}
