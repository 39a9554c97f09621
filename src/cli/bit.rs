// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit bit`: bitstreams of anybody's, read, compared and converted. Needs no Vivado and no dfx.toml.
//!
//! `info` and `frames` say what is in a file; `prove` and `match` judge files against each other (exit 4 unless the answer is
//! `proven` or `match`: what is unknown is not passed); `to-bin` writes raw data in the byte order of the target.

mod frames;
mod info;
mod judge;
mod to_bin;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::codec::{Bitstream, ContainerError, ReadError};

use super::{CommandResult, Cx, Failure};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// What a file is: design, part, tool, kind, CRC, frames
    Info(info::Args),
    /// The frames that a file writes
    Frames(frames::Args),
    /// Prove that a child is its parent with the partials loaded, and nothing else
    Prove(judge::ProveArgs),
    /// Tell whether partials belong to a static, from the files alone
    Match(judge::MatchArgs),
    /// Write raw configuration data in the byte order of the target
    ToBin(to_bin::Args),
}

/// The part, for files that do not name one.
#[derive(Debug, clap::Args)]
struct PartArg {
    /// Part of the files; without it, what the header says, or the IDCODE
    #[arg(long, value_name = "PART")]
    part: Option<String>,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    match &args.command {
        Command::Info(a) => info::run(cx, a),
        Command::Frames(a) => frames::run(cx, a),
        Command::Prove(a) => judge::prove(cx, a),
        Command::Match(a) => judge::match_static(cx, a),
        Command::ToBin(a) => to_bin::run(cx, a),
    }
}

/// A file's bytes; its name is in the error.
fn bytes(cx: &Cx, path: &Utf8Path) -> Result<Vec<u8>, Failure> {
    fs_err::read(cx.env.cwd.join(path)).map_err(|e| Failure::input(e.to_string()))
}

/// A file read as a bitstream.
fn parse<'a>(path: &Utf8Path, bytes: &'a [u8], part: &PartArg) -> Result<Bitstream<'a>, Failure> {
    Bitstream::parse_as(bytes, part.part.as_deref()).map_err(|e| {
        let failure = Failure::input(format!("{path}: {e}"));
        match e {
            ReadError::Container(ContainerError::Gzip) => failure.help(format!("gunzip --keep {path}")),
            _ => failure,
        }
    })
}

/// Several files, read into memory.
struct Files {
    paths: Vec<Utf8PathBuf>,
    bytes: Vec<Vec<u8>>,
}

impl Files {
    fn read<'p>(cx: &Cx, paths: impl IntoIterator<Item = &'p Utf8PathBuf>) -> Result<Self, Failure> {
        let paths: Vec<_> = paths.into_iter().cloned().collect();
        let bytes = paths.iter().map(|p| bytes(cx, p)).collect::<Result<_, _>>()?;
        Ok(Self { paths, bytes })
    }

    fn parse(&self, part: &PartArg) -> Result<Vec<Bitstream<'_>>, Failure> {
        self.paths.iter().zip(&self.bytes).map(|(p, b)| parse(p, b, part)).collect()
    }
}
