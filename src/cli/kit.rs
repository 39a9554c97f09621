// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit kit`: write, look at, verify and unpack bitstream kits.

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_handoff::kit::{
    KitError as FormatError, Limits, Manifest, SIGNATURE, Verdict, Verification, unpack_into, verify,
};
use serde_json::json;

use super::{CommandResult, Cx, Failure, built};
use crate::design::Design;
use crate::exit::Exit;
use crate::kit::{Care, Change, KitError, KitInput, Written, check_signature, compare, examine, write};
use crate::plan::layout::Layout;
use crate::spec::model::KitFormat;
use crate::vcs::GitState;

mod package;
mod show;
mod sign;

pub(super) use sign::sign_configured;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write the kit of the finished build: a directory, and its archive beside it
    Build {
        /// Directory of the kit; by default build/kit/NAME-VERSION
        #[arg(long, short, value_name = "DIR")]
        output: Option<Utf8PathBuf>,
        /// Write no archive
        #[arg(long)]
        no_archive: bool,
        /// Also write a Debian package beside it: images in /lib/firmware, dfx-mgr's tree in /lib/firmware/xilinx
        #[arg(long)]
        deb: bool,
        /// Who answers for the package, NAME <MAIL>; by default DEBFULLNAME and DEBEMAIL say
        #[arg(long, value_name = "NAME", requires = "deb")]
        maintainer: Option<String>,
        /// Sign a SIMULATED kit too, where kit.signing-key is set; the signature says so
        #[arg(long)]
        allow_simulated: bool,
    },
    /// Print what a kit holds
    Inspect {
        /// Directory, .tar or .tar.zst
        kit: Utf8PathBuf,
    },
    /// Check every byte of a kit, and repeat the verdicts of its gates
    Verify {
        /// Directory, .tar or .tar.zst
        kit: Utf8PathBuf,
        /// Check its signature too, with this public key (minisign); a kit without one is refused
        #[arg(long, value_name = "FILE")]
        public_key: Option<Utf8PathBuf>,
    },
    /// Compare two kits: what a device or its software would notice, and whether there is anything to release
    Diff {
        /// Directory, .tar or .tar.zst
        before: Utf8PathBuf,
        /// Directory, .tar or .tar.zst
        after: Utf8PathBuf,
    },
    /// Sign a kit that verifies, with the minisign program
    Sign {
        /// Directory, .tar or .tar.zst
        kit: Utf8PathBuf,
        /// Secret key (minisign)
        #[arg(long, value_name = "FILE")]
        key: Utf8PathBuf,
        /// Sign a SIMULATED kit; the signature says so
        #[arg(long)]
        allow_simulated: bool,
    },
    /// Write a Debian package: images in /lib/firmware, dfx-mgr's tree in /lib/firmware/xilinx
    Deb {
        /// Directory, .tar or .tar.zst
        kit: Utf8PathBuf,
        /// The package
        #[arg(long, short, value_name = "FILE.deb")]
        output: Utf8PathBuf,
        /// Who answers for it: NAME <MAIL>
        #[arg(long, value_name = "NAME")]
        maintainer: String,
    },
    /// Print the bill of materials of a kit (CycloneDX JSON): images, IP cores with versions, tools
    Sbom {
        /// Directory, .tar or .tar.zst
        kit: Utf8PathBuf,
        /// Directory of the sources, to name their commit
        #[arg(long, value_name = "DIR")]
        sources: Option<Utf8PathBuf>,
    },
    /// Verify an archive and unpack it
    Unpack {
        /// .tar or .tar.zst
        kit: Utf8PathBuf,
        /// New directory; by default the archive's name without its ending
        #[arg(long, short, value_name = "DIR")]
        output: Option<Utf8PathBuf>,
    },
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    match &args.command {
        Command::Build { output, no_archive, deb, maintainer, allow_simulated } => {
            let package = deb.then(|| package::maintainer(cx, maintainer.as_deref())).transpose()?;
            build(cx, output.as_deref(), !no_archive, package.as_deref(), *allow_simulated)
        }
        Command::Inspect { kit } => inspect(cx, kit),
        Command::Verify { kit, public_key } => check(cx, kit, public_key.as_deref()),
        Command::Diff { before, after } => diff(cx, before, after),
        Command::Sign { kit, key, allow_simulated } => sign::sign(cx, kit, key, *allow_simulated),
        Command::Deb { kit, output, maintainer } => package::deb(cx, kit, output, maintainer),
        Command::Sbom { kit, sources } => package::sbom(cx, kit, sources.as_deref()),
        Command::Unpack { kit, output } => unpack(cx, kit, output.as_deref()),
    }
}

fn build(
    cx: &mut Cx,
    output: Option<&Utf8Path>,
    archive: bool,
    maintainer: Option<&str>,
    allow_simulated: bool,
) -> CommandResult {
    let current = built::current(cx)?;
    let dir = output.map_or_else(|| Layout::of(&current.design).kit(), |dir| cx.env.cwd.join(dir));
    let written = write_kit(cx, &current.artifacts, &Choice::of(&current.design), &dir, archive)?;
    let signed = sign_configured(cx, &current.design, &written.dir, allow_simulated)?;
    let package = maintainer.map(|m| package::beside(cx, &written, m)).transpose()?;
    report(cx, &written, &signed, package.as_deref())
}

