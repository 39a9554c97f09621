// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the description knows about a running device and no file of a build does: resets and id registers.

use std::collections::BTreeMap;

use dfxkit_handoff::kit::{Probe, Reset};

use crate::spec::model::Spec;

/// Resets by partition, id registers by module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Care {
    /// By partition.
    pub resets: BTreeMap<String, Reset>,
    /// By module.
    pub ids: BTreeMap<String, Probe>,
}

impl Care {
    /// What a description says.
    pub fn of(spec: &Spec) -> Self {
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
        Self { resets: resets.collect(), ids: ids.collect() }
    }
}
