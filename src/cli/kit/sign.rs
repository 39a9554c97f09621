// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signing: asked for on the command line, or by `kit.signing-key`.

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_handoff::kit::Verdict;
use serde_json::json;

use super::{examine_images, read, whole};
use crate::cli::{CommandResult, Cx, Failure};
use crate::design::Design;
use crate::exit::Exit;
use crate::kit::{ENDING, signed_file};

/// Signs one kit with the key that the command line names.
pub(super) fn sign(cx: &mut Cx, kit: &Utf8Path, key: &Utf8Path, allow_simulated: bool) -> CommandResult {
    let signed = sign_one(cx, kit, &cx.env.cwd.join(key), allow_simulated)?;
    cx.shell.json(&json!({
        "type": "result", "signature": signed.path, "comment": signed.comment, "simulated": signed.simulated,
    }));
    Ok(Exit::DONE)
}

struct Signed {
    path: Utf8PathBuf,
    comment: String,
    simulated: bool,
}

fn sign_one(cx: &Cx, kit: &Utf8Path, key: &Utf8Path, allow_simulated: bool) -> Result<Signed, Failure> {
    let mut v = read(cx, kit)?;
    examine_images(cx, kit, &mut v).map_err(|e| Failure::environment(e.to_string()))?;
    let m = whole(kit, &v)?;
    if v.verdict == Verdict::Refused {
        return Err(Failure::gate(format!("{kit} is refused, so it is not signed"))
            .help("`dfxkit kit verify` says why"));
    }
    if m.simulated && !allow_simulated {
        return Err(Failure::gate(format!(
            "{kit} is SIMULATED: its images configure no device, so it is not signed"
        ))
        .help("for a trial, say --allow-simulated; the signature's comment says so for ever"));
    }
    let mark = if m.simulated { " SIMULATED" } else { "" };
    let comment =
        format!("{} {} {}{mark} {}", m.project.name, m.project.version, m.verdict, m.fixed.identity);
    let comment: String = comment.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let path = crate::kit::sign(&cx.env.cwd.join(kit), key, &comment).map_err(|e| {
        if e.kind() == std::io::ErrorKind::NotFound {
            Failure::environment("the minisign program is not installed".to_owned())
        } else {
            Failure::new(Exit::TOOL, e.to_string())
        }
    })?;
    cx.shell.status("Signed", path.as_str());
    Ok(Signed { path, comment, simulated: m.simulated })
}

/// Signs the kit at `dir`, and its archive, as `kit.signing-key` says; nothing without that key. A kit that did not change keeps
/// the signature that it has: nobody is asked for a password again. A SIMULATED kit stays unsigned, which is said, unless allowed.
pub(in crate::cli) fn sign_configured(
    cx: &Cx,
    design: &Design,
    dir: &Utf8Path,
    allow_simulated: bool,
) -> Result<Vec<Utf8PathBuf>, Failure> {
    let Some(setting) = &design.spec.kit.signing_key else { return Ok(Vec::new()) };
    let archive = Utf8PathBuf::from(format!("{dir}.tar.zst"));
    let kits = [Some(dir.to_owned()), archive.is_file().then_some(archive)];
    let (done, open): (Vec<_>, Vec<_>) = kits
        .into_iter()
        .flatten()
        .map(|kit| (Utf8PathBuf::from(format!("{}{ENDING}", signed_file(&kit))), kit))
        .partition(|(signature, _)| signature.is_file());
    let mut signatures: Vec<Utf8PathBuf> = done.into_iter().map(|(signature, _)| signature).collect();
    if open.is_empty() {
        return Ok(signatures);
    }
    let simulated = read(cx, dir)?.simulated == Some(true);
    if simulated && !allow_simulated {
        cx.shell
            .warn("a SIMULATED kit is not signed (`dfxkit kit build --allow-simulated` does, for a trial)");
        return Ok(signatures);
    }
    let key = key_file(cx, &design.root, setting)?;
    for (_, kit) in open {
        signatures.push(sign_one(cx, &kit, &key, allow_simulated)?.path);
    }
    Ok(signatures)
}

/// The file that `kit.signing-key` leads to.
fn key_file(cx: &Cx, root: &Utf8Path, setting: &str) -> Result<Utf8PathBuf, Failure> {
    let path = match setting.strip_prefix("env:") {
        None => root.join(setting),
        Some(name) => match cx.env.var(name) {
            Some(path) => cx.env.cwd.join(path),
            None => {
                return Err(Failure::environment(format!(
                    "the kit is written and not signed: kit.signing-key is \"{setting}\", and {name} is not set"
                ))
                .help(format!("set {name} to the name of the file with the secret key, and run `dfxkit kit build`")));
            }
        },
    };
    // The name alone: where a variable holds the key itself, it must not get into a log.
    if !path.is_file() {
        return Err(Failure::environment(format!(
            "the kit is written and not signed: kit.signing-key is \"{setting}\", which leads to no file"
        ))
        .help("`minisign -G -p release.pub -s release.key` makes a pair of keys"));
    }
    Ok(path)
}
