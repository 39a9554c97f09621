// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0613: a secret where the name of its file belongs.

use super::Cx;
use crate::diag::render::line_column;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0613.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0613",
    name: "secret-in-description",
    severity: Severity::Error,
    page: r#"## What it means

`kit.signing-key` is not a file name and not `env:NAME`: it looks like a minisign key itself, or names no variable.

## Why it matters

Descriptions are shared, kept in version control and copied into golden archives. A secret in one is a secret no more.

## Example

```toml
[kit]
signing-key = "RWRTY0IyMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAAAAAEAAAAAA"
```

## What to do

Put the key into a file outside the repository and write its name, or `env:NAME` where the variable NAME holds the name of the file. If a true
secret was here, make a new key pair.
"#,
};

/// Text that every minisign key begins with in base64: the algorithm's two letters `Ed`.
const BEGINS: &str = "RW";

/// Shortest line of a key: a public one has 56 characters.
const KEY_LENGTH: usize = 50;

/// Looks at the signing key. The text is not repeated in the message.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let Some(text) = &cx.spec.kit.signing_key else { return };
    let Some(span) = cx.doc.value_span(&["kit", "signing-key"]) else { return };
    let base64 = |line: &str| line.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    let is_key = text.contains("untrusted comment:")
        || text.split_whitespace().any(|w| w.starts_with(BEGINS) && w.len() >= KEY_LENGTH && base64(w));
    let bad_name = text.strip_prefix("env:").is_some_and(|name| {
        name.is_empty()
            || name.starts_with(|c: char| c.is_ascii_digit())
            || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    if is_key {
        // Without a label: the line would be printed, and with it what must not be.
        let (line, _) = line_column(cx.doc.text(), span.start);
        let message =
            format!("kit.signing-key holds a key, not the name of its file ({}, line {line})", cx.doc.file());
        out.push(Problem::new(&CODE, message).help(
            "write the name of the file that holds it, or env:NAME; if it was a secret, make a new pair",
        ));
    } else if bad_name {
        out.push(
            cx.problem(&CODE, "this names no variable of the environment", span, "after env:")
                .help("write env:NAME, where the variable NAME holds the name of the key's file"),
        );
    }
}
