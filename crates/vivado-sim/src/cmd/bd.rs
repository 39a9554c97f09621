// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Block designs.

use std::path::{Path, PathBuf};

use crate::hdl::elab::Library;
use crate::model::project::Project;
use crate::release::Release;
use crate::session::{Outcome, Session};
use crate::syntax::parse::Args;

pub(crate) fn dispatch(_s: &mut Session, _name: &str, _args: &Args) -> Option<Outcome> {
    None
}

/// Adds the modules that a block design stands for.
pub(crate) fn into_library(_bd: &Path, _library: &mut Library) {}

/// The hand-off files of a project's block designs.
pub(crate) fn handoffs(_p: &Project, _release: Release) -> Vec<PathBuf> {
    Vec::new()
}
