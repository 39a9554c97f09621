// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pipe pair to `tclsh`: frames in, replies out, and an end even when the child dies.
//!
//! The child gets its two pipe ends as inherited descriptors and opens them by number under `/dev/fd`; its own
//! standard streams stay the caller's, so `exec ... >@stdout` in a script works. Needs `/dev/fd` (Linux, macOS).

use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::io::{FdFlags, fcntl_setfd};

/// What the child sends.
#[derive(Debug)]
pub(crate) enum Frame {
    /// A Vivado command: its words.
    Call(Vec<String>),
    /// The outcome of an evaluation: Tcl code, result, error trace.
    Done { code: i32, result: String, trace: String },
    /// Console text.
    Print(String),
    /// `exit code`.
    Exit(i32),
    /// The child is gone.
    Dead,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum BridgeError {
    #[error(
        "cannot start '{tclsh}': {source}. vivado-sim needs Tcl 8.6: install the package 'tcl' (Debian, Ubuntu: apt install tcl)"
    )]
    Start { tclsh: String, source: std::io::Error },
    #[error("pipe to tclsh: {0}")]
    Pipe(#[from] std::io::Error),
}

pub(crate) struct Bridge {
    from_child: BufReader<PipeReader>,
    to_child: PipeWriter,
}

impl Bridge {
    /// Starts `tclsh` in `cwd` with a boot script that is on no disk: it comes through a pipe of its own.
    pub(crate) fn dry(tclsh: &Path, boot: &'static str, cwd: &Path) -> Result<Self, BridgeError> {
        let (reads, mut writes) = pipe()?;
        fcntl_setfd(reads.as_fd(), FdFlags::empty()).map_err(std::io::Error::from)?;
        // Longer than a pipe holds, perhaps: written while the child reads.
        std::thread::spawn(move || {
            let _ = writes.write_all(boot.as_bytes());
        });
        let name = format!("/dev/fd/{}", reads.as_raw_fd());
        Self::start(tclsh, Path::new(&name), cwd, Stdio::null())
    }

    /// Starts `tclsh boot` in `cwd`.
    pub(crate) fn start(tclsh: &Path, boot: &Path, cwd: &Path, stdin: Stdio) -> Result<Self, BridgeError> {
        let (child_reads, to_child) = pipe()?;
        let (from_child, child_writes) = pipe()?;
        let mut wake = child_writes.try_clone()?;
        let name = |fd: &dyn AsRawFd| format!("/dev/fd/{}", fd.as_raw_fd());
        let open = FdFlags::empty();
        fcntl_setfd(child_reads.as_fd(), open).map_err(std::io::Error::from)?;
        fcntl_setfd(child_writes.as_fd(), open).map_err(std::io::Error::from)?;
        let started = Command::new(tclsh)
            .arg(boot)
            .arg(name(&child_reads))
            .arg(name(&child_writes))
            .current_dir(cwd)
            .stdin(stdin)
            .spawn();
        let mut child =
            started.map_err(|source| BridgeError::Start { tclsh: tclsh.display().to_string(), source })?;
        drop((child_reads, child_writes));
        // Processes that a script left running may hold the pipe open, so the end is told by the wait.
        std::thread::spawn(move || {
            let _ = child.wait();
            let _ = wake.write_all(b"D 0\n");
        });
        Ok(Self { from_child: BufReader::with_capacity(1 << 16, from_child), to_child })
    }

    /// The next frame of the child.
    pub(crate) fn read(&mut self) -> Frame {
        self.try_read().unwrap_or(Frame::Dead)
    }

    fn try_read(&mut self) -> Option<Frame> {
        let mut header = String::new();
        self.from_child.read_line(&mut header).ok()?;
        let (kind, count) = header.trim_end().split_once(' ')?;
        let mut bytes = vec![0; count.parse().ok()?];
        self.from_child.read_exact(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Some(match kind {
            "C" => Frame::Call(super::list::split(&text)?),
            "R" => {
                let mut parts = super::list::split(&text)?.into_iter();
                let code = parts.next()?.parse().ok()?;
                Frame::Done { code, result: parts.next()?, trace: parts.next()? }
            }
            "P" => Frame::Print(text),
            "X" => Frame::Exit(text.trim().parse().unwrap_or(1)),
            _ => Frame::Dead,
        })
    }

    /// Sends `kind` (`0` result, `1` error, `E` evaluate) with its text. A dead child shows at the next read.
    pub(crate) fn send(&mut self, kind: char, text: &str) {
        let mut bytes = format!("{kind} {}\n", text.len()).into_bytes();
        bytes.extend_from_slice(text.as_bytes());
        let _ = self.to_child.write_all(&bytes);
    }
}
