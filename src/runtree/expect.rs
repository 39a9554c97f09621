// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a finished run should have left, why each file matters, and what can be made of what is there.

use serde::Serialize;

use crate::artifacts::{Artifacts, Missing, NeededFor};

/// What can be made of the artifacts, with what stands against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Makes {
    /// A kit.
    pub kit: bool,
    /// Why not.
    pub kit_needs: Vec<String>,
    /// A golden archive, for remote updates.
    pub golden: bool,
    /// Why not.
    pub golden_needs: Vec<String>,
    /// What stays unknown for want of evidence.
    pub unknown: Vec<String>,
}

/// What can be made.
pub fn makes(artifacts: &Artifacts) -> Makes {
    let needs = |what: NeededFor| -> Vec<String> {
        let of = artifacts.missing.iter().filter(|m| m.needed_for == what);
        of.map(|m| if m.run.is_empty() { m.what.clone() } else { format!("{}/{}", m.run, m.what) }).collect()
    };
    let kit_needs = needs(NeededFor::Kit);
    let golden_needs: Vec<String> = kit_needs.iter().cloned().chain(needs(NeededFor::Golden)).collect();
    Makes {
        kit: kit_needs.is_empty(),
        kit_needs,
        golden: golden_needs.is_empty(),
        golden_needs,
        unknown: needs(NeededFor::Verdict),
    }
}

/// Collects what is missing.
#[derive(Debug, Default)]
pub(super) struct Absent(pub(super) Vec<Missing>);

impl Absent {
    /// Notes a file unless it is there; gives it back.
    pub(super) fn check<T>(
        &mut self,
        found: Option<T>,
        run: &str,
        what: impl Into<String>,
        kind: Kind,
    ) -> Option<T> {
        if found.is_none() {
            let (needed_for, why) = kind.why();
            self.0.push(Missing { run: run.to_owned(), what: what.into(), why: why.to_owned(), needed_for });
        }
        found
    }
}

/// Kinds of files that a run leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ParentRun,
    ParentBit,
    ChildBit,
    PartialBit,
    ClearBit,
    ParentRouted,
    ChildRouted,
    Blackbox,
    CellCheckpoint,
    Timing,
    Route,
    Drc,
    Utilisation,
    Log,
    PrVerify,
    Hwh,
    NeverRun,
}

impl Kind {
    fn why(self) -> (NeededFor, &'static str) {
        match self {
            Kind::ParentRun => (
                NeededFor::Kit,
                "the parent run holds the static: its full bitstream and its locked checkpoint",
            ),
            Kind::ParentBit => (NeededFor::Kit, "the full bitstream that the board starts with"),
            Kind::ChildBit => (
                NeededFor::Verdict,
                "without it, that the partials turn the parent into this configuration cannot be proven",
            ),
            Kind::PartialBit => (NeededFor::Kit, "the partial bitstream of the module"),
            Kind::ClearBit => (
                NeededFor::Kit,
                "UltraScale: the clearing bitstream that must be loaded when the module is removed",
            ),
            Kind::ParentRouted => (NeededFor::Golden, "the reference of pr_verify for every later module"),
            Kind::ChildRouted => (NeededFor::Convenience, "pr_verify cannot be run again on this child"),
            Kind::Blackbox => {
                (NeededFor::Golden, "the locked static that every later module is implemented on")
            }
            Kind::CellCheckpoint => {
                (NeededFor::Convenience, "the routed module alone; it also tells the ports of the partition")
            }
            Kind::Timing => (NeededFor::Verdict, "whether timing is met cannot be told"),
            Kind::Route => (NeededFor::Verdict, "whether every net is routed cannot be told"),
            Kind::Drc => (NeededFor::Convenience, "design rule findings are known from the log alone"),
            Kind::Utilisation => (NeededFor::Convenience, "no resource figures"),
            Kind::Log => (NeededFor::Verdict, "errors and critical warnings of the run cannot be told"),
            Kind::PrVerify => (NeededFor::Verdict, "no verdict of pr_verify, neither a file nor in the log"),
            Kind::Hwh => {
                (NeededFor::Convenience, "no hand-off file: no address map for the loader, no PYNQ pair")
            }
            Kind::NeverRun => (
                NeededFor::Convenience,
                "the project has this configuration, but no run directory of it is here",
            ),
        }
    }
}
