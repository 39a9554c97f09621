// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bit proofs: what the bitstreams themselves prove, without Vivado (see [`dfxkit_fabric::proof`]).
//!
//! The parent's partials are proven against its own full bitstream, each child's against the parent's and the child's. A child without a full bitstream cannot
//! be proven; its partials can still be found to be of another static, which refuses. What ships is what is proven: the module's
//! partial as recorded, unless the configuration's own run made one of the same name.

use std::sync::Arc;

use camino::Utf8Path;
use dfxkit_fabric::codec::Bitstream;
use dfxkit_fabric::proof::{self, Input, MatchVerdict, Partial, match_static, prove};

use super::{Context, place, result};
use crate::artifacts::{Artifact, ConfigurationSet};
use crate::gates::{GateResult, Verdict};

const GATE: &str = "bit-proofs";
const EXPECTED: &str =
    "the parent with the partials applied is this configuration, frame by frame; nothing else differs";

/// A bitstream's bytes with the name it is reported by.
struct File {
    name: String,
    bytes: Arc<Vec<u8>>,
}

impl File {
    fn read(cx: &Context<'_>, run: &str, path: &Utf8Path) -> Result<Self, String> {
        let name = place(run, path.file_name().unwrap_or_default());
        Ok(Self { name, bytes: cx.bitstream(path)? })
    }

    fn parse(&self) -> Result<Bitstream<'_>, String> {
        Bitstream::parse(&self.bytes).map_err(|e| format!("{}: {e}", self.name))
    }
}

pub(super) fn judge(cx: &Context<'_>) -> Vec<GateResult> {
    let a = cx.artifacts;
    let answer = |c: &ConfigurationSet, (verdict, actual): (Verdict, String)| {
        result(GATE, &c.name, verdict, EXPECTED, actual, None)
    };
    let parent = a.static_set.full_bit.as_ref().ok_or_else(|| "no full bitstream of the parent".to_owned());
    let parent = parent.and_then(|p| File::read(cx, &a.static_set.run, &p.path));
    let parent_bits = parent.as_ref().map_err(Clone::clone).and_then(File::parse);
    a.configurations
        .iter()
        .map(|c| {
            let judged = match (&parent, &parent_bits) {
                (Ok(file), Ok(bits)) => configuration(cx, c, Input { name: &file.name, bits }),
                (Err(e), _) | (_, Err(e)) => Err((Verdict::Unknown, e.clone())),
            };
            answer(c, judged.unwrap_or_else(|e| e))
        })
        .collect()
}

type Answer = (Verdict, String);

fn configuration(cx: &Context<'_>, c: &ConfigurationSet, parent: Input<'_, '_>) -> Result<Answer, Answer> {
    let unknown = |e: String| (Verdict::Unknown, e);
    let files = partials(cx, c).map_err(unknown)?;
    let bits = files.iter().map(File::parse).collect::<Result<Vec<_>, _>>().map_err(unknown)?;
    let inputs: Vec<Partial<'_, '_>> = files
        .iter()
        .zip(&bits)
        .map(|(f, bits)| Partial { input: Input { name: &f.name, bits }, footprint: None })
        .collect();
    if c.parent {
        return Ok(proven(&prove(parent, parent, &inputs)));
    }
    let Some(full) = &c.full_bit else { return Ok(by_fingerprint(parent, &inputs)) };
    let full = File::read(cx, &c.run, &full.path).map_err(unknown)?;
    let child = full.parse().map_err(unknown)?;
    Ok(proven(&prove(parent, Input { name: &full.name, bits: &child }, &inputs)))
}

/// The partials of a configuration, one a partition; all of them, or what is missing. Without a full bitstream (a child on an abstract
/// shell holds one partition only) there is nothing to complete: those that are there.
fn partials(cx: &Context<'_>, c: &ConfigurationSet) -> Result<Vec<File>, String> {
    let a = cx.artifacts;
    let whole = c.parent || c.full_bit.is_some();
    let mut files = Vec::new();
    for partition in &a.partitions {
        let (name, module) = (&partition.name, c.modules.iter().find(|(p, _)| *p == partition.name));
        let Some((_, module)) = module else {
            if whole {
                return Err(format!("nothing tells what fills {name}"));
            }
            continue;
        };
        let set = a
            .modules
            .iter()
            .find(|m| m.partition == *name && module.as_ref().map_or(m.greybox, |module| m.name == *module));
        let shipped: Option<&Artifact> = set.and_then(|m| m.partial_bit.as_ref());
        let Some(shipped) = shipped else {
            if whole {
                return Err(format!("no partial bitstream of {name}"));
            }
            continue;
        };
        let own = c.run_dir.join(shipped.name());
        let path = if own.is_file() { own } else { shipped.path.clone() };
        let run = path.parent().and_then(|p| p.file_name()).unwrap_or_default().to_owned();
        files.push(File::read(cx, &run, &path)?);
    }
    Ok(files)
}

fn proven(proof: &proof::Proof) -> Answer {
    let told = |verdict: proof::Verdict| -> String {
        let checks = proof
            .checks
            .iter()
            .filter(|c| c.verdict == verdict && (c.required || verdict == proof::Verdict::Refused));
        let one = |c: &proof::Check| {
            let subject = c.subject.as_ref().map_or_else(String::new, |s| format!(" of {s}"));
            let first = c.first.first().map_or_else(String::new, |d| format!(", first {d}"));
            format!("{}{subject}: {}{first}", c.name, c.detail)
        };
        checks.map(one).collect::<Vec<_>>().join("; ")
    };
    match proof.verdict {
        proof::Verdict::Refused => (Verdict::Refused, told(proof::Verdict::Refused)),
        proof::Verdict::Unknown => {
            let why = told(proof::Verdict::Unknown);
            (
                Verdict::Unknown,
                if why.is_empty() { "the files do not hold the evidence".to_owned() } else { why },
            )
        }
        proof::Verdict::Proven => {
            let compared = |name: &str| {
                proof.checks.iter().filter(|c| c.name == name).map(|c| c.compared).sum::<usize>()
            };
            let actual = format!(
                "proven: {} frames of the static and {} of the partials compared, none differs",
                compared("static"),
                compared("content")
            );
            (Verdict::Passed, actual)
        }
    }
}

/// Without a full bitstream of the child, the routes of the static through the partitions are all that can be looked at.
fn by_fingerprint(parent: Input<'_, '_>, partials: &[Partial<'_, '_>]) -> Answer {
    let mut matching = 0;
    for p in partials {
        let found = match_static(parent.bits, p.input.bits);
        match found.verdict {
            MatchVerdict::Mismatch => {
                return (
                    Verdict::Refused,
                    format!("{} is of another static: {}", p.input.name, found.detail),
                );
            }
            MatchVerdict::Match => matching += 1,
            MatchVerdict::Unknown => {}
        }
    }
    let actual = format!(
        "no full bitstream of this configuration; {matching} of {} partials carry the routes of the parent's static",
        partials.len()
    );
    (Verdict::Unknown, actual)
}