/// What a kit is made of beside a build's files.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    formats: Vec<KitFormat>,
    care: Care,
    sources: Option<GitState>,
}

impl Choice {
    /// As a description says, with the commit that it stands at.
    pub(super) fn of(design: &Design) -> Self {
        Self {
            formats: design.spec.kit.formats.clone(),
            care: Care::of(design),
            sources: crate::vcs::git_state(&design.root),
        }
    }

    /// Of files that no description is known for.
    pub(super) fn of_formats(formats: Vec<KitFormat>) -> Self {
        Self { formats, care: Care::default(), sources: None }
    }
}

/// Writes a kit with the environment's SOURCE_DATE_EPOCH: also for `adopt` and `update`.
pub(super) fn write_kit(
    cx: &Cx,
    artifacts: &crate::artifacts::Artifacts,
    choice: &Choice,
    dir: &Utf8Path,
    archive: bool,
) -> Result<Written, Failure> {
    let mtime = match cx.env.var("SOURCE_DATE_EPOCH") {
        None => 0,
        Some(text) => text.parse().map_err(|_| {
            Failure::environment(format!("SOURCE_DATE_EPOCH is \"{text}\", expected seconds since 1970"))
        })?,
    };
    let input = KitInput {
        care: choice.care.clone(),
        sources: choice.sources.clone(),
        archive,
        mtime,
        ..KitInput::new(artifacts, &choice.formats)
    };
    write(&input, dir).map_err(|e| failure(&e))
}

/// Says what was written, and refuses by exit code what a gate refused.
fn report(cx: &Cx, written: &Written, signed: &[Utf8PathBuf], package: Option<&Utf8Path>) -> CommandResult {
    let v = &written.verification;
    let verb = match written.change {
        Change::Created => "Created",
        Change::Unchanged => "Unchanged",
        Change::Replaced => "Replaced",
    };
    cx.shell.status(verb, format!("kit {}: {} files, {} bytes", written.dir, v.files, v.bytes));
    if let Some(archive) = &written.archive {
        cx.shell.status("Archive", archive.as_str());
    }
    if written.change == Change::Replaced && written.same_payloads {
        cx.shell.status(
            "Identical",
            "the configuration data of every image is as before: nothing new to release",
        );
    }
    marks(cx, v);
    cx.shell.json(&json!({
        "type": "result", "kit": written.dir, "archive": written.archive, "change": written.change,
        "same_payloads": written.same_payloads, "verdict": v.verdict, "simulated": v.simulated,
        "static_identity": v.static_identity, "files": v.files, "bytes": v.bytes, "signatures": signed, "package": package,
    }));
    Ok(code(v.verdict))
}

/// Warnings that must not be overlooked.
fn marks(cx: &Cx, v: &Verification) {
    if v.simulated == Some(true) {
        cx.shell.warn("SIMULATED: the stand-in made these images; they configure no device");
    }
    if v.is_whole() && v.verdict != Verdict::Passed {
        cx.shell.warn(format!("the gates of this kit say \"{}\"; the kit is marked so", v.verdict));
    }
}

fn code(verdict: Verdict) -> u8 {
    if verdict == Verdict::Refused { Exit::GATE } else { Exit::DONE }
}

fn read(cx: &Cx, kit: &Utf8Path) -> Result<Verification, Failure> {
    verify(cx.env.cwd.join(kit).as_std_path(), &Limits::default())
        .map_err(|e| Failure::input(format!("{kit}: {e}")))
}

fn check(cx: &mut Cx, kit: &Utf8Path, public_key: Option<&Utf8Path>) -> CommandResult {
    let mut v = read(cx, kit)?;
    examine_images(cx, kit, &mut v).map_err(|e| Failure::environment(e.to_string()))?;
    if let Some(key) = public_key {
        v.add(check_signature(&cx.env.cwd.join(kit), &cx.env.cwd.join(key)).map_err(Failure::input)?);
    }
    cx.shell.json(&v);
    cx.shell.out(format!(
        "{kit}: {}{}{}",
        v.verdict,
        v.kit.as_ref().map_or_else(String::new, |k| format!(" ({k})")),
        if v.simulated == Some(true) { " SIMULATED" } else { "" }
    ));
    for part in &v.parts {
        cx.shell.out(format!("  {:<8} {}: {}", part.verdict.to_string(), part.name, part.detail));
    }
    for path in &v.ignored {
        if path != SIGNATURE {
            cx.shell.out(format!("  ignored  {path}: made by building the loader, not part of the kit"));
        } else if public_key.is_none() {
            cx.shell.out(format!("  ignored  {path}: a signature, not checked without --public-key"));
        }
    }
    if !cx.shell.is_json() {
        marks(cx, &v);
    }
    Ok(code(v.verdict))
}

