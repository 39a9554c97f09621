// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Other programs that load images: found by their sockets and by the names of running processes.
//!
//! They do not know our lock, and linux-xlnx's `firmware` takes none: two writers interleave and both succeed (measured).
//! A program that starts after we looked, or by another name, is not found.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const DAEMONS: [&str; 2] = ["dfx-mgrd", "fpgad"];
const SOCKETS: [&str; 2] = ["run/dfx-mgrd.socket", "var/run/dfx-mgrd.socket"];
/// Looking at every process takes longer than the rest of a swap; a daemon that starts is seen at the latest so long after.
const TRUST: Duration = Duration::from_secs(1);

/// Looks for them on the system below a root.
#[derive(Debug)]
pub(crate) struct Lookout {
    root: PathBuf,
    /// When no process was one, last.
    clear: Cell<Option<Instant>>,
}

impl Lookout {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), clear: Cell::new(None) }
    }

    /// The first one found, in words.
    pub(crate) fn find(&self) -> Option<String> {
        let socket = SOCKETS.iter().map(|s| self.root.join(s)).find(|p| p.exists());
        if let Some(socket) = socket {
            return Some(format!("dfx-mgrd ({})", socket.display()));
        }
        if self.clear.get().is_some_and(|then| then.elapsed() < TRUST) {
            return None;
        }
        let found = self.process();
        self.clear.set(found.is_none().then(Instant::now));
        found
    }

    fn process(&self) -> Option<String> {
        let processes = fs::read_dir(self.root.join("proc")).ok()?;
        processes.filter_map(Result::ok).find_map(|entry| {
            let number = entry.file_name();
            let number = number.to_str().filter(|n| n.bytes().all(|b| b.is_ascii_digit()))?;
            let name = fs::read_to_string(entry.path().join("comm")).ok()?;
            let name = name.trim_end();
            DAEMONS.contains(&name).then(|| format!("{name} (process {number})"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Lookout;

    #[test]
    fn a_daemon_is_found_and_found_gone() {
        let dir = tempfile::tempdir().expect("temp");
        let process = dir.path().join("proc/77");
        fs_err::create_dir_all(&process).expect("made");
        fs_err::write(process.join("comm"), "dfx-mgrd\n").expect("written");
        let lookout = Lookout::new(dir.path());
        assert_eq!(lookout.find().as_deref(), Some("dfx-mgrd (process 77)"));
        fs_err::write(process.join("comm"), "bash\n").expect("written");
        assert_eq!(lookout.find(), None);
        // Its socket is looked for every time.
        fs_err::create_dir_all(dir.path().join("run")).expect("made");
        fs_err::write(dir.path().join("run/dfx-mgrd.socket"), "").expect("written");
        assert!(lookout.find().is_some());
    }
}
