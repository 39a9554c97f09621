// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit bit prove` and `dfxkit bit match`: files judged against each other.

use camino::Utf8PathBuf;
use dfxkit_fabric::proof::{self, Check, FrameDifference, Input, MatchVerdict, Partial, Verdict};
use serde_json::{Value, json};

use super::{Files, PartArg};
use crate::cli::{CommandResult, Cx};
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct ProveArgs {
    /// Full bitstream of the parent configuration
    #[arg(long, value_name = "FULL")]
    parent: Utf8PathBuf,
    /// Full bitstream of the child configuration
    #[arg(long, value_name = "FULL")]
    child: Utf8PathBuf,
    /// Partial bitstreams of the child, one a partition: all of them
    #[arg(long = "partial", required = true, num_args = 1.., value_name = "PARTIAL")]
    partials: Vec<Utf8PathBuf>,
    #[command(flatten)]
    part: PartArg,
}

#[derive(Debug, clap::Args)]
pub(super) struct MatchArgs {
    /// Full bitstream of any configuration of the static; or a partial of the same partition that is known to belong to it
    #[arg(long = "static", value_name = "FULL")]
    full: Utf8PathBuf,
    /// Partial bitstreams
    #[arg(required = true, value_name = "PARTIAL")]
    partials: Vec<Utf8PathBuf>,
    #[command(flatten)]
    part: PartArg,
}

pub(super) fn prove(cx: &mut Cx, args: &ProveArgs) -> CommandResult {
    let files = Files::read(cx, [&args.parent, &args.child].into_iter().chain(&args.partials))?;
    let bits = files.parse(&args.part)?;
    let input = |i: usize| Input { name: files.paths[i].as_str(), bits: &bits[i] };
    let partials: Vec<_> = (2..bits.len()).map(|i| Partial { input: input(i), footprint: None }).collect();
    let proof = proof::prove(input(0), input(1), &partials);
    cx.shell.json(&json!({
        "verdict": proof.verdict.id(),
        "checks": proof.checks.iter().map(check).collect::<Vec<_>>(),
        "parent": args.parent,
        "child": args.child,
        "partials": args.partials,
    }));
    for c in &proof.checks {
        let about = c.subject.as_deref().map_or(String::new(), |s| format!(" {s}"));
        let spare = if c.required || c.verdict != Verdict::Unknown { "" } else { " (not needed)" };
        cx.shell.out(format!("{:<8} {}{about}: {}{spare}", c.verdict.id(), c.name, c.detail));
        first(cx, &c.first, c.differing);
    }
    cx.shell.out(proof.verdict.id());
    Ok(if proof.verdict == Verdict::Proven { Exit::DONE } else { Exit::GATE })
}

pub(super) fn match_static(cx: &mut Cx, args: &MatchArgs) -> CommandResult {
    let files = Files::read(cx, std::iter::once(&args.full).chain(&args.partials))?;
    let bits = files.parse(&args.part)?;
    let mut exit = Exit::DONE;
    for (path, partial) in files.paths.iter().zip(&bits).skip(1) {
        let m = proof::match_static(&bits[0], partial);
        if m.verdict != MatchVerdict::Match {
            exit = Exit::GATE;
        }
        cx.shell.json(&json!({
            "partial": path,
            "verdict": m.verdict.id(),
            "compared": m.compared,
            "differing": m.differing,
            "bits": m.bits,
            "detail": m.detail,
            "first": m.first.iter().map(difference).collect::<Vec<_>>(),
        }));
        cx.shell.out(format!("{:<8} {path}: {}", m.verdict.id(), m.detail));
        first(cx, &m.first, m.differing);
    }
    Ok(exit)
}

fn first(cx: &Cx, differences: &[FrameDifference], all: usize) {
    for d in differences {
        cx.shell.out(format!("           {d}"));
    }
    if all > differences.len() && !differences.is_empty() {
        cx.shell.out(format!("           and {} more", all - differences.len()));
    }
}

fn check(c: &Check) -> Value {
    json!({
        "name": c.name,
        "subject": c.subject,
        "verdict": c.verdict.id(),
        "required": c.required,
        "compared": c.compared,
        "differing": c.differing,
        "detail": c.detail,
        "first": c.first.iter().map(difference).collect::<Vec<_>>(),
    })
}

fn difference(d: &FrameDifference) -> Value {
    json!({
        "type": d.address.block.number(),
        "row": d.address.row,
        "column": d.address.column,
        "minor": d.address.minor,
        "far": format!("0x{:08x}", d.far),
        "kind": d.column.map(|c| c.id()),
        "clock_region": d.clock_region,
        "word": d.word.map(|w| json!({"index": w.0, "expected": format!("{:08x}", w.1), "found": format!("{:08x}", w.2)})),
    })
}
