// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit new`: a small project that passes `check` and builds: a static design with one partition and two modules.
//!
//! The Pblock is the smallest legal one of the part (`dfxkit_fabric::suggest`); for a part without known geometry a placeholder
//! is written, which the description and a warning say. Pins are known for one board only. Everything is made in a temporary directory, checked there,
//! and moved into place as a whole.
//!
//! JSON: `{"type":"result","project","directory","files":[..]}`.

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::PartName;
use dfxkit_fabric::device::Device;
use dfxkit_fabric::floorplan::{Finding, Severity, analyse};
use dfxkit_fabric::pblock::{PblockSpec, SnappingMode};
use dfxkit_fabric::site::SiteRange;
use dfxkit_fabric::suggest::{Need, Request, suggest};
use serde_json::json;

use super::{CommandResult, Cx, Failure};
use crate::exit::Exit;
use crate::{diag, rules};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Directory to make; its last part names the project
    name: Utf8PathBuf,
    /// The part, with package and speed grade
    #[arg(long, default_value = "xc7z020clg400-1")]
    part: String,
    /// The Vivado release to bind the project to, for instance 2024.2
    #[arg(long, value_name = "RELEASE")]
    vivado: Option<String>,
}

/// Slices that the scaffold's partition gets at least: room to play, still one clock region.
const SLICES: u32 = 400;

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let target = cx.env.cwd.join(&args.name);
    let project = target
        .file_name()
        .filter(|_| !args.name.as_str().ends_with(".."))
        .ok_or_else(|| Failure::usage(format!("`{}` names no directory to make", args.name)))?;
    let occupied = fs_err::read_dir(&target).is_ok_and(|mut entries| entries.next().is_some());
    if occupied || target.is_file() {
        return Err(Failure::input(format!("`{}` exists and is not empty", args.name))
            .help("nothing was changed; choose another name"));
    }
    let (pblock, drawn) = pblock(&args.part);
    let files = files(project, args, &pblock, drawn);

    let cannot = |e: std::io::Error| Failure::environment(format!("cannot make the project: {e}"));
    let parent = target.parent().unwrap_or(Utf8Path::new("/"));
    fs_err::create_dir_all(parent).map_err(cannot)?;
    let scratch = tempfile::Builder::new().prefix(".dfxkit-new-").tempdir_in(parent).map_err(cannot)?;
    let scratch_path = Utf8Path::from_path(scratch.path())
        .ok_or_else(|| Failure::environment("the directory is not UTF-8"))?;
    let made = scratch_path.join("project");
    for (name, text) in &files {
        let path = made.join(name);
        fs_err::create_dir_all(path.parent().unwrap_or(&made)).map_err(cannot)?;
        fs_err::write(path, text).map_err(cannot)?;
    }
    let shown = args.name.join("dfx.toml");
    let checked = rules::check_file(&made.join("dfx.toml"), &shown).map_err(cannot)?;
    if diag::has_errors(&checked.problems) {
        cx.shell.problems(&checked.problems, &checked.sources);
        return Err(Failure::input("with this name, part or release the project would not pass `check`")
            .help("nothing was written"));
    }
    // An empty directory in the way is replaced; anything else was refused above.
    fs_err::rename(&made, &target).map_err(cannot)?;

    if drawn == Drawn::Placeholder {
        cx.shell.warn(format!(
            "no geometry of {} is known here: the Pblock in {shown} is a placeholder, draw it yourself",
            args.part
        ));
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    cx.shell.json(&json!({"type": "result", "project": project, "directory": target, "files": names}));
    cx.shell.out(format!("made {} for {}:", args.name, args.part));
    for name in names {
        cx.shell.out(format!("  {}", args.name.join(name)));
    }
    if !known_board(&args.part) {
        cx.shell.warn(format!(
            "the pins of your board are not known here: write them into {} before you build",
            args.name.join("xdc/pins.xdc")
        ));
    }
    cx.shell.out(format!("next: cd {} && dfxkit check && dfxkit build --vivado sim", args.name));
    Ok(Exit::DONE)
}

/// How good the scaffold's Pblock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drawn {
    /// No legal one has fewer frames.
    Smallest,
    /// Legal; the frames of the die are not public.
    Legal,
    /// Nothing is known of the device.
    Placeholder,
}

