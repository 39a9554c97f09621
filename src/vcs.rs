// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which commit a directory stands at, and whether anything there differs from it: provenance for archives and kits.
//!
//! Asks the `git` program; without it, or outside a repository, nothing is known, which is said as such. Not known: whether the
//! commit was pushed anywhere.

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

/// State of a git work tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GitState {
    /// Full hash of HEAD.
    pub commit: String,
    /// True when tracked files differ from it or untracked files lie below the directory.
    pub dirty: bool,
}

/// The state of the work tree that `dir` lies in, as far as it concerns `dir`; none when git cannot tell.
pub fn git_state(dir: &Utf8Path) -> Option<GitState> {
    let git = |args: &[&str]| {
        let mut all = vec!["-C", dir.as_str()];
        all.extend(args);
        duct::cmd("git", all)
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .stdin_null()
            .stderr_null()
            .read()
            .ok()
    };
    let commit = git(&["rev-parse", "--verify", "HEAD"])?.trim().to_owned();
    let dirty = !git(&["status", "--porcelain", "--", "."])?.trim().is_empty();
    Some(GitState { commit, dirty })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_a_repository_nothing_is_known() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(git_state(Utf8Path::from_path(dir.path()).unwrap()), None);
    }

    #[test]
    fn a_changed_file_makes_it_dirty() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap();
        let git = |args: &[&str]| {
            let mut all =
                vec!["-C", path.as_str(), "-c", "user.name=t", "-c", "user.email=t@example.invalid"];
            all.extend(args);
            duct::cmd("git", all).stdout_null().stderr_null().run()
        };
        if git(&["init", "-q"]).is_err() {
            eprintln!("SKIPPED: no git");
            return;
        }
        fs_err::write(path.join("a"), "1").unwrap();
        git(&["add", "a"]).unwrap();
        git(&["commit", "-q", "-m", "one"]).unwrap();
        let clean = git_state(path).unwrap();
        assert!(!clean.dirty && clean.commit.len() >= 40);
        fs_err::write(path.join("a"), "2").unwrap();
        assert!(git_state(path).unwrap().dirty);
    }
}
