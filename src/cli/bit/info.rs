// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit bit info`: one object a file. A file that cannot be read is named with its reason, the others are still read, and the exit code is 1.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::codec::{Bitstream, CrcCheck, Header, Kind};
use dfxkit_fabric::device::Die;
use serde_json::{Value, json};

use super::{PartArg, bytes, parse};
use crate::cli::{CommandResult, Cx, Failure};
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Bitstreams, .bit or .bin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<Utf8PathBuf>,
    #[command(flatten)]
    part: PartArg,
}

pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let mut exit = Exit::DONE;
    for path in &args.files {
        if let Err(failure) = one(cx, path, &args.part) {
            exit = failure.exit;
            if cx.shell.is_json() {
                cx.shell.json(&json!({"file": path, "error": failure.message, "help": failure.help}));
            } else {
                cx.shell.failure(&failure);
            }
        }
    }
    Ok(exit)
}

fn one(cx: &Cx, path: &Utf8Path, part: &PartArg) -> Result<(), Failure> {
    let bytes = bytes(cx, path)?;
    let bits = parse(path, &bytes, part)?;
    cx.shell.json(&object(path, &bits));
    cx.shell.out(text(path, &bits));
    Ok(())
}

fn object(path: &Utf8Path, b: &Bitstream<'_>) -> Value {
    let h = b.header();
    let field = |f: fn(&Header<'_>) -> String| h.map(f);
    let frames = b.die().filter(|_| !b.is_encrypted()).map(|_| b.written().len());
    json!({
        "file": path,
        "design": field(|h| h.design().to_owned()),
        "part": b.part(),
        "date": field(|h| h.date.to_owned()),
        "time": field(|h| h.time.to_owned()),
        "user_id": h.and_then(|h| h.user_id()),
        "partial": b.kind().map(|k| k != Kind::Full),
        "clear": b.kind().map(|k| k == Kind::Clear),
        "compressed": b.is_compressed(),
        "encrypted": b.is_encrypted(),
        "vivado": h.and_then(|h| h.version()),
        "family": b.family().map(|f| f.id()),
        "idcode": b.idcodes().first().map(|i| format!("0x{i:08x}")),
        "crc": crc(b),
        "words": b.fdri_words(),
        "frames": frames,
        "blocks": blocks(b),
        "device": b.device().map(|d| d.name()),
        "byte_order": b.order().id(),
        "sections": b.sections().len(),
        "dies": b.streams(),
        "reset_after_reconfig": b.reset_map().is_some(),
        "attributes": h.map(|h| h.attributes().map(|(k, v)| (k.to_owned(), json!(v))).collect::<serde_json::Map<_, _>>()),
        "notes": b.notes().iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// `ok` is null when nothing was checked.
fn crc(b: &Bitstream<'_>) -> Value {
    let differing: Vec<Value> = b
        .crc()
        .iter()
        .filter(|c| !CrcCheck::agrees(c))
        .map(|c| json!({"offset": c.at, "stored": format!("{:08x}", c.stored), "computed": format!("{:08x}", c.computed)}))
        .collect();
    json!({"checked": b.crc().len(), "ok": b.crc_ok(), "differing": differing})
}

/// Runs of frames written, each with the address of its first.
fn blocks(b: &Bitstream<'_>) -> Vec<Value> {
    let Some((die, map)) = b.die().and_then(|d| d.frame_map().map(|m| (d, m))) else { return Vec::new() };
    let block = |run: std::ops::Range<usize>| {
        let a = map.address(run.start)?;
        Some(json!({
            "type": a.block.number(), "row": a.row, "column": a.column, "minor": a.minor,
            "far": die.encode(a).map(|f| format!("0x{f:08x}")), "frames": run.len(),
        }))
    };
    b.written().runs().filter_map(block).collect()
}

fn text(path: &Utf8Path, b: &Bitstream<'_>) -> String {
    let kind = match b.kind() {
        Some(Kind::Full) => "full",
        Some(Kind::Partial) => "partial",
        Some(Kind::Clear) => "clearing",
        None => "of unknown kind",
    };
    let mut marks = vec![kind];
    let marked = [
        (b.is_compressed(), "compressed"),
        (b.is_encrypted(), "encrypted"),
        (b.is_debug(), "debug"),
        (b.reset_map().is_some(), "RESET_AFTER_RECONFIG"),
    ];
    marks.extend(marked.into_iter().filter(|m| m.0).map(|m| m.1));
    let mut s = format!("{path}: {} bitstream", marks.join(", "));
    let mut line = |key: &str, value: String| {
        let _ = write!(s, "\n  {key:<9} {value}");
    };
    if let Some(h) = b.header() {
        line("design", h.design().to_owned());
        line(
            "made",
            format!("{} {} by Vivado {}", h.date, h.time, h.version().unwrap_or("(release unknown)")),
        );
        line("user id", h.user_id().unwrap_or("none").to_owned());
    }
    let family = b.family().map_or("family unknown".to_owned(), |f| f.to_string());
    let die = b.die().map_or(String::new(), |d| format!(", die {}", d.name()));
    line(
        "part",
        format!("{} ({family}{die})", b.part().or(b.device().map(|d| d.name())).unwrap_or("unknown")),
    );
    line("idcode", b.idcodes().first().map_or("none".to_owned(), |i| format!("0x{i:08x}")));
    line(
        "crc",
        match (b.crc_ok(), b.crc().len()) {
            (Some(true), n) => format!("{n} of {n} agree"),
            (Some(false), n) => {
                let agree = b.crc().iter().filter(|c| c.agrees()).count();
                format!("{agree} of {n} agree: the file is damaged, or of a kind whose CRC is not known")
            }
            (None, _) => "not checked: the file has no CRC word that can be read".to_owned(),
        },
    );
    line("order", b.order().id().to_owned());
    let all = b.die().and_then(Die::frame_map).map(|m| m.len());
    line(
        "frames",
        match all {
            Some(n) if !b.is_encrypted() => {
                let dies = match b.streams() {
                    1 => String::new(),
                    d => format!(" in the first of {d} dies"),
                };
                format!("{} of {n} written{dies}, {} FDRI words", b.written().len(), b.fdri_words())
            }
            _ => format!("unknown, {} FDRI words", b.fdri_words()),
        },
    );
    for note in b.notes() {
        line("note", note.to_string());
    }
    s
}
