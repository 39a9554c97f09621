// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What differs between two hand-off files for software: not their text, dates or order.

use std::collections::BTreeMap;

use serde::Serialize;

use super::model::Hwh;

/// Subject of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Device or package.
    Device,
    /// Release of Vivado.
    Vivado,
    /// A module is there, or is another IP or version.
    Module,
    /// A parameter of a module that both have.
    Parameter,
    /// An address range as a master sees it.
    Address,
    /// A register or field of a module that both have.
    Register,
    /// An interrupt: where it arrives.
    Interrupt,
    /// A bit of the processor's GPIO.
    Gpio,
    /// A clock of the processing system.
    Clock,
    /// A partial region, or what guards it.
    Region,
}

/// One difference. None on one side: not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What kind of thing.
    pub subject: Subject,
    /// Which one.
    pub name: String,
    /// In the first file.
    pub before: Option<String>,
    /// In the second file.
    pub after: Option<String>,
}

/// Everything that differs for software, sorted by subject and name. Parameters, registers and ranges of a module that only
/// one side has are not listed beside it, ranges excepted: an address that is gone is gone.
pub fn diff(a: &Hwh, b: &Hwh) -> Vec<Difference> {
    let (left, right) = (facts(a), facts(b));
    let mut found = Vec::new();
    let both = |path: &str| a.module(path).is_some() && b.module(path).is_some();
    let keys: std::collections::BTreeSet<_> = left.keys().chain(right.keys()).collect();
    for key in keys {
        let (before, after) = (left.get(key), right.get(key));
        if before == after {
            continue;
        }
        let (subject, owner, name) = key;
        if matches!(subject, Subject::Parameter | Subject::Register) && !both(owner) {
            continue;
        }
        found.push(Difference {
            subject: *subject,
            name: name.clone(),
            before: before.map(|v| v.join("; ")),
            after: after.map(|v| v.join("; ")),
        });
    }
    found
}

/// Subject, owning module, name; the values of equal names together.
type Facts = BTreeMap<(Subject, String, String), Vec<String>>;

fn facts(hwh: &Hwh) -> Facts {
    let mut facts = Facts::new();
    let mut put = |subject, owner: &str, name: String, value: String| {
        facts.entry((subject, owner.to_owned(), name)).or_default().push(value);
    };
    put(
        Subject::Device,
        "",
        "device".to_owned(),
        format!("{}{}", hwh.system.device_package(), hwh.system.speed_grade),
    );
    put(Subject::Vivado, "", "release".to_owned(), hwh.vivado.clone());
    for m in &hwh.modules {
        let ip = m.vlnv.as_ref().map_or_else(|| m.bd_type.clone().unwrap_or_default(), |v| v.0.clone());
        put(Subject::Module, m.path(), m.path().to_owned(), ip);
        for p in &m.parameters {
            put(Subject::Parameter, m.path(), format!("{} {}", m.path(), p.name), p.value.clone());
        }
        for (block, r) in m.address_blocks.iter().flat_map(|b| b.registers.iter().map(move |r| (b, r))) {
            if !r.enabled {
                continue;
            }
            let name = format!("{} {}/{}", m.path(), block.name, r.name);
            let access = r.access.as_deref().unwrap_or("");
            let text = format!("{:#x}, {} bits {access}", r.offset, r.size_bits);
            put(Subject::Register, m.path(), name.clone(), text);
            for f in &r.fields {
                let bits = format!("bit {}, width {}", f.bit_offset, f.bit_width);
                put(Subject::Register, m.path(), format!("{name}.{}", f.name), bits);
            }
        }
    }
    for (owner, r) in hwh.memory_ranges() {
        let slave = hwh.instance(&r.instance).map_or(r.instance.as_str(), |m| m.path());
        let name =
            format!("{slave}/{}/{} from {owner}/{}", r.slave_interface, r.address_block, r.master_interface);
        put(Subject::Address, slave, name, format!("{:#x}..={:#x}", r.base, r.high));
    }
    for i in hwh.interrupts() {
        let to = i.controller.unwrap_or_else(|| "processor".to_owned());
        let raw = i.raw.map_or_else(String::new, |n| format!(" (number {n})"));
        let name = format!("{}/{}", i.source.module, i.source.port);
        put(Subject::Interrupt, &i.source.module, name, format!("{to} input {}{raw}", i.index));
    }
    for g in hwh.gpio() {
        put(Subject::Gpio, &g.slice, g.slice.clone(), format!("bit {}, width {}", g.index, g.width));
    }
    for c in hwh.ps_clocks().into_iter().filter(|c| c.enabled) {
        let mhz =
            c.actual_mhz.or(c.requested_mhz).map_or_else(|| "unknown".to_owned(), |v| format!("{v} MHz"));
        put(Subject::Clock, "", format!("clock {}", c.index), mhz);
    }
    for r in hwh.partial_regions() {
        let guard = if r.guarded_by.is_empty() { "nothing".to_owned() } else { r.guarded_by.join(", ") };
        put(Subject::Region, &r.path, r.path.clone(), format!("guarded by {guard}"));
    }
    for values in facts.values_mut() {
        values.sort();
    }
    facts
}
