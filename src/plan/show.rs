// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plan for people (a tree and a table of reasons), for Graphviz and for programs. What is stale comes in from outside: it
//! depends on records and files, of which the plan knows nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::key::Change;
use super::{Input, Plan, Step, StepId};

/// Why steps would run, by step; a step that is up to date has no entry.
pub type Stale = BTreeMap<StepId, Vec<String>>;

/// One step of the JSON object, as DESIGN.md fixes it.
#[derive(Debug, Serialize)]
pub struct ShownStep<'a> {
    id: &'a str,
    kind: &'static str,
    stale: bool,
    reasons: &'a [String],
    needs: Vec<&'a str>,
    inputs: Vec<String>,
    outputs: Vec<&'a str>,
}

/// The JSON object of `plan`: `{"steps": [{id, kind, stale, reasons, needs, inputs, outputs}]}`.
#[derive(Debug, Serialize)]
pub struct Shown<'a> {
    steps: Vec<ShownStep<'a>>,
}

/// The plan for programs.
pub fn json<'a>(plan: &'a Plan, stale: &'a Stale) -> Shown<'a> {
    let steps = plan.steps.iter().map(|step| {
        let reasons = stale.get(&step.id);
        ShownStep {
            id: &step.id.0,
            kind: step.kind.word(),
            stale: reasons.is_some(),
            reasons: reasons.map_or(&[], Vec::as_slice),
            needs: step.needs.iter().chain(&step.after).map(|d| d.0.as_str()).collect(),
            inputs: step.inputs.iter().map(input_name).collect(),
            outputs: step.outputs.iter().map(|o| o.path.as_str()).collect(),
        }
    });
    Shown { steps: steps.collect() }
}

/// How manifests name an input.
pub fn input_name(input: &Input) -> String {
    match input {
        Input::File { name, .. } => format!("file {name}"),
        Input::Value { name, .. } => name.clone(),
        Input::Output { step, path } => format!("{step} -> {path}"),
    }
}

/// A difference between two manifests in one line.
pub fn reason(change: &Change) -> String {
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => format!("{}: {} -> {}", change.what, short(old), short(new)),
        (None, Some(new)) => format!("{}: new, {}", change.what, short(new)),
        (Some(old), None) => format!("{}: gone, was {}", change.what, short(old)),
        (None, None) => change.what.clone(),
    }
}

/// Hashes by their first digits, long values by their first line.
fn short(value: &str) -> String {
    if let Some(hash) = value.strip_prefix("sha256:") {
        return hash.chars().take(12).collect();
    }
    let line = value.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(60).collect();
    if cut.len() < value.len() { format!("{cut}…") } else { cut }
}

/// A tree that grows from what is built last: each step below the one that needs it, once; later mentions are marked.
pub fn tree(plan: &Plan, stale: &Stale) -> String {
    let mut out = String::new();
    let mut shown = Vec::new();
    let roots = plan.steps.iter().filter(|s| {
        !plan.steps.iter().any(|other| other.needs.contains(&s.id) || other.after.contains(&s.id))
    });
    for root in roots {
        branch(plan, stale, root, "", "", &mut shown, &mut out);
    }
    let fresh = plan.steps.len() - plan.steps.iter().filter(|s| stale.contains_key(&s.id)).count();
    let _ = writeln!(
        out,
        "{} steps, {} would run, {} up to date",
        plan.steps.len(),
        plan.steps.len() - fresh,
        fresh
    );
    out
}

fn branch<'a>(
    plan: &'a Plan,
    stale: &Stale,
    step: &'a Step,
    own: &str,
    below: &str,
    shown: &mut Vec<&'a StepId>,
    out: &mut String,
) {
    let state = match stale.get(&step.id) {
        None => "up to date".to_owned(),
        Some(reasons) => match reasons.as_slice() {
            [] => "would run".to_owned(),
            [one] => format!("would run: {one}"),
            [one, rest @ ..] => format!("would run: {one} (and {} more)", rest.len()),
        },
    };
    if shown.contains(&&step.id) {
        let _ = writeln!(out, "{own}{} (above)", step.id);
        return;
    }
    let _ = writeln!(out, "{own}{}  {state}", step.id);
    shown.push(&step.id);
    let children: Vec<&Step> =
        plan.steps.iter().filter(|s| step.needs.contains(&s.id) || step.after.contains(&s.id)).collect();
    for (n, child) in children.iter().enumerate() {
        let last = n + 1 == children.len();
        let (fork, line) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        branch(plan, stale, child, &format!("{below}{fork}"), &format!("{below}{line}"), shown, out);
    }
}

/// Graphviz. Stale steps are filled; order-only edges are dashed.
pub fn dot(plan: &Plan, stale: &Stale) -> String {
    let quoted = |id: &StepId| format!("\"{}\"", id.0.replace('\\', "\\\\").replace('"', "\\\""));
    let mut out =
        String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    for step in &plan.steps {
        let style = if stale.contains_key(&step.id) { " [style=filled, fillcolor=\"#ffe0a0\"]" } else { "" };
        let _ = writeln!(out, "  {}{style};", quoted(&step.id));
    }
    for step in &plan.steps {
        for need in &step.needs {
            let _ = writeln!(out, "  {} -> {};", quoted(need), quoted(&step.id));
        }
        for after in &step.after {
            let _ = writeln!(out, "  {} -> {} [style=dashed];", quoted(after), quoted(&step.id));
        }
    }
    out.push_str("}\n");
    out
}
