// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which run of a tree is the parent, which are its children, and when the project file may be believed about them.

use dfxkit_fabric::part::same_part;

use super::run::Run;
use super::{AdoptOptions, RunTree, RunTreeError};

/// The runs of one static.
pub(super) struct Runs<'a> {
    /// Name of the parent run, there or not.
    pub(super) parent_name: String,
    /// None: only children are there.
    pub(super) parent: Option<&'a Run>,
    pub(super) children: Vec<&'a Run>,
    /// Notes on how this was told.
    pub(super) notes: Vec<String>,
}

impl<'a> Runs<'a> {
    pub(super) fn of(tree: &'a RunTree, options: &AdoptOptions) -> Result<Self, RunTreeError> {
        let implemented: Vec<&Run> = tree.runs.iter().filter(|r| r.implementation()).collect();
        let partitioned = |r: &&&Run| !r.cells().is_empty() || trusted(tree, r).is_some();
        let with: Vec<&Run> = implemented.iter().filter(partitioned).copied().collect();
        if with.is_empty() {
            let runs = implemented.iter().map(|r| r.name.clone()).collect();
            return Err(RunTreeError::NoPartitions { dir: tree.dir.clone(), runs });
        }
        let mut notes = Vec::new();
        let parents: Vec<(&Run, Option<String>)> = with
            .into_iter()
            .map(|run| {
                let project = || tree.xpr.as_ref()?.parent_of(&run.name).map(str::to_owned);
                let told = run.parent_by_verification().or_else(project);
                let by_name = || {
                    let (_, parent) = run.name.strip_prefix("child_")?.split_once('_')?;
                    notes.push(format!("{} is taken for a child of {parent} by its name alone", run.name));
                    Some(parent.to_owned())
                };
                (run, told.or_else(by_name))
            })
            .collect();
        let mut names: Vec<String> =
            parents.iter().map(|(r, p)| p.clone().unwrap_or_else(|| r.name.clone())).collect();
        names.sort();
        names.dedup();
        let parent_name = match (&options.parent, names.as_slice()) {
            (Some(wanted), _) if names.contains(wanted) => wanted.clone(),
            (Some(wanted), _) => {
                return Err(RunTreeError::NoSuchParent { wanted: wanted.clone(), runs: names });
            }
            (None, [one]) => one.clone(),
            (None, _) => return Err(RunTreeError::SeveralParents { runs: names }),
        };
        let parent = parents.iter().find(|(r, p)| p.is_none() && r.name == parent_name).map(|(r, _)| *r);
        let children = parents
            .iter()
            .filter(|(_, p)| p.as_deref() == Some(parent_name.as_str()))
            .map(|(r, _)| *r)
            .collect();
        Ok(Self { parent_name, parent, children, notes })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &'a Run> {
        self.parent.into_iter().chain(self.children.iter().copied())
    }
}

/// The cells of a run's configuration by the project file; none when the file is about another design than the run.
pub(super) fn trusted<'a>(tree: &'a RunTree, run: &Run) -> Option<&'a [(String, Option<String>)]> {
    let xpr = tree.xpr.as_ref()?;
    let launched = run.gen_run.as_ref().and_then(|g| g.configuration.as_deref());
    let name = launched.or_else(|| xpr.run(&run.name)?.configuration.as_deref())?;
    let cells = &xpr.configuration(name)?.cells;
    let (own, part) = (run.cells(), run.part());
    let same_cells =
        own.is_empty() || (own.len() == cells.len() && own.iter().all(|c| cells.iter().any(|(x, _)| x == c)));
    let parts_agree = match (&xpr.part, &part) {
        (Some(a), Some(b)) => same_part(a, b),
        _ => true,
    };
    (same_cells && parts_agree).then_some(cells.as_slice())
}
