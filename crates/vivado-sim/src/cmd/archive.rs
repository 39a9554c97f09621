// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! archive_project: the project's directory as one zip.
//!
//! As UG835 has it: `archive_project ?-force? ?-exclude_run_results? ?file?`, the file by default `PROJECT.xpr.zip` in the project's directory. In the zip
//! lies `PROJECT/` with the project file and its directories. What Vivado does besides (sources from outside are copied in, IP settings are
//! written out) is not modelled.

use std::path::{Path, PathBuf};

use crate::cmd::project;
use crate::disk;
use crate::session::{Outcome, Session, fail};
use crate::syntax::parse::Args;
use crate::util;

pub(crate) fn archive_project(s: &mut Session, args: &Args) -> Outcome {
    let (name, dir) = {
        let p = s.project()?;
        (p.name.clone(), p.dir.clone())
    };
    let mut path = match args.positional.first() {
        Some(file) => s.path(file),
        None => dir.join(format!("{name}.xpr.zip")),
    };
    if path.extension().is_none() {
        path.set_extension("zip");
    }
    project::check_directory(s, &path)?;
    if disk::exists(&path) && !args.flag("force") {
        return fail(
            "Common 17-176",
            format!("File '{}' already exists, use -force to overwrite.", path.display()),
        );
    }
    let results = !args.flag("exclude_run_results");
    let mut files = Vec::new();
    for part in ["xpr", "srcs", "gen", "runs", "hw", "ip_user_files"] {
        if part == "runs" && !results {
            continue;
        }
        collect(&dir.join(format!("{name}.{part}")), &mut files);
    }
    let mut members = vec![("SIMULATED".to_owned(), b"Packed by vivado-sim.\n".to_vec())];
    for file in files {
        let Ok(inside) = file.strip_prefix(&dir) else { continue };
        if file != path
            && let Ok(bytes) = disk::read(&file)
        {
            members.push((format!("{name}/{}", util::text(inside)), bytes));
        }
    }
    if let Err(error) = crate::artifacts::zip_file(&path, &members) {
        return fail("Common 17-69", format!("Command failed: {error}"));
    }
    Ok(util::text(&path))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if disk::is_file(path) {
        files.push(path.to_owned());
        return;
    }
    let mut entries = disk::read_dir(path).unwrap_or_default();
    entries.sort();
    for entry in entries {
        collect(&entry, files);
    }
}
