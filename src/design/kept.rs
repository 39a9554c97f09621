// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Children keep their names and run numbers from one build to the next, wherever others are put before them: a module that is inserted in the middle of
//! a description must not send hours of finished runs to other directories.
//!
//! What a build directory holds is kept in its state (`state/children.json`). Configurations of the description are known by their names. Chosen ones are
//! known by what they hold: those of the last build whose modules are all still there stay as they are, and only the rest is chosen anew, so
//! that the set may be larger than the smallest. Without such a record numbers follow the order, and the set is that of [`super::cover`].

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::names::{PARENT_RUN, child_run};
use super::{ChosenConfiguration, Design, Filling};

/// A child of an earlier build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// Name of the configuration.
    pub name: String,
    /// Number of its run, from 0.
    pub number: usize,
    /// True when it was chosen, not named in the description.
    pub chosen: bool,
    /// What it holds.
    pub fillings: IndexMap<String, Filling>,
}

/// The children of a design, to be kept.
pub fn children(design: &Design) -> Vec<Child> {
    let children = design.children().enumerate();
    children
        .map(|(n, c)| Child {
            name: c.name.clone(),
            number: number(design, n, c),
            chosen: design.configurations_were_chosen,
            fillings: c.fillings.clone(),
        })
        .collect()
}

/// The run of each child, in the order of the children.
pub fn runs(design: &Design) -> impl Iterator<Item = (String, &ChosenConfiguration)> {
    design.children().enumerate().map(|(n, c)| (child_run(number(design, n, c), PARENT_RUN), c))
}

fn number(design: &Design, position: usize, child: &ChosenConfiguration) -> usize {
    design.child_numbers.get(&child.name).copied().unwrap_or(position)
}

/// Gives the children of a design the names and numbers that they had.
pub fn keep(design: &mut Design, known: &[Child]) {
    if design.configurations_were_chosen {
        choose_again(design, known);
    }
    let chosen = design.configurations_were_chosen;
    let mut numbers: IndexMap<String, usize> = IndexMap::new();
    for child in design.children() {
        let before = known.iter().find(|k| k.chosen == chosen && k.name == child.name).map(|k| k.number);
        if let Some(number) = before.filter(|n| !numbers.values().any(|other| other == n)) {
            numbers.insert(child.name.clone(), number);
        }
    }
    let names: Vec<String> = design.children().map(|c| c.name.clone()).collect();
    for name in names {
        if !numbers.contains_key(&name) {
            let free = (0..=numbers.len())
                .find(|n| !numbers.values().any(|other| other == n))
                .expect("one of n + 1 numbers is free of n");
            numbers.insert(name, free);
        }
    }
    design.child_numbers = numbers;
}

