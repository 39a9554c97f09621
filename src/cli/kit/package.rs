// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What others take a kit as: a Debian package, a bill of materials.

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_handoff::kit::{Limits, Sources, Verdict, unpack_into};
use serde_json::json;

use super::{marks, read, whole};
use crate::cli::{CommandResult, Cx, Failure};
use crate::exit::Exit;
use crate::kit::Written;

/// Prints the bill of materials: the kit's own, or with the commit of another directory.
pub(super) fn sbom(cx: &mut Cx, kit: &Utf8Path, sources: Option<&Utf8Path>) -> CommandResult {
    let v = read(cx, kit)?;
    let mut m = whole(kit, &v)?.clone();
    let environment = |e: std::io::Error| Failure::environment(e.to_string());
    let path = cx.env.cwd.join(kit);
    if let Some(dir) = sources {
        let git = crate::vcs::git_state(&cx.env.cwd.join(dir))
            .ok_or_else(|| Failure::input(format!("git knows no commit of {dir}")))?;
        m.sources = Some(Sources { commit: git.commit, changed: git.dirty });
    }
    let draft = tempfile::tempdir().map_err(environment)?;
    let root = directory(kit, path, &draft)?;
    let document = crate::kit::sbom(&m, &|name| fs_err::read(root.join(name))).map_err(environment)?;
    cx.shell.json(&document);
    if !cx.shell.is_json() {
        cx.shell.out(format!("{document:#}"));
    }
    Ok(Exit::DONE)
}

/// The kit as a directory: itself, or an archive's files in `draft`.
fn directory(kit: &Utf8Path, path: Utf8PathBuf, draft: &tempfile::TempDir) -> Result<Utf8PathBuf, Failure> {
    if path.is_dir() {
        return Ok(path);
    }
    unpack_into(path.as_std_path(), draft.path(), &Limits::default())
        .map_err(|e| Failure::gate(format!("{kit}: {e}")))?;
    Utf8PathBuf::try_from(draft.path().to_owned()).map_err(|e| Failure::environment(e.to_string()))
}

/// Packages a kit that is there.
pub(super) fn deb(cx: &mut Cx, kit: &Utf8Path, output: &Utf8Path, maintainer: &str) -> CommandResult {
    let (verdict, simulated) = package(cx, kit, &cx.env.cwd.join(output), maintainer)?;
    cx.shell.json(&json!({"type": "result", "package": output, "verdict": verdict, "simulated": simulated}));
    Ok(Exit::DONE)
}

/// Packages the kit that was just written: `<package>_<version>_all.deb` beside it.
pub(super) fn beside(cx: &Cx, written: &Written, maintainer: &str) -> Result<Utf8PathBuf, Failure> {
    let v = &written.verification;
    let name = crate::kit::deb_file_name(whole(&written.dir, v)?);
    let output = written.dir.with_file_name(name);
    package(cx, &written.dir, &output, maintainer)?;
    Ok(output)
}

/// Who answers for a package: the option, or what Debian's own tools read.
pub(super) fn maintainer(cx: &Cx, given: Option<&str>) -> Result<String, Failure> {
    if let Some(name) = given {
        return Ok(name.to_owned());
    }
    match (cx.env.var("DEBFULLNAME"), cx.env.var("DEBEMAIL")) {
        (Some(name), Some(mail)) => Ok(format!("{name} <{mail}>")),
        _ => Err(Failure::usage("--deb needs a maintainer".to_owned())
            .help("say --maintainer \"NAME <MAIL>\", or set DEBFULLNAME and DEBEMAIL")),
    }
}

fn package(cx: &Cx, kit: &Utf8Path, output: &Utf8Path, maintainer: &str) -> Result<(Verdict, bool), Failure> {
    let v = read(cx, kit)?;
    let m = whole(kit, &v)?;
    if v.verdict == Verdict::Refused {
        return Err(Failure::gate(format!("{kit} is refused, so it is not packaged"))
            .help("`dfxkit kit verify` says why"));
    }
    let draft = tempfile::tempdir().map_err(|e| Failure::environment(e.to_string()))?;
    let root = directory(kit, cx.env.cwd.join(kit), &draft)?;
    let epoch = cx.env.var("SOURCE_DATE_EPOCH").map_or_else(|| "0".to_owned(), |text| text.to_string());
    crate::kit::deb(&root, m, maintainer, &epoch, output).map_err(|e| match e.kind() {
        std::io::ErrorKind::InvalidInput => {
            Failure::input(format!("{kit}: {e}")).help("put \"fpga-manager\" into kit.formats")
        }
        _ => Failure::environment(e.to_string()),
    })?;
    cx.shell.status("Packaged", output.as_str());
    if !cx.shell.is_json() {
        marks(cx, &v);
    }
    Ok((v.verdict, m.simulated))
}
