// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hierarchies: the places between the design and its cells, from the cells' full names.

use std::collections::BTreeMap;

use serde::Serialize;

use super::model::Hwh;

/// One level of the block design.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Hierarchy {
    /// Path without leading slash.
    pub path: String,
    /// Names of the cells directly in it.
    pub modules: Vec<String>,
    /// Names of the hierarchies directly in it.
    pub hierarchies: Vec<String>,
}

impl Hwh {
    /// Every hierarchy that holds a cell, at any depth, sorted by path. The design itself is not one of them. A module with
    /// cells below it (a block design container that the file spells out) is both.
    pub fn hierarchies(&self) -> Vec<Hierarchy> {
        let mut found: BTreeMap<&str, Hierarchy> = BTreeMap::new();
        let mut enter = |parent, child: &str, module: bool| {
            let level: &mut Hierarchy = found.entry(parent).or_default();
            parent.clone_into(&mut level.path);
            let list = if module { &mut level.modules } else { &mut level.hierarchies };
            let new = !list.iter().any(|name| name == child);
            if new {
                list.push(child.to_owned());
            }
            new
        };
        for module in &self.modules {
            let mut path = module.path();
            let mut is_module = true;
            // A level that is known has known parents: the walk up ends there.
            while let Some((parent, child)) = path.rsplit_once('/') {
                if !enter(parent, child, is_module) && !is_module {
                    break;
                }
                (path, is_module) = (parent, false);
            }
        }
        found.into_values().collect()
    }
}
