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
pub(crate) fn handoffs(p: &Project, release: Release) -> Vec<PathBuf> {
    let designs = p.sub(if release.has_gen() { "gen" } else { "srcs" }).join("sources_1/bd");
    let names = p.files().filter(|(_, f)| f.extension() == "bd").filter_map(|(_, f)| f.path.file_stem());
    names
        .map(|n| n.to_string_lossy().into_owned())
        .map(|n| designs.join(&n).join("hw_handoff").join(format!("{n}.hwh")))
        .filter(|f| f.exists())
        .collect()
}
