// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hook of remote updates: before `init_design` of each child it puts the golden checkpoints in the place of the parent's, after
//! checking their sizes and, where `sha256sum` is installed, their hashes.
//!
//! The scripts of an update are those of an ordinary build of the derived design (see [`crate::update`]): the project step makes a project in
//! which the parent is a name and a directory only, its state is put back from the archive, and the script of the children refuses to go on
//! unless Vivado takes the parent as finished.

use camino::Utf8PathBuf;

use super::TclError;
use super::context::GoldenCopy;
use super::render::Renderer;
use super::templates;
use crate::design::{Design, steps};

/// The hook before `init_design` of the children. The user's own hook of that place is sourced after it (see [`user_pre_init`]).
pub fn pre_init_hook(design: &Design, golden: &GoldenCopy) -> Result<String, TclError> {
    Renderer::new(&design.root)?.render(templates::PRE_INIT, golden)
}

/// The user's hooks before `init_design`, absolute: what [`GoldenCopy::then`] must hold.
pub fn user_pre_init(design: &Design) -> Vec<Utf8PathBuf> {
    design
        .spec
        .build
        .hooks
        .iter()
        .filter(|(key, _)| steps::hook(key).is_some_and(|h| h.step == "init_design" && h.pre))
        .map(|(_, file)| design.root.join(file))
        .collect()
}
