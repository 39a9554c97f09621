// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit bit frames`: the frames that a file writes, in the order of a full bitstream. Rows are counted from the bottom of the die, columns
//! from the left; in block type 1 columns are counted over block RAM columns alone.

use camino::Utf8PathBuf;
use dfxkit_fabric::device::{BlockType, FrameAddress};
use serde_json::json;

use super::{PartArg, bytes, parse};
use crate::cli::{CommandResult, Cx, Failure};
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A bitstream, .bit or .bin
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,
    /// Print the number of frames alone
    #[arg(long)]
    count: bool,
    #[command(flatten)]
    part: PartArg,
}

pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let bytes = bytes(cx, &args.file)?;
    let bits = parse(&args.file, &bytes, &args.part)?;
    let Some((die, map)) = bits.die().and_then(|d| d.frame_map().map(|m| (d, m))) else {
        let failure = Failure::input(format!("{}: the frames of this device are not known", args.file));
        return Err(bits.notes().iter().fold(failure, |f, n| f.note(n.to_string())));
    };
    if bits.is_encrypted() {
        return Err(Failure::input(format!(
            "{}: the data is encrypted, its frames cannot be told",
            args.file
        )));
    }
    let set = bits.written();
    if bits.streams() > 1 {
        cx.shell.warn(format!(
            "{}: {} dies; the frames of the first stream are listed",
            args.file,
            bits.streams()
        ));
    }
    let device = bits.device().map(|d| d.name());
    if args.count {
        cx.shell.json(&json!({"file": args.file, "device": device, "frames": set.len()}));
        cx.shell.out(set.len().to_string());
        return Ok(Exit::DONE);
    }
    if cx.shell.is_json() {
        let one = |a: FrameAddress| json!({"type": a.block.number(), "row": a.row, "column": a.column, "minor": a.minor});
        let frames: Vec<_> = set.iter().filter_map(|i| map.address(i)).map(one).collect();
        cx.shell.json(&json!({"file": args.file, "device": device, "frames": frames}));
        return Ok(Exit::DONE);
    }
    cx.shell.out(format!("{}: {} frames of {}", args.file, set.len(), die.name()));
    // One line a column.
    for block in [BlockType::Fabric, BlockType::BramContent] {
        for row in 0..die.rows() {
            let columns = if block == BlockType::Fabric {
                die.columns_in_row(row)
            } else {
                die.bram_columns(row).count()
            };
            for column in 0..columns {
                let frames = map.column_frames(block, row, column);
                let written = frames.clone().filter(|&i| set.contains(i)).count();
                if written == 0 {
                    continue;
                }
                let address = FrameAddress { block, row: row as u16, column: column as u16, minor: 0 };
                let at = die.fabric_column(address);
                let kind = at.and_then(|c| die.kind_at(row, c)).map_or("", |k| k.id());
                let region = at.and_then(|c| die.clock_region(row, c)).unwrap_or_default();
                cx.shell.out(format!(
                    "type {} row {row} column {column:<3} {kind:<12} {region:<5} {written} of {} frames",
                    block.number(),
                    frames.len()
                ));
            }
        }
    }
    Ok(Exit::DONE)
}
