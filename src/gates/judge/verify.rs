// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `pr_verify` of every child: compatible, not vacuous, and compared with the parent's routed checkpoint; of every module on an abstract shell the same
//! against its shell, never against a full design (UG909, Verifying Configurations: that comparison is none).

use super::{Context, place, read, result};
use crate::artifacts::ConfigurationSet;
use crate::design::names::{SHELLS_RUN, mangle_cell};
use crate::gates::pr_verify::{self, PrVerify};
use crate::gates::{GateResult, Verdict};

const GATE: &str = "pr-verify";

pub(super) fn judge(cx: &Context<'_>) -> Vec<GateResult> {
    let a = cx.artifacts;
    // The reference by the name it has in the parent's run directory, even when that file is not in an adopted tree; and by
    // where it lies: an update's reference is the golden's file, wherever the archive keeps it.
    let s = &a.static_set;
    let name = s.routed_dcp.as_ref().map_or_else(|| format!("{}_routed.dcp", s.top), |d| d.name().to_owned());
    let mut references = vec![place(&s.run, &name)];
    references.extend(s.routed_dcp.as_ref().map(|d| pr_verify::file(d.path.as_str())));
    let children = a.configurations.iter().filter(|c| !c.parent).map(|c| child(cx, c, &references));
    let on_shells = a.on_shells.iter().map(|c| {
        let shell = a
            .partitions
            .iter()
            .filter(|p| c.modules.iter().any(|(name, _)| *name == p.name))
            .map(|p| place(SHELLS_RUN, &format!("{}.dcp", mangle_cell(&p.cell))));
        child(cx, c, &shell.collect::<Vec<_>>())
    });
    children.chain(on_shells).collect()
}

fn child(cx: &Context<'_>, c: &ConfigurationSet, references: &[String]) -> GateResult {
    let top = &cx.artifacts.static_set.top;
    let own = c.routed_dcp.as_ref().map(|d| place(&c.run, d.name()));
    let own = own.unwrap_or_else(|| place(&c.run, &format!("{top}_routed.dcp")));
    if let Some(file) = &c.pr_verify {
        let evidence = place(&c.run, file.name());
        return match read(&file.path) {
            Ok(text) => pr_verify_result(&c.name, &pr_verify::read(&text), references, &own, Some(&evidence)),
            Err(e) => result(GATE, &c.name, Verdict::Unknown, expected(references), e, Some(&evidence)),
        };
    }
    match cx.log_of(&c.run) {
        Some(log) => {
            let evidence = place(&c.run, log.file.name());
            pr_verify_result(
                &c.name,
                &pr_verify::in_log(&log.text, &log.log),
                references,
                &own,
                Some(&evidence),
            )
        }
        None => pr_verify_result(&c.name, &[], references, &own, None),
    }
}

fn expected(references: &[String]) -> String {
    let reference = references.first().map_or("the parent's routed checkpoint", String::as_str);
    format!("compatible with {reference}, counts equal and not zero")
}

/// Judges what `pr_verify` said of one child. `references` (any of them) and `own` are `DIRECTORY/FILE` of the checkpoints that must have been
/// compared: trees are moved, so only the last two components of paths count.
pub fn pr_verify_result(
    subject: &str,
    found: &[PrVerify],
    references: &[String],
    own: &str,
    evidence: Option<&str>,
) -> GateResult {
    let answer =
        |verdict, actual: String| result(GATE, subject, verdict, expected(references), actual, evidence);
    // A run that was repeated appends: the last one is about the files that are there.
    let Some(last) = found.last() else {
        return answer(Verdict::Unknown, "pr_verify was not run, or its output is not here".into());
    };
    let (verdict, actual) = last.judge();
    if verdict == Verdict::Refused {
        return answer(verdict, actual);
    }
    // What was compared stands in the command's echo and, beside the counts, in the summary: the one where the other is missing.
    let summary = last.summaries.first();
    let initial = last.initial.as_deref().or_else(|| summary.map(|(a, _)| a.checkpoint.as_str()));
    let Some(initial) = initial.filter(|i| !i.is_empty()) else {
        return answer(Verdict::Unknown, format!("{actual}; what was compared is not in the text"));
    };
    let compared: Vec<String> = if last.additional.is_empty() {
        last.summaries.iter().map(|(_, b)| pr_verify::file(&b.checkpoint)).collect()
    } else {
        last.additional.iter().map(|a| pr_verify::file(a)).collect()
    };
    if !references.contains(&pr_verify::file(initial)) {
        return answer(Verdict::Refused, format!("compared with {} instead", pr_verify::file(initial)));
    }
    if !compared.iter().any(|c| c == own) {
        return answer(Verdict::Refused, format!("compared {} instead of {own}", compared.join(", ")));
    }
    answer(verdict, actual)
}
