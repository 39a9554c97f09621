// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `dry.tcl` asks: commands with their places, files of the dry disk, what was not done.

use std::path::{Path, PathBuf};

use super::probe::{Place, What};
use super::{MARK, processes};
use crate::disk;
use crate::lint::advice;
use crate::session::{Outcome, Session, Stop};
use crate::tcl::list;
use crate::util;

/// Bytes as the characters of a Tcl binary string.
fn binary(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

fn bytes_of(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

fn io(path: &Path, outcome: std::io::Result<()>) -> Outcome {
    match outcome {
        Ok(()) => Ok(String::new()),
        Err(error) => Err(Stop::Error(format!("error at \"{}\": {error}", path.display()))),
    }
}

/// Serves an internal command of a dry session; `None` when it is none.
pub(crate) fn internal(s: &mut Session, name: &str, words: &[String]) -> Option<Outcome> {
    let probe = s.dry.as_ref()?.probe.clone();
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let number = |i: usize| word(i).parse::<usize>().unwrap_or(0);
    let path = |i: usize| PathBuf::from(word(i));
    let place = |i: usize| Place { file: word(i).to_owned(), line: number(i + 1) };
    Some(match name {
        "do" => {
            let caught = number(2) > 0;
            let rest = words.get(3..).unwrap_or_default();
            run(s, place(0), caught, rest)
        }
        "next" => {
            let mut probe = probe.borrow_mut();
            probe.commands += 1;
            probe.at = place(0);
            Ok(probe.left().min(10).to_string())
        }
        "no_command" => no_command(s, &place(0), number(2) > 0, word(3), word(4)),
        "failed" => {
            failed(s, &place(0), word(2));
            Ok(String::new())
        }
        "unreadable" => {
            let text = format!("couldn't read file \"{}\": no such file or directory", word(3));
            if number(2) > 0 {
                Err(Stop::Error(text))
            } else {
                probe.borrow_mut().note(&place(0), What::Unreadable, None, text);
                Ok(format!("{MARK}unknown"))
            }
        }
        "exit" => {
            let code = word(2);
            if code.trim() != "0" {
                let said = word(3).replace(MARK, "");
                let said = said.trim();
                let said = if said.is_empty() { String::new() } else { format!(", after it said `{said}`") };
                let text = format!(
                    "the script ends itself here with exit code {code}{said}: what follows was not executed"
                );
                let mut probe = probe.borrow_mut();
                probe.tainted = false;
                probe.tell_caught();
                probe.note(&place(0), What::Exit, None, text);
            }
            Ok(String::new())
        }
        "exec" => processes::exec(s, &place(0), words.get(2..).unwrap_or_default()),
        "not_run" => {
            let place = if words.len() > 2 { place(1) } else { probe.borrow().at.clone() };
            let text = format!("`{}` was not executed: a dry run does not do that", word(0));
            probe.borrow_mut().note(&place, What::NotRun, None, text);
            Ok(String::new())
        }
        "xdc_refused" | "xdc_failed" => {
            let mut probe = probe.borrow_mut();
            probe.at = place(1);
            (probe.caught, probe.tainted) = (false, probe.tainted && name == "xdc_failed");
            return None;
        }
        "xdc_at" if word(0).is_empty() => {
            let mut probe = probe.borrow_mut();
            probe.at = probe.script_at.clone();
            return None;
        }
        "text" => match disk::read(path(0)) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if disk::dry_content(&path(0)).is_none() && !word(0).ends_with(".xdc") {
                    probe.borrow_mut().scripts.insert(word(0).to_owned(), text.clone());
                }
                Ok(text)
            }
            Err(error) => Err(Stop::Error(error.to_string())),
        },
        "stat" => Ok(if disk::is_dir(path(0)) {
            format!("directory 4096 {}", disk::stat(path(0)).1)
        } else if disk::is_file(path(0)) {
            let (size, time) = disk::stat(path(0));
            format!("file {size} {time}")
        } else {
            "none 0 0".to_owned()
        }),
        "held" => Ok(if disk::dry_content(&path(0)).is_some() { "memory" } else { "real" }.to_owned()),
        "get" => match disk::read(path(0)) {
            Ok(bytes) => Ok(binary(&bytes)),
            Err(error) => Err(Stop::Error(error.to_string())),
        },
        "put" => io(&path(0), disk::write(path(0), bytes_of(word(1)))),
        "list" => {
            Ok(list::join(disk::read_dir(path(0)).unwrap_or_default().iter().map(|p| util::file_name(p))))
        }
        "mkdir" => io(&path(0), disk::create_dir_all(path(0))),
        "delete" => delete(&path(0), word(1) == "1"),
        "transfer" => transfer(word(0), word(1) == "1", &path(2), &path(3), word(4) == "1"),
        _ => return None,
    })
}

fn delete(path: &Path, force: bool) -> Outcome {
    if !disk::exists(path) {
        return Ok(String::new());
    }
    if !force && disk::is_dir(path) && disk::read_dir(path).is_ok_and(|e| !e.is_empty()) {
        return Err(Stop::Error(format!("error deleting \"{}\": directory not empty", path.display())));
    }
    io(path, disk::remove_dir_all(path))
}

