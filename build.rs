// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lists the sources of `dfxkit-fabric` and `dfxkit-loader`, which every kit carries (see `src/kit/sources.rs`).
//!
//! The list is sorted, names are relative to `crates/`, and the paths of the build machine stay in `OUT_DIR`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told by the environment and writes to OUT_DIR"
)]
fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let mut files = Vec::new();
    for folder in ["fabric/src", "fabric/data", "loader/src"] {
        println!("cargo::rerun-if-changed=crates/{folder}");
        list(&root.join("crates"), Path::new(folder), &mut files)?;
    }
    files.sort();
    let mut text = String::from("&[\n");
    for name in &files {
        let path = root.join("crates").join(name);
        let path = path.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
        let _ = writeln!(text, "    ({name:?}, include_bytes!({path:?}).as_slice()),");
    }
    text.push_str("]\n");
    fs::write(out.join("kit_sources.rs"), text)
}

#[expect(clippy::disallowed_methods, reason = "a build script has no fs_err")]
fn list(base: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(base.join(folder))? {
        let entry = entry?;
        let name = folder.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(base, &name, files)?;
        } else if kind.is_file() {
            let name = name.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
            files.push(name.replace('\\', "/"));
        }
    }
    Ok(())
}