/// Reads the images of a kit that is whole; those of an archive are unpacked for it.
fn examine_images(cx: &Cx, kit: &Utf8Path, v: &mut Verification) -> std::io::Result<()> {
    let Some(manifest) = v.manifest.clone() else { return Ok(()) };
    let path = cx.env.cwd.join(kit);
    if path.is_dir() {
        v.add(examine(&path, &manifest)?);
        return Ok(());
    }
    let draft = tempfile::tempdir()?;
    unpack_into(path.as_std_path(), draft.path(), &Limits::default())
        .map_err(|e| std::io::Error::other(e.to_string()))?;
    let dir = Utf8Path::from_path(draft.path())
        .ok_or_else(|| std::io::Error::other("the temporary directory has no UTF-8 name"))?;
    v.add(examine(dir, &manifest)?);
    Ok(())
}

/// The manifest of a kit that is whole.
fn whole<'v>(kit: &Utf8Path, v: &'v Verification) -> Result<&'v Manifest, Failure> {
    v.manifest.as_ref().ok_or_else(|| {
        let why: Vec<&str> =
            v.parts.iter().filter(|p| p.verdict == Verdict::Refused).map(|p| p.detail.as_str()).collect();
        Failure::gate(format!("{kit} is not whole, so nothing of it is shown: {}", why.join("; ")))
    })
}

fn diff(cx: &mut Cx, before: &Utf8Path, after: &Utf8Path) -> CommandResult {
    let (a, b) = (read(cx, before)?, read(cx, after)?);
    let found = compare(whole(before, &a)?, whole(after, &b)?);
    cx.shell.json(&json!({
        "before": before, "after": after, "same_payloads": found.same_payloads, "changes": found.changes,
    }));
    if !cx.shell.is_json() {
        for c in &found.changes {
            let side = |v: &Option<String>| v.clone().unwrap_or_else(|| "(none)".to_owned());
            let about = json!(c.about);
            cx.shell.out(format!(
                "{:<9} {}: {} -> {}",
                about.as_str().unwrap_or_default(),
                c.name,
                side(&c.before),
                side(&c.after)
            ));
        }
        cx.shell.out(if found.same_payloads {
            "identical payload, nothing to release"
        } else {
            "the payloads differ"
        });
    }
    Ok(Exit::DONE)
}

fn inspect(cx: &mut Cx, kit: &Utf8Path) -> CommandResult {
    let v = read(cx, kit)?;
    let m = whole(kit, &v)?;
    cx.shell.json(m);
    cx.shell.out(show::text(m).trim_end());
    if !cx.shell.is_json() {
        marks(cx, &v);
    }
    Ok(Exit::DONE)
}

fn unpack(cx: &mut Cx, kit: &Utf8Path, output: Option<&Utf8Path>) -> CommandResult {
    let archive = cx.env.cwd.join(kit);
    let dir = if let Some(dir) = output {
        cx.env.cwd.join(dir)
    } else {
        let name = kit.file_name().unwrap_or("kit");
        let bare = name.strip_suffix(".tar.zst").or_else(|| name.strip_suffix(".tar"));
        cx.env.cwd.join(bare.ok_or_else(|| {
            Failure::usage(format!("{kit} ends neither in .tar nor in .tar.zst"))
                .help("name the new directory with -o")
        })?)
    };
    if dir.symlink_metadata().is_ok() {
        return Err(Failure::input(format!("{dir} exists; nothing was unpacked"))
            .help("name a new directory with -o"));
    }
    if !archive.is_file() {
        return Err(Failure::input(format!("{kit} is not a file")));
    }
    // Unpacked under another name first: a kit that is not whole never gets its own.
    let environment = |e: std::io::Error| Failure::environment(e.to_string());
    let parent = dir.parent().unwrap_or(&cx.env.cwd);
    fs_err::create_dir_all(parent).map_err(environment)?;
    let draft = tempfile::Builder::new().prefix(".dfxkit-unpack-").tempdir_in(parent).map_err(environment)?;
    let v = unpack_into(archive.as_std_path(), draft.path(), &Limits::default()).map_err(|e| match e {
        FormatError::Io(_) => Failure::environment(format!("{kit}: {e}")),
        FormatError::NotAKit { .. } => Failure::input(format!("{kit}: {e}")),
        e => Failure::gate(format!("{kit} is refused, nothing was unpacked: {e}")),
    })?;
    set_ordinary_mode(draft.path()).map_err(environment)?;
    fs_err::rename(draft.path(), &dir).map_err(environment)?;
    crate::atomic::sync_dir(parent).map_err(environment)?;
    // Its directory has another name now.
    let _ = draft.keep();
    cx.shell.status("Unpacked", format!("{dir}: {} files", v.files));
    marks(cx, &v);
    cx.shell.json(&json!({"type": "result", "dir": dir, "verdict": v.verdict, "simulated": v.simulated, "files": v.files}));
    Ok(code(v.verdict))
}

/// Temporary directories are made with mode 700.
fn set_ordinary_mode(dir: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs_err::set_permissions(dir, std::fs::Permissions::from_mode(0o755))
}

/// A kit that could not be written, with the exit code of its cause.
fn failure(error: &KitError) -> Failure {
    let failure = Failure::new(error.exit(), error.to_string());
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}