/// The smallest legal Pblock, or the best that can be said of the part.
fn pblock(part: &str) -> (PblockSpec, Drawn) {
    let fallback = || {
        let range = SiteRange::new("SLICE", (0, 19), (0, 49));
        (PblockSpec::new("slot", vec![range]), Drawn::Placeholder)
    };
    let Ok(device) = Device::of_part(part) else { return fallback() };
    let need = Need { slice: SLICES, ..Need::default() };
    let answer = suggest(&device, &[Request { name: "slot".to_owned(), need }], &[]);
    if let Some(found) = answer.ok().and_then(|a| a.partitions.into_iter().next()) {
        return (found.pblock, Drawn::Smallest);
    }
    let free_of_findings = |pblock: &PblockSpec| {
        let plan = analyse(&device, std::slice::from_ref(pblock));
        let p = &plan.partitions[0];
        p.resources.slice >= SLICES && p.findings.iter().all(|f| f.severity() == Severity::Note)
    };
    // The first place, from the lower left, where nothing is wrong.
    let candidates = (0..8_u32).flat_map(|row| {
        (0..200_u32).flat_map(move |x| {
            (7..14_u32).map(move |width| {
                let y = row * 60;
                let range = SiteRange::new("SLICE", (x, x + width), (y + 5, y + 54));
                PblockSpec::new("slot", vec![range])
            })
        })
    });
    candidates
        .map(|p| completed(&device, p))
        .find(free_of_findings)
        .map_or_else(fallback, |p| (p, Drawn::Legal))
}

/// The Pblock with the block RAM and DSP columns that lie in it.
fn completed(device: &Device, mut pblock: PblockSpec) -> PblockSpec {
    let plan = analyse(device, std::slice::from_ref(&pblock));
    for finding in &plan.partitions[0].findings {
        let Finding::UnrangedSiteType { range, .. } = finding else { continue };
        if range.type_name == "RAMB36" {
            // RAMB36 row Y holds the RAMB18 rows 2Y and 2Y+1.
            let halves = (range.y0 * 2, range.y1 * 2 + 1);
            pblock.ranges.push(SiteRange::new("RAMB18", (range.x0, range.x1), halves));
        }
        pblock.ranges.push(range.clone());
    }
    pblock
}

/// True for the part whose pins the scaffold knows.
fn known_board(part: &str) -> bool {
    PartName::parse(part).is_ok_and(|p| p.core() == "7z020" && p.package() == Some("clg400"))
}

fn files(project: &str, args: &Args, pblock: &PblockSpec, drawn: Drawn) -> Vec<(&'static str, String)> {
    let pins = if known_board(&args.part) {
        include_str!("../../templates/new/pins-xc7z020clg400.xdc")
    } else {
        include_str!("../../templates/new/pins.xdc")
    };
    vec![
        ("dfx.toml", description(project, args, pblock, drawn)),
        ("rtl/static/top.v", include_str!("../../templates/new/top.v").to_owned()),
        ("rtl/count_up/slot.v", include_str!("../../templates/new/count_up.v").to_owned()),
        ("rtl/count_down/slot.v", include_str!("../../templates/new/count_down.v").to_owned()),
        ("xdc/pins.xdc", pins.to_owned()),
        (".gitignore", include_str!("../../templates/new/gitignore").to_owned()),
        (".gitattributes", include_str!("../../templates/new/gitattributes").to_owned()),
    ]
}

fn description(project: &str, args: &Args, pblock: &PblockSpec, drawn: Drawn) -> String {
    let vivado = match &args.vivado {
        Some(release) => format!("vivado = {}", quoted(release)),
        None => "# vivado = \"2024.2\"   # bind the project to a release before it is shipped".to_owned(),
    };
    let comment = match drawn {
        Drawn::Smallest => "# The smallest legal Pblock of the part; `dfxkit floorplan` shows what it holds.",
        Drawn::Legal => {
            "# A legal Pblock of the part; whether it is the smallest cannot be told (its frames are not public)."
        }
        Drawn::Placeholder => {
            "# NOT CHECKED: no geometry of this part is known to dfxkit. Draw the Pblock in Vivado and write its ranges here."
        }
    };
    let mut properties = String::new();
    if pblock.snapping_mode == Some(SnappingMode::On) {
        properties.push_str("snapping-mode = \"on\"\n");
    }
    if pblock.reset_after_reconfig == Some(true) {
        properties.push_str("reset-after-reconfig = true\n");
    }
    let ranges: Vec<String> = pblock.ranges.iter().map(|r| format!("  \"{r}\",")).collect();
    // The texts of the user come last: what they hold is not looked at again.
    include_str!("../../templates/new/dfx.toml.in")
        .replace("@COMMENT@", comment)
        .replace("@RANGES@", &ranges.join("\n"))
        .replace("@PROPERTIES@", &properties)
        .replace("@VIVADO@", &vivado)
        .replace("@PART@", &quoted(&args.part))
        .replace("@NAME@", &quoted(project))
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
