// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The smallest covering set of configurations, for descriptions that name none.
//!
//! Every module is implemented exactly once. The first module with sources of each partition makes the parent; the others, greybox
//! modules among them, follow in columns in the order of the file, so that a module added at its end takes a new run and leaves
//! finished ones alone; a partition that has run out is a greybox. The set has as many configurations as the
//! partition with the most modules needs (a greybox module needs a child, since Vivado's parents take none: UG909), which no
//! smaller set can do, because a configuration holds one module per partition.
//! In a build directory that holds children already these stay as they are, wherever new modules stand in the file (see [`super::kept`]).
//! `setup_pr_configurations` of Vivado fills likewise (UG909), but names its results as it likes.

use indexmap::IndexMap;

use super::{ChosenConfiguration, Filling};
use crate::spec::model::Spec;

/// Chooses configurations `base`, `child_1`, `child_2`, ..; none when some partition has no module with sources.
pub fn choose(spec: &Spec) -> Option<Vec<ChosenConfiguration>> {
    let mut columns: IndexMap<&str, Vec<Filling>> = IndexMap::new();
    for partition in spec.partitions.keys() {
        let mut fillings: Vec<Filling> =
            spec.modules
                .iter()
                .filter(|(_, m)| &m.partition == partition)
                .map(|(name, m)| {
                    if m.greybox {
                        Filling::Greybox(Some(name.clone()))
                    } else {
                        Filling::Module(name.clone())
                    }
                })
                .collect();
        // The rest stays in the order of the file: a module added at its end moves nothing that is finished to another run.
        let first = fillings.iter().position(|f| matches!(f, Filling::Module(_)))?;
        fillings[..=first].rotate_right(1);
        columns.insert(partition, fillings);
    }
    let count = columns.values().map(Vec::len).max()?;
    Some(
        (0..count)
            .map(|n| ChosenConfiguration {
                name: if n == 0 { "base".to_owned() } else { format!("child_{n}") },
                parent: n == 0,
                fillings: columns
                    .iter()
                    .map(|(p, fillings)| {
                        ((*p).to_owned(), fillings.get(n).cloned().unwrap_or(Filling::Greybox(None)))
                    })
                    .collect(),
            })
            .collect(),
    )
}

/// The configurations as the description names them, the parent first, with greybox modules seen as greyboxes.
/// Partitions that a configuration leaves out are left out here too: a rule refuses them before.
pub fn declared(spec: &Spec) -> Vec<ChosenConfiguration> {
    let mut all: Vec<ChosenConfiguration> = spec
        .configurations
        .iter()
        .map(|(name, c)| ChosenConfiguration {
            name: name.clone(),
            parent: c.parent,
            fillings: spec
                .partitions
                .keys()
                .filter_map(|p| {
                    let module = c.modules.get(p)?;
                    let filling = match spec.modules.get(module) {
                        Some(m) if m.greybox => Filling::Greybox(Some(module.clone())),
                        _ => Filling::Module(module.clone()),
                    };
                    Some((p.clone(), filling))
                })
                .collect(),
        })
        .collect();
    all.sort_by_key(|c| !c.parent);
    all
}
