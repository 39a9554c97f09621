// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The templates that come with dfxkit, and the user's own in their place.
//!
//! A file `templates/NAME` beside the description replaces the template NAME. It gets the same context and is an input of
//! the steps that use it, so that changing it makes them stale.

use camino::{Utf8Path, Utf8PathBuf};

use crate::hash;
use crate::plan::Input;

/// A template that comes with dfxkit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Name, which also is its path below `templates/`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! template {
    ($(#[$doc:meta])* $ident:ident, $name:literal) => {
        $(#[$doc])*
        pub const $ident: Template = Template { name: $name, text: include_str!(concat!("../../templates/", $name)) };
    };
}

template!(
    /// Procedures that every script begins with.
    PRELUDE, "project/prelude.tcl.tera");
template!(
    /// Makes the project or brings it to the description.
    CONVERGE, "project/converge.tcl.tera");
template!(
    /// Procedures of the project step.
    CONVERGENCE, "project/convergence.tcl.tera");
template!(
    /// One wave of runs.
    RUNS, "project/runs.tcl.tera");
template!(
    /// `pr_verify` of one child.
    VERIFY, "project/verify.tcl.tera");
template!(
    /// Bitstream properties, as a hook before `write_bitstream`.
    BITSTREAM_HOOK, "project/bitstream_hook.tcl.tera");
template!(
    /// Pblocks of the partitions.
    PBLOCKS, "xdc/pblocks.xdc.tera");

template!(
    /// Hook of an update's child runs: puts the golden checkpoints in the place of the parent's.
    PRE_INIT, "update/pre_init.tcl.tera");

template!(
    /// Procedures of the scripts from checkpoint to checkpoint.
    STEPS, "non-project/steps.tcl.tera");
template!(
    /// Synthesis of the static or of a module.
    SYNTH, "non-project/synth.tcl.tera");
template!(
    /// The parent configuration.
    PARENT, "non-project/parent.tcl.tera");
template!(
    /// A child configuration, built or put together.
    CHILD, "non-project/child.tcl.tera");
template!(
    /// A module on an abstract shell.
    MODULE, "non-project/module.tcl.tera");
template!(
    /// The abstract shells.
    SHELLS, "non-project/shells.tcl.tera");

/// What the result of a run depends on: what sets the run up and what runs it.
pub const RUN: [Template; 4] = [PRELUDE, CONVERGENCE, CONVERGE, RUNS];

/// All templates of scripts.
pub const ALL: [Template; 14] = [
    PRELUDE,
    CONVERGENCE,
    CONVERGE,
    RUNS,
    VERIFY,
    BITSTREAM_HOOK,
    PBLOCKS,
    PRE_INIT,
    STEPS,
    SYNTH,
    PARENT,
    CHILD,
    MODULE,
    SHELLS,
];

/// Directory of the user's own templates.
pub fn directory(root: &Utf8Path) -> Utf8PathBuf {
    root.join("templates")
}

/// Files of the user that stand in the place of templates, relative to the description's directory.
pub fn overrides(root: &Utf8Path) -> Vec<Utf8PathBuf> {
    ALL.iter()
        .filter_map(|t| t.replaced_by(root))
        .map(|p| p.strip_prefix(root).unwrap_or(&p).to_owned())
        .collect()
}

impl Template {
    /// The user's file in its place.
    pub fn replaced_by(&self, root: &Utf8Path) -> Option<Utf8PathBuf> {
        let path = directory(root).join(self.name);
        path.is_file().then_some(path)
    }

    /// As an input of a step.
    pub fn input(&self, root: &Utf8Path) -> Input {
        match self.replaced_by(root) {
            Some(path) => Input::File { name: Utf8Path::new("templates").join(self.name), path },
            None => Input::Value {
                name: format!("template {}", self.name),
                value: format!("dfxkit's own, sha256:{}", hash::sha256(self.text.as_bytes())),
            },
        }
    }
}
