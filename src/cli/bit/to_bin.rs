// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit bit to-bin`: raw data for a loader, in the byte order that it takes.

use camino::Utf8PathBuf;
use clap::ValueEnum;
use dfxkit_fabric::codec::{Bitstream, Order, Target, reorder_in_place};
use serde_json::json;

use super::{PartArg, bytes, parse};
use crate::atomic;
use crate::cli::{CommandResult, Cx, Failure};
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A bitstream, .bit or .bin
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,
    /// Where to write; FILE with the extension .bin when left out
    #[arg(long, short = 'o', value_name = "OUT")]
    output: Option<Utf8PathBuf>,
    /// Who loads it; told from the part when left out
    #[arg(long, value_enum, value_name = "TARGET")]
    target: Option<TargetArg>,
    #[command(flatten)]
    part: PartArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TargetArg {
    /// The FPGA manager of Zynq-7000: words reversed
    Zynq,
    /// The FPGA manager of Zynq UltraScale+ and Kria (takes both orders): words reversed
    Zynqmp,
    /// ICAP, MCAP, SelectMAP and others: words as in a .bit file
    Normal,
}

pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let mut bytes = bytes(cx, &args.file)?;
    let bits = parse(&args.file, &bytes, &args.part)?;
    let output = args.output.clone().unwrap_or_else(|| args.file.with_extension("bin"));
    if output == args.file {
        return Err(
            Failure::usage(format!("{output} is the input itself")).help("give another file with --output")
        );
    }
    let order = order(&bits, args)?;
    if bits.crc_ok() == Some(false) {
        cx.shell.warn(format!("{}: a CRC word differs from the data; the device may refuse it", args.file));
    }
    let part = bits.part().or(bits.device().map(|d| d.name())).map(str::to_owned);
    // In place: a large file needs no second buffer.
    let (range, from) = (bits.word_bytes(), bits.order());
    let data = &mut bytes[range];
    reorder_in_place(data, from, order);
    atomic::write(&cx.env.cwd.join(&output), data)
        .map_err(|e| Failure::environment(format!("cannot write {output}: {e}")))?;
    cx.shell.json(&json!({
        "file": args.file, "output": output, "byte_order": order.id(), "bytes": data.len(),
        "part": part,
    }));
    cx.shell.out(format!("{output}: {} bytes, {} order", data.len(), order.id()));
    Ok(Exit::DONE)
}

fn order(bits: &Bitstream<'_>, args: &Args) -> Result<Order, Failure> {
    let target = match args.target {
        Some(TargetArg::Zynq) => Target::Zynq7000,
        Some(TargetArg::Zynqmp) => Target::ZynqMp,
        Some(TargetArg::Normal) => Target::Other,
        None => {
            let part = bits.part().or(bits.device().map(|d| d.name())).ok_or_else(|| {
                Failure::usage(format!(
                    "{}: the part is not known, so the byte order is not, either",
                    args.file
                ))
                .help("give --target, or --part")
            })?;
            Target::of_part(part)
        }
    };
    Ok(target.order())
}
