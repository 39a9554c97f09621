// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a description and a golden to the design of the update: a nominal parent that is never built, and children that hold the
//! requested modules.
//!
//! The parent configuration of an update is a name in the Vivado project only: its run directory is put back from the archive. It must not hold
//! a requested module where that can be helped, because Vivado imports a module that the parent holds too instead of building it (AUTO_IMPORT;
//! UG909); the update's configurations turn that off besides. Partitions without a requested module are greyboxes in the children: what is
//! on the device stays there, only the requested modules leave the build.

use indexmap::IndexMap;

use crate::design::{ChosenConfiguration, Design, Filling};

/// Name of the nominal parent configuration.
pub const PARENT: &str = "golden";

/// Why no update can be derived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeriveError {
    /// No module was asked for.
    #[error("no module was named; the description has: {}", .known.join(", "))]
    Nothing {
        /// Modules of the description that can be built.
        known: Vec<String>,
    },
    /// Not a module of the description.
    #[error("{module} is no module of the description; it has: {}", .known.join(", "))]
    Unknown {
        /// The name.
        module: String,
        /// Modules of the description that can be built.
        known: Vec<String>,
    },
    /// A greybox cannot be a requested module: the children of an update hold greyboxes anyway.
    #[error("{module} is a greybox, which has nothing to build")]
    Greybox {
        /// The name.
        module: String,
    },
}

/// The design of the update: configurations `golden` (nominal parent), `update_1`, `update_2`, ..
pub fn derive(design: &Design, modules: &[String]) -> Result<Design, DeriveError> {
    let spec = &design.spec;
    let known =
        || spec.modules.iter().filter(|(_, m)| !m.greybox).map(|(n, _)| n.clone()).collect::<Vec<_>>();
    if modules.is_empty() {
        return Err(DeriveError::Nothing { known: known() });
    }
    let mut columns: IndexMap<&str, Vec<&str>> =
        spec.partitions.keys().map(|p| (p.as_str(), Vec::new())).collect();
    for name in modules {
        let module = spec
            .modules
            .get(name)
            .ok_or_else(|| DeriveError::Unknown { module: name.clone(), known: known() })?;
        if module.greybox {
            return Err(DeriveError::Greybox { module: name.clone() });
        }
        let column = columns
            .get_mut(module.partition.as_str())
            .expect("rules::check refuses modules of unknown partitions");
        if !column.contains(&name.as_str()) {
            column.push(name);
        }
    }
    let nominal = |partition: &str| {
        let mut of_partition = spec
            .modules
            .iter()
            .filter(|(_, m)| m.partition == partition && !m.greybox)
            .map(|(n, _)| n.as_str());
        let requested = &columns[partition];
        of_partition.clone().find(|n| !requested.contains(n)).or_else(|| of_partition.next())
    };
    let mut configurations = vec![ChosenConfiguration {
        name: PARENT.into(),
        parent: true,
        fillings: spec
            .partitions
            .keys()
            .filter_map(|p| Some((p.clone(), Filling::Module(nominal(p)?.to_owned()))))
            .collect(),
    }];
    let count = columns.values().map(Vec::len).max().unwrap_or(0);
    for n in 0..count {
        configurations.push(ChosenConfiguration {
            name: format!("update_{}", n + 1),
            parent: false,
            fillings: columns
                .iter()
                .map(|(p, wanted)| {
                    let filling =
                        wanted.get(n).map_or(Filling::Greybox(None), |m| Filling::Module((*m).to_owned()));
                    ((*p).to_owned(), filling)
                })
                .collect(),
        });
    }
    let mut derived = design.clone();
    derived.configurations = configurations;
    derived.configurations_were_chosen = true;
    Ok(derived)
}
