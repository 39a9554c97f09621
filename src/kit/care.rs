// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the description knows and no file of a build does: resets and id registers of the running device, and what went in.

use std::collections::BTreeMap;

use dfxkit_handoff::kit::{Probe, Reset};

use crate::design::Design;
use crate::provenance::Resource;
use crate::provenance::slsa::Parameter;
use crate::spec::model::Spec;

/// Resets by partition, id registers by module, and what the statement about a kit's making says of the description.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Care {
    /// By partition.
    pub resets: BTreeMap<String, Reset>,
    /// By module.
    pub ids: BTreeMap<String, Probe>,
    /// Board.
    pub board: Option<String>,
    /// Generics and macros.
    pub parameters: Vec<Parameter>,
    /// The description itself.
    pub description: Option<Resource>,
}

impl Care {
    /// What a design's description says. A description that cannot be read again has no digest.
    pub fn of(design: &Design) -> Self {
        let name = design.file.file_name().unwrap_or("dfx.toml");
        let description =
            crate::hash::sha256_file(&design.file).ok().map(|(sha256, _)| Resource::file(name, sha256));
        Self { description, ..Self::of_spec(&design.spec) }
    }

    /// The same of its model.
    pub fn of_spec(spec: &Spec) -> Self {
        let resets = spec.partitions.iter().filter_map(|(name, p)| {
            let r = p.reset.as_ref()?;
            let reset = Reset {
                address: r.address,
                mask: u64::from(r.mask),
                active_high: !r.active_low,
                hold_us: r.hold_us,
            };
            Some((name.clone(), reset))
        });
        let ids = spec.modules.iter().filter_map(|(name, m)| {
            let id = m.id.as_ref()?;
            let probe = Probe {
                address: id.address,
                mask: u64::from(id.mask),
                value: u64::from(id.value),
                timeout_us: id.timeout_us,
            };
            Some((name.clone(), probe))
        });
        let fixed = &spec.static_design;
        let of_static = [("generic", &fixed.generics), ("define", &fixed.defines)]
            .map(|(kind, map)| ("static".to_owned(), kind, map));
        let of_modules = spec.modules.iter().flat_map(|(name, m)| {
            [("generic", &m.generics), ("define", &m.defines)]
                .map(|(kind, map)| (format!("module {name}"), kind, map))
        });
        let parameters = of_static.into_iter().chain(of_modules).flat_map(|(scope, kind, map)| {
            map.iter().map(move |(name, value)| Parameter {
                scope: scope.clone(),
                kind: kind.to_owned(),
                name: name.clone(),
                value: value.clone(),
            })
        });
        Self {
            resets: resets.collect(),
            ids: ids.collect(),
            board: spec.project.board.clone(),
            parameters: parameters.collect(),
            description: None,
        }
    }
}
