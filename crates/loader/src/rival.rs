// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Other programs that load images: found by their sockets and by the names of running processes.
//!
//! They do not know our lock, and linux-xlnx's `firmware` takes none: two writers interleave and both succeed (measured).
//! A program that starts after we looked, or by another name, is not found.

use std::fs;
use std::path::Path;

const DAEMONS: [&str; 2] = ["dfx-mgrd", "fpgad"];
const SOCKETS: [&str; 2] = ["run/dfx-mgrd.socket", "var/run/dfx-mgrd.socket"];

/// The first one found on the system below `root`, in words.
pub(crate) fn find(root: &Path) -> Option<String> {
    let socket = SOCKETS.iter().map(|s| root.join(s)).find(|p| p.exists());
    if let Some(socket) = socket {
        return Some(format!("dfx-mgrd ({})", socket.display()));
    }
    let processes = fs::read_dir(root.join("proc")).ok()?;
    processes.filter_map(Result::ok).find_map(|entry| {
        let number = entry.file_name();
        let number = number.to_str().filter(|n| n.bytes().all(|b| b.is_ascii_digit()))?;
        let name = fs::read_to_string(entry.path().join("comm")).ok()?;
        let name = name.trim_end();
        DAEMONS.contains(&name).then(|| format!("{name} (process {number})"))
    })
}
