// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cells moved within the hierarchy of a block design: group, ungroup, move, copy.
//!
//! A signal is every pin that nets join through the hierarchy. A move keeps the signals and makes their nets and the
//! pins of the hierarchical cells anew: a new boundary pin is named after the pin inside (the driver when there is one).

use std::collections::{BTreeMap, BTreeSet};

use super::{absolute, current, failed};
use crate::cmd::query;
use crate::model::bd::{BdCell, BdDesign, BdKind, BdPin};
use crate::model::object::Kind;
use crate::session::{Outcome, Session};
use crate::syntax::parse::Args;

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn local(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn below(path: &str, cell: &str) -> bool {
    path.strip_prefix(cell).is_some_and(|rest| rest.starts_with('/'))
}

/// The pins that one signal joins, in order, and its nets by the level that they are on.
pub(super) struct Signal {
    pub(super) pins: Vec<String>,
    nets: BTreeMap<String, String>,
}

fn is_boundary(design: &BdDesign, pin: &str) -> bool {
    design.cells.get(parent(pin)).is_some_and(|c| c.kind == BdKind::Hier)
}

pub(super) fn signals(design: &BdDesign) -> Vec<Signal> {
    let mut out: Vec<Signal> = Vec::new();
    for (net, members) in &design.nets {
        let level = parent(net).to_owned();
        let shared: Vec<usize> = out
            .iter()
            .enumerate()
            .filter(|(_, s)| members.iter().any(|m| is_boundary(design, m) && s.pins.contains(m)))
            .map(|(i, _)| i)
            .collect();
        let mut signal = Signal { pins: Vec::new(), nets: BTreeMap::new() };
        for index in shared.into_iter().rev() {
            let other = out.remove(index);
            signal.pins.extend(other.pins);
            signal.nets.extend(other.nets);
        }
        for member in members {
            if !signal.pins.contains(member) {
                signal.pins.push(member.clone());
            }
        }
        signal.nets.entry(level).or_insert_with(|| net.clone());
        out.push(signal);
    }
    out
}

/// Where a path lies after the moves.
fn after(path: &str, moved: &BTreeMap<String, String>) -> String {
    for (from, to) in moved {
        if path == from {
            return to.clone();
        }
        if below(path, from) {
            return format!("{to}{}", &path[from.len()..]);
        }
    }
    path.to_owned()
}

/// Moves cells (old path to new path), dissolves hierarchical cells, and makes the nets of all they touch anew.
fn reform(design: &mut BdDesign, moved: &BTreeMap<String, String>, dissolved: &BTreeSet<String>) {
    let touches =
        |p: &str| moved.keys().any(|m| below(p, m)) || dissolved.iter().any(|d| parent(p) == d.as_str());
    let affected: Vec<Signal> =
        signals(design).into_iter().filter(|s| s.pins.iter().any(|p| touches(p))).collect();
    // Boundary pins that joined two sides before: the others were made by the user and stay.
    let mut joined = BTreeSet::new();
    for signal in &affected {
        for pin in signal.pins.iter().filter(|p| is_boundary(design, p)) {
            let inside = |p: &&String| below(p, parent(pin)) && *p != pin;
            let leaves: Vec<&String> = signal.pins.iter().filter(|p| !is_boundary(design, p)).collect();
            if leaves.iter().any(&inside) && leaves.iter().any(|p| !inside(p)) {
                joined.insert(after(pin, moved));
            }
        }
        for net in signal.nets.values() {
            design.nets.remove(net);
        }
    }
    design.cells = std::mem::take(&mut design.cells)
        .into_iter()
        .filter(|(p, _)| !dissolved.contains(p))
        .map(|(p, c)| (after(&p, moved), c))
        .collect();
    design.pins = std::mem::take(&mut design.pins)
        .into_iter()
        .filter(|(p, _)| !dissolved.contains(parent(p)))
        .map(|(p, c)| (after(&p, moved), c))
        .collect();
    for members in design.nets.values_mut() {
        for member in members {
            *member = after(member, moved);
        }
    }
    design.nets = std::mem::take(&mut design.nets)
        .into_iter()
        .map(|(net, members)| (format!("{}/{}", after(parent(&net), moved), local(&net)), members))
        .collect();
    for segment in &mut design.segments {
        segment.space = after(&segment.space, moved);
        segment.slave = after(&segment.slave, moved);
        segment.name = after(&segment.name, moved);
    }
    for signal in affected {
        let pins: Vec<String> =
            signal.pins.iter().filter(|p| !dissolved.contains(parent(p))).map(|p| after(p, moved)).collect();
        let names = signal
            .nets
            .iter()
            .filter(|(level, _)| !dissolved.contains(*level))
            .map(|(level, net)| (after(level, moved), local(net).to_owned()))
            .collect();
        rebuild(design, &pins, &names, &joined);
    }
}

/// Makes the nets and boundary pins of one signal.
fn rebuild(
    design: &mut BdDesign,
    pins: &[String],
    names: &BTreeMap<String, String>,
    joined: &BTreeSet<String>,
) {
    let (mut edges, leaves): (Vec<String>, Vec<String>) =
        pins.iter().cloned().partition(|p| is_boundary(design, p));
    let driver = leaves.iter().find(|p| design.drives(p)).cloned();
    let hierarchical: Vec<String> =
        design.cells.iter().filter(|(_, c)| c.kind == BdKind::Hier).map(|(p, _)| p.clone()).collect();
    for cell in &hierarchical {
        let first = leaves.iter().find(|p| below(p, cell));
        let crossing = first.is_some() && leaves.iter().any(|p| !below(p, cell));
        let here = |p: &String| parent(p) == cell;
        if !crossing {
            for gone in edges.extract_if(.., |p| here(p) && joined.contains(p)) {
                design.pins.remove(&gone);
            }
            continue;
        }
        if edges.iter().any(here) {
            continue;
        }
        let inner = driver.as_ref().filter(|d| below(d, cell)).or(first);
        let Some(inner) = inner else { continue };
        let mut like = design.pins.get(inner).cloned().unwrap_or_default();
        let outward = driver.as_ref().is_some_and(|d| below(d, cell));
        let words = if like.interface { ["Slave", "Master"] } else { ["I", "O"] };
        words[usize::from(outward)].clone_into(&mut like.dir);
        let base = format!("{cell}/{}", local(inner));
        let mut pin = base.clone();
        let mut number = 1;
        while design.pins.contains_key(&pin) {
            pin = format!("{base}{number}");
            number += 1;
        }
        design.pins.insert(pin.clone(), BdPin { props: crate::model::props::Props::default(), ..like });
        edges.push(pin);
    }
    for level in std::iter::once(String::new()).chain(hierarchical) {
        let members: Vec<String> = leaves
            .iter()
            .filter(|p| {
                (BdDesign::is_port(p) && level.is_empty())
                    || parent(parent(p)) == level && !BdDesign::is_port(p)
            })
            .chain(edges.iter().filter(|p| parent(p) == level || parent(parent(p)) == level))
            .cloned()
            .collect();
        let only_own_pin = members.iter().all(|m| parent(m) == level && !level.is_empty());
        if members.is_empty() || (only_own_pin && !names.contains_key(&level)) {
            continue;
        }
        let name = names
            .get(&level)
            .map(|n| format!("{level}/{n}"))
            .filter(|n| !design.nets.contains_key(n))
            .unwrap_or_else(|| design.net_name(&level, &members));
        design.nets.insert(name, members);
    }
}

/// A free path at `wanted`: a trailing `_<n>` counts on, any other name gets a number.
fn free(design: &BdDesign, wanted: &str) -> String {
    let taken = |p: &str| design.cells.contains_key(p) || design.pins.contains_key(p);
    if !taken(wanted) {
        return wanted.to_owned();
    }
    let numbered = wanted
        .rsplit_once('_')
        .and_then(|(base, n)| n.parse::<u64>().ok().map(|n| (format!("{base}_"), n + 1)));
    let (base, mut number) = numbered.unwrap_or_else(|| (wanted.to_owned(), 1));
    loop {
        let name = format!("{base}{number}");
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

fn known(design: &BdDesign, cells: &[String]) -> Result<(), String> {
    match cells.iter().find(|c| !design.cells.contains_key(*c)) {
        Some(cell) => Err(format!("'{cell}' is not a cell of the block design.")),
        None => Ok(()),
    }
}

/// New paths of `cells` directly below `to`.
fn placed(design: &BdDesign, cells: &[String], to: &str, prefix: &str) -> BTreeMap<String, String> {
    cells
        .iter()
        .filter(|c| parent(c) != to)
        .map(|c| (c.clone(), free(design, &format!("{to}/{prefix}{}", local(c)))))
        .collect()
}

/// `group_bd_cells [-prefix p] <name> <cells>`.
pub(super) fn group(s: &mut Session, args: &Args) -> Outcome {
    let hier = absolute(s, args.at(0).trim());
    let cells: Vec<String> = args.words_from(1).iter().map(|w| absolute(s, w)).collect();
    let prefix = args.value("prefix").unwrap_or_default();
    let design = current(s)?;
    if let Err(text) = known(design, &cells) {
        return failed(text);
    }
    design.cells.entry(hier.clone()).or_insert_with(|| BdCell { kind: BdKind::Hier, ..BdCell::default() });
    let moved = placed(design, &cells, &hier, prefix);
    reform(design, &moved, &BTreeSet::new());
    Ok(query::found(s, Kind::BdCell, vec![hier]))
}

/// `move_bd_cells [-prefix p] <parent> <cells>`.
pub(super) fn shift(s: &mut Session, args: &Args) -> Outcome {
    let to = absolute(s, args.at(0).trim());
    let to = if to == "/" { String::new() } else { to };
    let cells: Vec<String> = args.words_from(1).iter().map(|w| absolute(s, w)).collect();
    let prefix = args.value("prefix").unwrap_or_default();
    let design = current(s)?;
    if !to.is_empty() && design.cells.get(&to).is_none_or(|c| c.kind != BdKind::Hier) {
        return failed(format!("'{to}' is not a hierarchical cell."));
    }
    if let Err(text) = known(design, &cells) {
        return failed(text);
    }
    let moved = placed(design, &cells, &to, prefix);
    reform(design, &moved, &BTreeSet::new());
    Ok(query::found(s, Kind::BdCell, moved.into_values().collect()))
}

/// `ungroup_bd_cells [-prefix p] <cells>`: what was inside comes one level up.
pub(super) fn ungroup(s: &mut Session, args: &Args) -> Outcome {
    let prefix = args.value("prefix").unwrap_or_default();
    let cells: Vec<String> = args.words_from(0).iter().map(|w| absolute(s, w)).collect();
    let mut made = Vec::new();
    for cell in cells {
        let design = current(s)?;
        if design.cells.get(&cell).is_none_or(|c| c.kind != BdKind::Hier) {
            return failed(format!("'{cell}' is not a hierarchical cell."));
        }
        let inner: Vec<String> = design.cells.keys().filter(|p| parent(p) == cell).cloned().collect();
        let moved = placed(design, &inner, parent(&cell), prefix);
        reform(design, &moved, &BTreeSet::from([cell]));
        made.extend(moved.into_values());
    }
    Ok(query::found(s, Kind::BdCell, made))
}

/// `copy_bd_objs [-prefix p] <parent> <objects>`: cells and ports with their parameters, without outside nets.
pub(super) fn copy(s: &mut Session, args: &Args) -> Outcome {
    let to = absolute(s, args.at(0).trim());
    let to = if to == "/" { String::new() } else { to };
    let objects: Vec<String> = args.words_from(1).iter().map(|w| absolute(s, w)).collect();
    let prefix = args.value("prefix").unwrap_or_default().to_owned();
    let design = current(s)?;
    let mut renamed = BTreeMap::new();
    for object in &objects {
        let target = free(design, &format!("{to}/{prefix}{}", local(object)));
        if let Some(pin) = design.pins.get(object).filter(|_| BdDesign::is_port(object)).cloned() {
            design.pins.insert(target.clone(), pin);
        } else if let Some(cell) = design.cells.get(object).cloned() {
            design.cells.insert(target.clone(), cell);
            let inner: Vec<_> = design
                .cells
                .iter()
                .filter(|(p, _)| below(p, object))
                .map(|(p, c)| (p.clone(), c.clone()))
                .collect();
            let pins: Vec<_> = design
                .pins
                .iter()
                .filter(|(p, _)| below(p, object))
                .map(|(p, c)| (p.clone(), c.clone()))
                .collect();
            design
                .cells
                .extend(inner.into_iter().map(|(p, c)| (format!("{target}{}", &p[object.len()..]), c)));
            design.pins.extend(pins.into_iter().map(|(p, c)| (format!("{target}{}", &p[object.len()..]), c)));
        } else {
            return failed(format!("'{object}' is not an object of the block design."));
        }
        renamed.insert(object.clone(), target);
    }
    // Nets among the copied, and inside a copied hierarchical cell.
    let mut nets = Vec::new();
    for (net, members) in &design.nets {
        let copied: Vec<String> = members
            .iter()
            .filter(|m| renamed.keys().any(|o| below(m, o)))
            .map(|m| after(m, &renamed))
            .collect();
        let inside = renamed.keys().any(|o| below(net, o));
        if inside || (copied.len() > 1 && copied.len() == members.len()) {
            let level = if inside { after(parent(net), &renamed) } else { to.clone() };
            nets.push((level, local(net).to_owned(), inside, copied));
        }
    }
    for (level, net, inside, members) in nets {
        let name = if inside { format!("{level}/{net}") } else { design.net_name(&level, &members) };
        design.nets.insert(name, members);
    }
    let kind = |p: &String| if design.pins.contains_key(p) { Kind::BdPort } else { Kind::BdCell };
    let made: Vec<(Kind, String)> = renamed.into_values().map(|p| (kind(&p), p)).collect();
    for (kind, name) in &made {
        s.registry.note(*kind, name);
    }
    Ok(Session::names(made.into_iter().map(|(_, n)| n)))
}
