// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `exec` in a dry session: a few programs that scripts use for their files are played on the dry disk, the others
//! are not run and their output is not known.

use std::path::Path;

use super::MARK;
use super::probe::{Place, What};
use crate::disk;
use crate::session::{Outcome, Session, Stop};
use crate::util;

/// What `exec words` gives.
pub(super) fn exec(s: &mut Session, place: &Place, words: &[String]) -> Outcome {
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|w| !matches!(*w, "-ignorestderr" | "-keepnewline" | "--"))
        .collect();
    let Some((program, rest)) = words.split_first() else {
        return Err(Stop::Error("wrong # args: should be \"exec ?-option ...? arg ?arg ...?\"".to_owned()));
    };
    let plain = !rest.iter().any(|w| w.starts_with(['|', '<', '>', '2', '&']) && w.len() < 4);
    let names: Vec<&str> = rest.iter().copied().filter(|w| !w.starts_with('-')).collect();
    let failed = |text: std::io::Error| Stop::Error(format!("{program}: {text}"));
    if plain {
        match (util::file_name(Path::new(program)).as_str(), names.as_slice()) {
            ("mkdir", dirs) if !dirs.is_empty() => {
                for dir in dirs {
                    disk::create_dir_all(s.path(dir)).map_err(failed)?;
                }
                return Ok(String::new());
            }
            ("rm" | "rmdir", paths) if !paths.is_empty() => {
                for path in paths.iter().map(|p| s.path(p)).filter(|p| disk::exists(p)) {
                    disk::remove_dir_all(path).map_err(failed)?;
                }
                return Ok(String::new());
            }
            ("touch", paths) if !paths.is_empty() => {
                for path in paths {
                    disk::append(s.path(path), "").map_err(failed)?;
                }
                return Ok(String::new());
            }
            ("cp" | "mv", [from @ .., to]) if !from.is_empty() => {
                let to = s.path(to);
                for name in from {
                    let from = s.path(name);
                    let target = if disk::is_dir(&to) { to.join(util::file_name(&from)) } else { to.clone() };
                    disk::copy_tree(&from, &target).map_err(failed)?;
                    if *program == "mv" {
                        disk::remove_dir_all(&from).map_err(failed)?;
                    }
                }
                return Ok(String::new());
            }
            ("pwd", []) => return Ok(util::text(&s.cwd)),
            ("nproc", []) => return Ok("8".to_owned()),
            ("echo", _) => return Ok(rest.join(" ")),
            _ => {}
        }
    }
    if let Some(state) = &s.dry {
        let mut probe = state.probe.borrow_mut();
        probe.outputs_unknown = true;
        probe.note(
            place,
            What::NotRun,
            None,
            format!("the program `{}` was not run: its output and effects are not known", words.join(" ")),
        );
    }
    Ok(format!("{MARK}unknown"))
}