fn choose_again(design: &mut Design, known: &[Child]) {
    // Everything that must be in some child, by partition; unnamed greyboxes only fill up.
    let mut wanted: IndexMap<String, Vec<Filling>> =
        design.spec.partitions.keys().map(|p| (p.clone(), Vec::new())).collect();
    for (partition, filling) in design.children().flat_map(|c| &c.fillings) {
        if *filling != Filling::Greybox(None)
            && let Some(column) = wanted.get_mut(partition)
        {
            column.push(filling.clone());
        }
    }
    let mut children: Vec<ChosenConfiguration> = Vec::new();
    for child in known.iter().filter(|k| k.chosen) {
        let whole = child.fillings.len() == wanted.len();
        let fits = |(partition, filling): (&String, &Filling)| {
            let column = wanted.get(partition);
            column.is_some_and(|c| *filling == Filling::Greybox(None) || c.contains(filling))
        };
        let holds = child.fillings.values().any(|f| *f != Filling::Greybox(None));
        let taken = children.iter().any(|c| c.name == child.name);
        if !(whole && holds && !taken && child.fillings.iter().all(fits)) {
            continue;
        }
        for (partition, filling) in &child.fillings {
            if let Some(column) = wanted.get_mut(partition) {
                column.retain(|f| f != filling);
            }
        }
        let in_order = wanted.keys().map(|p| (p.clone(), child.fillings[p].clone()));
        children.push(ChosenConfiguration {
            name: child.name.clone(),
            parent: false,
            fillings: in_order.collect(),
        });
    }
    let rows = wanted.values().map(Vec::len).max().unwrap_or(0);
    for row in 0..rows {
        let free = (1..).map(|n| format!("child_{n}"));
        let name =
            free.into_iter().find(|n| !children.iter().any(|c| c.name == *n)).expect("names have no end");
        let filling = |column: &Vec<Filling>| column.get(row).cloned().unwrap_or(Filling::Greybox(None));
        let fillings = wanted.iter().map(|(p, column)| (p.clone(), filling(column))).collect();
        children.push(ChosenConfiguration { name, parent: false, fillings });
    }
    design.configurations.retain(|c| c.parent);
    design.configurations.extend(children);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::testing::Builder;

    fn modules(names: &[&str]) -> Design {
        let builder = Builder::new("/demo", "xc7z020clg400-1").partition("p", "u_p", "rp", &[]);
        names.iter().fold(builder, |b, name| b.module(name, "p")).build()
    }

    /// Run and what it holds.
    fn held(design: &Design) -> Vec<(String, String, Vec<Filling>)> {
        let mut held: Vec<_> = runs(design)
            .map(|(run, c)| (run, c.name.clone(), c.fillings.values().cloned().collect()))
            .collect();
        held.sort_by(|a, b| a.0.cmp(&b.0));
        held
    }

    fn row(run: usize, name: &str, modules: &[&str]) -> (String, String, Vec<Filling>) {
        let filling = |m: &&str| {
            if m.is_empty() { Filling::Greybox(None) } else { Filling::Module((*m).to_owned()) }
        };
        (format!("child_{run}_impl_1"), name.to_owned(), modules.iter().map(filling).collect())
    }

    #[test]
    fn without_a_record_nothing_is_changed() {
        let mut design = modules(&["a", "b", "c"]);
        let before = design.configurations.clone();
        keep(&mut design, &[]);
        assert_eq!(design.configurations, before);
        assert_eq!(held(&design), [row(0, "child_1", &["b"]), row(1, "child_2", &["c"])]);
    }

    #[test]
    fn a_module_put_in_the_middle_takes_a_new_run_and_leaves_the_others() {
        let mut design = modules(&["a", "b", "c"]);
        keep(&mut design, &[]);
        let known = children(&design);
        let mut design = modules(&["a", "x", "b", "c"]);
        keep(&mut design, &known);
        assert_eq!(
            held(&design),
            [row(0, "child_1", &["b"]), row(1, "child_2", &["c"]), row(2, "child_3", &["x"])]
        );
        // One that goes leaves its place to the next that comes.
        let known = children(&design);
        let mut design = modules(&["a", "x", "c", "y"]);
        keep(&mut design, &known);
        assert_eq!(
            held(&design),
            [row(0, "child_1", &["y"]), row(1, "child_2", &["c"]), row(2, "child_3", &["x"])]
        );
    }

    #[test]
    fn every_module_is_in_one_child_whatever_the_record_says() {
        let build = |left: &[&str], right: &[&str]| {
            let builder = Builder::new("/demo", "xc7z020clg400-1")
                .partition("l", "u_l", "rp", &[])
                .partition("r", "u_r", "rp", &[]);
            let builder = left.iter().fold(builder, |b, name| b.module(name, "l"));
            right.iter().fold(builder, |b, name| b.module(name, "r")).build()
        };
        let mut design = build(&["a", "b", "c"], &["k", "m"]);
        keep(&mut design, &[]);
        let known = children(&design);
        assert_eq!(held(&design), [row(0, "child_1", &["b", "m"]), row(1, "child_2", &["c", ""])]);
        // `m` is the parent's now: what held it cannot stay.
        let mut design = build(&["a", "b", "c"], &["m", "k"]);
        keep(&mut design, &known);
        assert_eq!(held(&design), [row(0, "child_1", &["b", "k"]), row(1, "child_2", &["c", ""])]);
        // A record of nonsense: doubles, partitions and modules that are not there.
        let nonsense: Vec<Child> = known
            .iter()
            .chain(&known)
            .cloned()
            .enumerate()
            .map(|(n, mut c)| {
                c.number = 0;
                if n == 0 {
                    c.fillings.insert("gone".into(), Filling::Module("b".into()));
                }
                c
            })
            .collect();
        let mut design = build(&["a", "b", "c"], &["k", "m", "n"]);
        keep(&mut design, &nonsense);
        let mut all: Vec<Filling> = design.children().flat_map(|c| c.fillings.values().cloned()).collect();
        all.retain(|f| *f != Filling::Greybox(None));
        let expected = ["b", "c", "m", "n"].map(|m| Filling::Module(m.into()));
        assert_eq!(all.len(), expected.len(), "{all:?}");
        assert!(expected.iter().all(|f| all.contains(f)), "{all:?}");
        let numbers: std::collections::BTreeSet<String> = runs(&design).map(|(run, _)| run).collect();
        assert_eq!(numbers.len(), design.children().count(), "two children share a run");
    }

    #[test]
    fn named_configurations_keep_their_runs_by_name() {
        let build = |names: &[&str]| {
            let builder = Builder::new("/demo", "xc7z020clg400-1")
                .partition("p", "u_p", "rp", &[])
                .module("a", "p")
                .module("b", "p")
                .configuration("base", true, &[("p", "a")]);
            names.iter().fold(builder, |b, name| b.configuration(name, false, &[("p", "b")])).build()
        };
        let mut design = build(&["first", "second"]);
        keep(&mut design, &[]);
        let known = children(&design);
        let mut design = build(&["between", "second"]);
        keep(&mut design, &known);
        assert_eq!(held(&design), [row(0, "between", &["b"]), row(1, "second", &["b"])]);
    }
}
