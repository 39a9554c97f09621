// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0306: a board part that is malformed.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0306.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0306",
    name: "bad-board",
    severity: Severity::Error,
    page: r#"## What it means

`project.board` is not of the form `VENDOR:BOARD:FILE:VERSION`.

## Why it matters

Vivado finds a board definition by these four parts (`[Board 49-71] The board_part definition was not found`).

## Example

```toml
[project]
board = "pynq-z2"
```

## What to do

Write it as `get_board_parts` shows it: `tul.com.tw:pynq-z2:part0:1.0`.
"#,
};

/// Looks at the board.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let Some((board, span)) = cx.doc.string(&["project", "board"]) else { return };
    if board.trim().is_empty() || board.contains(char::is_control) {
        return; // a problem of its own
    }
    let parts: Vec<&str> = board.split(':').collect();
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    let version = |v: &str| v.starts_with(|c: char| c.is_ascii_digit());
    let why = if parts.len() != 4 {
        format!("{} part(s) between colons; expected 4", parts.len())
    } else if let Some(c) = board.chars().find(|c| *c != ':' && !good(*c)) {
        format!("holds {c:?}")
    } else if parts.iter().any(|p| p.is_empty()) {
        "one of the four parts is empty".to_owned()
    } else if !version(parts[3]) {
        "the last part is no version".to_owned()
    } else {
        return;
    };
    out.push(
        cx.problem(&CODE, format!("{board:?} is no board part"), span, why)
            .help("write vendor, board, file and version: tul.com.tw:pynq-z2:part0:1.0"),
    );
}