/// `file copy` and `file rename`.
fn transfer(sub: &str, force: bool, from: &Path, to: &Path, many: bool) -> Outcome {
    let verb = if sub == "copy" { "copying" } else { "renaming" };
    let fail = |why: &str| Err(Stop::Error(format!("error {verb} \"{}\": {why}", from.display())));
    if !disk::exists(from) {
        return fail("no such file or directory");
    }
    if many && !disk::is_dir(to) {
        return Err(Stop::Error(format!("error {verb}: target \"{}\" is not a directory", to.display())));
    }
    let target = if disk::is_dir(to) { to.join(util::file_name(from)) } else { to.to_path_buf() };
    if disk::exists(&target) && !force {
        return fail(&format!("file already exists: \"{}\"", target.display()));
    }
    if !target.parent().is_some_and(disk::is_dir) {
        return fail("no such file or directory");
    }
    let outcome = disk::copy_tree(from, &target);
    if outcome.is_ok() && sub == "rename" {
        return io(from, disk::remove_dir_all(from));
    }
    io(from, outcome)
}

/// One Vivado command at its place. A failure is noted and the script goes on with a marked word, unless the script
/// catches it or a run's own script is to see it.
fn run(s: &mut Session, place: Place, caught: bool, words: &[String]) -> Outcome {
    let Some(probe) = s.dry.as_ref().map(|d| d.probe.clone()) else { return Ok(String::new()) };
    let tainted = words.iter().any(|w| w.contains(MARK));
    let clean: Vec<String> = words.iter().map(|w| w.replace(MARK, "")).collect();
    let Some((name, rest)) = clean.split_first() else { return Ok(String::new()) };
    let in_script = place.clone();
    let place = super::place_of(s, place);
    let own_run = {
        let mut probe = probe.borrow_mut();
        probe.script_at = in_script;
        probe.calls += 1;
        probe.executed.insert(place.clone());
        probe.at = place;
        probe.caught = caught;
        probe.tainted = tainted;
        probe.printed = 0;
        probe.in_run() && probe.at.file.is_empty()
    };
    if !tainted && let Some(text) = advice::before(s, name, rest) {
        let mut probe = probe.borrow_mut();
        let place = probe.at.clone();
        probe.note(&place, What::Advice, None, text);
    }
    let outcome = s.call(&clean);
    let Err(Stop::Error(text)) = outcome else {
        if outcome.is_ok() {
            probe.borrow_mut().succeeded(name);
        }
        // What is looked for by a word that is not known is not known either.
        return outcome.map(|found| {
            if tainted && found.is_empty() && name.starts_with("get_") {
                format!("{MARK}unknown")
            } else {
                found
            }
        });
    };
    let mut probe = probe.borrow_mut();
    let (id, message) = split(&text);
    let in_xdc = s.xdc_at.is_some();
    if caught && !own_run {
        // In a constraint file the failure becomes a critical warning, which is noted as such.
        let arguments = matches!(id, "Common 17-163" | "Common 17-165" | "Common 17-170");
        if arguments && !in_xdc && !tainted {
            let place = probe.at.clone();
            probe.note(&place, What::CaughtArguments, Some(id), message);
        }
        if !tainted && !in_xdc {
            probe.last_caught = Some((probe.at.clone(), id.to_owned(), message.to_owned()));
        }
        return Err(Stop::Error(text.clone()));
    }
    probe.thrown(name, rest, id, message);
    if own_run { Err(Stop::Error(text.clone())) } else { Ok(format!("{MARK}unknown")) }
}

/// `ERROR: [Common 17-53] text` as id and text.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches("ERROR: ").trim_end();
    text.strip_prefix('[').and_then(|rest| rest.split_once("] ")).unwrap_or(("", text))
}

fn no_command(s: &mut Session, place: &Place, caught: bool, name: &str, text: &str) -> Outcome {
    if caught || name.contains(MARK) {
        return Err(Stop::Error(text.to_owned()));
    }
    if let Some(state) = &s.dry {
        state.probe.borrow_mut().note(place, What::Command, Some(name), text);
    }
    Ok(format!("{MARK}unknown"))
}

/// A Tcl error that ended a top-level command.
fn failed(s: &mut Session, place: &Place, message: &str) {
    let Some(state) = &s.dry else { return };
    let mut probe = state.probe.borrow_mut();
    let values =
        ["non-numeric", "expected integer", "expected number", "expected boolean", "expected floating"];
    let unknown =
        message.contains(MARK) || probe.outputs_unknown && values.iter().any(|v| message.contains(v));
    let first = message.replace(MARK, "");
    let first = first.trim_end();
    if let Some((_, _, caught)) = &probe.last_caught
        && message.contains(caught.as_str())
    {
        probe.tainted = false;
        probe.tell_caught();
        return;
    }
    let what = if unknown { What::Consequence } else { What::Script };
    probe.note(place, what, None, first);
}
