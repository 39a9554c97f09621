// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A bench: a temporary directory with a project in it, and the program run there.

use std::path::Path;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

/// A temporary project directory.
pub(crate) struct Bench {
    dir: tempfile::TempDir,
}

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bench {
    /// An empty one.
    pub(crate) fn new() -> Self {
        // Records and kits are flushed to the disk file by file: in memory, where there is such a place, that costs nothing.
        let shm = Path::new("/dev/shm");
        let dir = if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() };
        Self { dir: dir.unwrap() }
    }

    /// A copy of `examples/NAME` without what was built there.
    pub(crate) fn example(name: &str) -> Self {
        let bench = Self::new();
        copy_tree(&repository().join("examples").join(name), &bench.path());
        bench
    }

    /// Its directory.
    pub(crate) fn path(&self) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.dir.path().canonicalize().unwrap()).unwrap()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// Writes a program, by another process: what this one holds open for writing, a test that starts a process at the
    /// same time hands on for a moment, and a program that is open for writing cannot be started (ETXTBSY).
    pub(crate) fn write_program(&self, name: &str, text: &str) -> Utf8PathBuf {
        let path = self.path().join(name);
        let mut child = Command::new("sh")
            .args(["-c", "cat > \"$1\" && chmod 755 \"$1\"", "sh", path.as_str()])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        path
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs_err::read_to_string(self.path().join(name)).unwrap()
    }

    /// The command, for tests that want more than [`Bench::run`].
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dfxkit"));
        command.args(args).current_dir(self.dir.path()).env("NO_COLOR", "1").env_remove("DFXKIT_VIVADO");
        command
    }

    /// Runs the program in the directory.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Asserts the exit code, showing everything when it differs.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The JSON objects of stdout.
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
    }
}

/// The repository.
pub(crate) fn repository() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The corpus of real artifacts; none, said on stderr, when it is not there.
pub(crate) fn corpus() -> Option<Utf8PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the corpus is")]
    let dir = std::env::var("DFXKIT_CORPUS")
        .map_or_else(|_| repository().join("../shared/corpus"), Utf8PathBuf::from);
    if dir.is_dir() {
        return Some(dir.canonicalize_utf8().unwrap());
    }
    eprintln!("SKIPPED: no corpus at {dir} (set DFXKIT_CORPUS)");
    None
}

/// Copies a tree, without `build` directories and kits.
pub(crate) fn copy_tree(from: &Utf8Path, to: &Utf8Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().filter_entry(|e| e.file_name() != "build") {
        let entry = entry.unwrap();
        let target = to.as_std_path().join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs_err::create_dir_all(&target).unwrap();
        } else {
            copy_file(entry.path(), &target);
        }
    }
}

fn copy_file(from: &Path, to: &Path) {
    fs_err::copy(from, to).unwrap();
}
