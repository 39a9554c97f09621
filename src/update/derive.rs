// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a description and a golden to the design of the update: a nominal parent that is never built, and children that hold the
//! requested modules.
//!
//! The parent configuration of an update is a name in the Vivado project only: its run directory is put back from the archive. It holds the
//! golden's own modules where the description still has them. It must not hold a requested one, because Vivado imports a module that the parent
//! holds too instead of building it (AUTO_IMPORT; UG909): then a stand-in of another name fills the place, which is never built.
//! Partitions without a requested module are greyboxes in the children: only the requested modules leave the build. With abstract shells they hold what
//! the release's full bitstream has there, whose routed checkpoint is in the archive: nothing else needs to be routed to get a whole design.

use indexmap::IndexMap;

use crate::design::{ChosenConfiguration, Design, Filling};
use crate::golden::Manifest;
use crate::golden::manifest::Role;
use crate::spec::model::ShellKind;

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

/// The design of the update on the whole static or on abstract shells: configurations `golden` (nominal parent), `update_1`, `update_2`, ..
pub fn derive(
    design: &Design,
    golden: &Manifest,
    modules: &[String],
    shell: ShellKind,
) -> Result<Design, DeriveError> {
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
    let mut derived = design.clone();
    let mut parent = IndexMap::new();
    for partition in spec.partitions.keys() {
        let archived = golden.parent_module(partition);
        let usable = archived.filter(|n| {
            spec.modules.get(*n).is_some_and(|m| m.partition == *partition && !m.greybox)
                && !modules.iter().any(|m| m == n)
        });
        let name = if let Some(name) = usable {
            name.to_owned()
        } else if let Some(name) = stand_in(&mut derived, partition) {
            name
        } else {
            // A partition with greyboxes only: rules::check refuses such a description.
            continue;
        };
        parent.insert(partition.clone(), Filling::Module(name));
    }
    let count = columns.values().map(Vec::len).max().unwrap_or(0);
    let beside = |partition: &str| {
        let subject = golden.parent_module(partition).map(|m| format!("{partition}/{m}"));
        let routed = subject.is_some_and(|s| golden.file(Role::ModuleDcp, &s).is_some());
        match parent.get(partition) {
            Some(filling) if shell == ShellKind::Abstract && routed => filling.clone(),
            _ => Filling::Greybox(None),
        }
    };
    let mut children = Vec::new();
    for n in 0..count {
        let filling = |(partition, wanted): (&&str, &Vec<&str>)| {
            let filling =
                wanted.get(n).map_or_else(|| beside(partition), |m| Filling::Module((*m).to_owned()));
            ((*partition).to_owned(), filling)
        };
        children.push(ChosenConfiguration {
            name: format!("update_{}", n + 1),
            parent: false,
            fillings: columns.iter().map(filling).collect(),
        });
    }
    derived.configurations =
        std::iter::once(ChosenConfiguration { name: PARENT.into(), parent: true, fillings: parent })
            .chain(children)
            .collect();
    derived.configurations_were_chosen = true;
    derived.child_numbers.clear();
    Ok(derived)
}

/// Adds a module to the derived design that only has to exist in the project: the files of any module of the partition under another name.
fn stand_in(derived: &mut Design, partition: &str) -> Option<String> {
    let (of, module) = derived.spec.modules.iter().find(|(_, m)| m.partition == partition && !m.greybox)?;
    let (of, module) = (of.clone(), module.clone());
    let name = format!("golden_{partition}");
    let files = derived.modules.get(&of).cloned().unwrap_or_default();
    derived.spec.modules.insert(name.clone(), module);
    derived.modules.insert(name.clone(), files);
    Some(name)
}
