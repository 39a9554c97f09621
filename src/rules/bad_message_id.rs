// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0603: an allowed message whose id is malformed.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0603.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0603",
    name: "bad-message-id",
    severity: Severity::Error,
    page: r#"## What it means

The `id` of a `[[gates.allow]]` entry is not a facility and two numbers, as Vivado prints them between brackets.

## Why it matters

It would allow nothing: the gate would refuse the message that somebody has reviewed.

## Example

```toml
[[gates.allow]]
id = "18-5648"
reason = "reviewed"
```

## What to do

Write what stands between the brackets of the message: `Constraints 18-5648`, or `DRC HDPR-32` for a design rule.
"#,
};

/// Looks at every entry.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for n in 0..cx.spec.gates.allow.len() {
        let n = n.to_string();
        let Some((id, span)) = cx.doc.string(&["gates", "allow", &n, "id"]) else { continue };
        if id.trim().is_empty() || id.contains(char::is_control) || is_id(id) {
            continue;
        }
        let mut problem = cx
            .problem(
                &CODE,
                format!("{id:?} is no message id"),
                span.clone(),
                "expected FACILITY NUMBER-NUMBER",
            )
            .help("write what stands between the brackets: Constraints 18-5648, or DRC HDPR-32");
        let bare = id.trim().trim_start_matches('[').trim_end_matches(']').trim();
        if is_id(bare) {
            problem = problem.suggest(cx.replace(span, format!("\"{bare}\""), "write"));
        }
        out.push(problem);
    }
}

/// `Facility 12-345`; design rules: `DRC RULE-1`.
fn is_id(id: &str) -> bool {
    let Some((facility, number)) = id.split_once(' ') else { return false };
    let Some((major, minor)) = number.rsplit_once('-') else { return false };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let word = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    word(facility) && digits(minor) && (digits(major) || (facility == "DRC" && word(major)))
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn ids() {
        for good in ["Constraints 18-5648", "Vivado_Tcl 4-78", "DRC HDPR-32", "Designutils 20-1307"] {
            assert!(is_id(good), "{good}");
        }
        for bad in [
            "18-5648",
            "[Constraints 18-5648]",
            "Constraints",
            "Constraints 18",
            "DRC",
            "a b c-1",
            "Timing 38-28x",
        ] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
