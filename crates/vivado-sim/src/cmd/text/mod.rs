// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Text that reads back: constraints, block-design scripts, project scripts, netlist stubs.

mod bd_script;
mod project_script;
mod xdc;

pub(crate) use self::bd_script::write_bd_tcl;
pub(crate) use self::project_script::write_project_tcl;
pub(crate) use self::xdc::{save_constraints, write_xdc};

use crate::cmd::{project, write_output};
use crate::disk;
use crate::session::{Session, Stop, fail};
use crate::syntax::parse::Args;

/// Writes `text` to the file that the first positional or `-file` names, with the ending `end`; gives its path.
fn put(s: &mut Session, args: &Args, end: &str, text: &str) -> Result<String, Stop> {
    let named = args.value("file").map(str::to_owned).or_else(|| args.positional.first().cloned());
    let Some(mut name) = named.filter(|n| !n.is_empty()) else {
        // Without a file the text goes to the console, as write_xdc does.
        s.console.print(text);
        return Ok(String::new());
    };
    if !name.to_lowercase().ends_with(end) {
        name.push_str(end);
    }
    let path = s.path(&name);
    project::check_directory(s, &path)?;
    if disk::exists(&path) && !args.flag("force") {
        return fail(
            "Common 17-176",
            format!("File '{}' already exists, use -force to overwrite.", path.display()),
        );
    }
    write_output(s, &name, false, text)?;
    Ok(crate::util::text(&path))
}
