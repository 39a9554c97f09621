// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit floorplan`: resources, frames, sizes and findings of the Pblocks, a picture, and suggestions. Needs no Vivado.
//!
//! The Pblocks come from the description (its own ranges, or the static's constraint files) or from any constraint files with
//! `--xdc FILE --part PART`. JSON: one object `{"type":"result","device","family","partitions":[{"name","resources","drawn","snapped","frames",
//! "partial_bytes","partial_bytes_kind","partial_bytes_range","load_ms":{port: ms},"findings":[{"code","severity","message",
//! "help","source"}],"forecast":[..]}],"bitstreams":[{"file","frames","inside":{name: frames},
//! "outside"}],"without_pblock":[..],"not_partitions":[{"name","reason"}],"unread":[{"file","line","column","command","reason"}]}`; `partial_bytes` is null when nothing can be said.
//! With `--suggest` a further object `{"type":"suggestion","proven","suggestions":[..]}`. Exit 1 when a finding is an error.

mod input;
mod output;
mod suggestion;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::codec::Bitstream;
use dfxkit_fabric::device::FrameAddress;
use dfxkit_fabric::floorplan::{Finding, Floorplan, Forecast, Severity, analyse, forecast};
use dfxkit_fabric::svg::{Overlay, draw};

use super::{CommandResult, Cx, Failure};
use crate::exit::Exit;
use input::Input;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Read the Pblocks from a constraint file instead of the description (repeatable)
    #[arg(long, value_name = "FILE", requires = "part")]
    xdc: Vec<Utf8PathBuf>,
    /// The part, when no description is read
    #[arg(long, value_name = "PART")]
    part: Option<String>,
    /// Draw the floorplan, with --suggest the suggested one (- for stdout)
    #[arg(long, value_name = "FILE")]
    svg: Option<Utf8PathBuf>,
    /// Compare the frames that a bitstream writes with the Pblocks, and draw them (repeatable)
    #[arg(long = "bit", value_name = "FILE")]
    bits: Vec<Utf8PathBuf>,
    /// Forecast a module's text report of report_utilization against its Pblock (repeatable)
    #[arg(long = "report", value_name = "NAME=FILE")]
    reports: Vec<String>,
    /// Find the legal Pblocks with the fewest frames, for --need and --report
    #[arg(long)]
    suggest: bool,
    /// What a partition must have; keys: slice, lut, ff, bram, ramb18, dsp, uram (repeatable)
    #[arg(long = "need", value_name = "NAME:KEY=N,..", requires = "suggest")]
    needs: Vec<String>,
    /// Largest share of LUTs and flip-flops that a suggested Pblock may be filled to
    #[arg(long, value_name = "PERCENT", default_value_t = 80, value_parser = clap::value_parser!(u32).range(1..=100))]
    fill: u32,
}

/// What a bitstream writes, against the Pblocks.
struct Written {
    file: Utf8PathBuf,
    frames: Vec<FrameAddress>,
    /// Frames in each partition, in the order of the partitions.
    inside: Vec<usize>,
    /// Frames in no Pblock.
    outside: usize,
}

/// A module's needs against its partition.
struct Fit {
    module: String,
    list: Vec<Forecast>,
    findings: Vec<Finding>,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let input = input::gather(cx, args)?;
    let plan = analyse(&input.device, &input.specs);
    let written: Vec<Written> = args.bits.iter().map(|b| read_bit(cx, b, &plan)).collect::<Result<_, _>>()?;
    let fits = fits(&input, &plan);
    output::print(cx, &input, &plan, &written, &fits);
    let suggested = if args.suggest { Some(suggestion::run(cx, args, &input)?) } else { None };
    if let Some(path) = &args.svg {
        let overlays: Vec<Overlay> = written
            .iter()
            .map(|w| Overlay {
                label: w.file.file_name().unwrap_or(w.file.as_str()).to_owned(),
                frames: w.frames.clone(),
            })
            .collect();
        save(cx, path, &draw(suggested.as_ref().unwrap_or(&plan), &overlays))?;
    }
    let all = plan
        .partitions
        .iter()
        .flat_map(|p| &p.findings)
        .chain(fits.iter().flatten().flat_map(|f| &f.findings));
    let refused = all.into_iter().any(|f| f.severity() == Severity::Error);
    Ok(if refused { Exit::INPUT } else { Exit::DONE })
}

fn save(cx: &Cx, path: &Utf8Path, svg: &str) -> Result<(), Failure> {
    if path == "-" {
        cx.shell.raw_out(svg.trim_end());
        return Ok(());
    }
    crate::atomic::write(&cx.env.cwd.join(path), svg.as_bytes())
        .map_err(|e| Failure::environment(format!("cannot write {path}: {e}")))?;
    cx.shell.status("Drawn", path);
    Ok(())
}

fn read_bit(cx: &Cx, path: &Utf8Path, plan: &Floorplan) -> Result<Written, Failure> {
    let bytes = fs_err::read(cx.env.cwd.join(path)).map_err(|e| Failure::input(e.to_string()))?;
    let part = plan.device.name();
    let bit = Bitstream::parse_as(&bytes, Some(part)).map_err(|e| Failure::input(format!("{path}: {e}")))?;
    let Some(map) = bit.die().and_then(|d| d.frame_map()) else {
        return Err(Failure::input(format!(
            "{path}: its frames cannot be told: no public frame map of {part}"
        )));
    };
    let other = bit.header().map(|h| h.part.to_owned()).filter(|h| !h.is_empty() && !same_device(h, part));
    if let Some(other) = other {
        return Err(Failure::input(format!("{path} is for {other}, and the floorplan is one of {part}")));
    }
    let set = bit.written();
    let frames: Vec<FrameAddress> = set.iter().filter_map(|i| map.address(i)).collect();
    let inside: Vec<usize> =
        plan.partitions.iter().map(|p| frames.iter().filter(|f| p.frames.contains(**f)).count()).collect();
    let outside = frames.iter().filter(|f| !plan.partitions.iter().any(|p| p.frames.contains(**f))).count();
    Ok(Written { file: path.to_owned(), frames, inside, outside })
}

/// Do two part strings name devices of one die?
fn same_device(a: &str, b: &str) -> bool {
    use dfxkit_fabric::device::Device;
    match (Device::of_part(a), Device::of_part(b)) {
        (Ok(a), Ok(b)) => a.slrs().iter().map(|d| d.name()).eq(b.slrs().iter().map(|d| d.name())),
        _ => true, // Not known: no reason to refuse.
    }
}

/// By partition: the modules with a report.
fn fits(input: &Input, plan: &Floorplan) -> Vec<Vec<Fit>> {
    plan.partitions
        .iter()
        .map(|p| {
            let of = input.reports.iter().filter(|r| r.partition == p.name);
            of.map(|r| {
                let (list, findings) = forecast(p, &r.module, &r.used);
                Fit { module: r.module.clone(), list, findings }
            })
            .collect()
        })
        .collect()
}
