// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! get_property, set_property, list_property, report_property, reset_property.
//!
//! A property that the model does not know reads as empty and is kept when set: public scripts use hundreds.
//! Exceptions that real logs show: netlist objects refuse unknown names ([Netlist 29-160]), others misspelled ones
//! ([`known`]), an empty object list is [Common 17-55], a word that is no object [Common 17-161] (both seen in public logs).

mod known;
mod listing;
mod read;
mod steps;
mod write;

pub(crate) use self::listing::{list_property, report_property, reset_property};
pub(crate) use self::read::get;
pub(crate) use self::write::set;

use crate::cmd::query;
use crate::model::object::Kind;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;

/// Which object a word of a script is, for a property: the latest kind that has it, else the latest kind.
fn object(s: &Session, word: &str, prop: &str, setting: bool) -> Result<Kind, Stop> {
    let kinds = s.registry.kinds(word);
    let Some(first) = kinds.first() else {
        let option = if setting { "objects" } else { "object" };
        return fail("Common 17-161", format!("Invalid option value '{word}' specified for '{option}'."));
    };
    let exact = kinds.iter().find(|k| {
        get(s, **k, word, prop).is_some_and(|v| prop.eq_ignore_ascii_case("NAME") || !v.is_empty())
    });
    Ok(*exact.unwrap_or(first))
}

/// The object words of an argument: one object whose name holds blanks stays whole.
fn objects(s: &Session, words: &[String]) -> Vec<String> {
    words
        .iter()
        .flat_map(|w| if s.registry.knows(w) { vec![w.clone()] } else { list::split_loose(w) })
        .collect()
}

pub(crate) fn get_property(s: &mut Session, args: &Args) -> Outcome {
    let prop = args.at(0).to_owned();
    let names = objects(s, &args.positional[1.min(args.positional.len())..]);
    if names.is_empty() {
        return fail("Common 17-161", "Invalid option value '' specified for 'object'.");
    }
    let mut values = Vec::new();
    for name in &names {
        let kind = object(s, name, &prop, false)?;
        values.push(get(s, kind, name, &prop).unwrap_or_default());
    }
    if let [value] = values.as_mut_slice() {
        return Ok(std::mem::take(value));
    }
    let numbers: Option<Vec<f64>> = values.iter().map(|v| v.parse().ok()).collect();
    if let Some(numbers) = numbers.filter(|_| args.flag("min") || args.flag("max")) {
        let pick = if args.flag("min") {
            numbers.into_iter().fold(f64::INFINITY, f64::min)
        } else {
            numbers.into_iter().fold(f64::NEG_INFINITY, f64::max)
        };
        return Ok(pick.to_string());
    }
    Ok(list::join(values))
}

const RESOLUTION: &str = "Resolution: If [get_<value>] was used to populate the object, check to make sure this command returns at least one valid object.";

pub(crate) fn set_property(s: &mut Session, args: &Args) -> Outcome {
    let mut positional = args.positional.clone();
    let mut pairs = Vec::new();
    if args.has("dict") {
        for pair in args.list("dict").chunks(2) {
            pairs.push((pair[0].clone(), pair.get(1).cloned().unwrap_or_default()));
        }
    } else {
        let mut next = |option: &str| match args.value(option) {
            Some(value) => value.to_owned(),
            None if positional.is_empty() => String::new(),
            None => positional.remove(0),
        };
        let pair = (next("name"), next("value"));
        pairs.push(pair);
    }
    if let Some(given) = args.value("objects") {
        positional.push(given.to_owned());
    }
    let names = objects(s, &positional);
    if names.is_empty() {
        return fail("Common 17-55", format!("'set_property' expects at least one object.\n{RESOLUTION}"));
    }
    for name in names {
        let mut name = name;
        for (prop, value) in &pairs {
            let kind = object(s, &name, prop, true)?;
            if let Some(renamed) = set(s, kind, &name, prop, value)? {
                s.registry.note(kind, &renamed);
                name = renamed;
            }
        }
    }
    Ok(String::new())
}

/// Objects of one kind named by arguments; a name that is none is refused with Vivado's general text.
pub(crate) fn expect(s: &Session, kind: Kind, words: &[String], what: &str) -> Result<Vec<String>, Stop> {
    let all = query::all(s, kind);
    let mut out = Vec::new();
    for word in words {
        for name in query::resolve(s, kind, word) {
            if !all.contains(&name) {
                return fail("Common 17-69", format!("Command failed: {what} '{name}' does not exist."));
            }
            out.push(name);
        }
    }
    Ok(out)
}
