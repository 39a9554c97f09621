// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that sources name inside: `` `include "x.vh" `` and `$readmemh("x.mem", ..)`. They change a result like the source itself, so they are
//! inputs of the step.
//!
//! Looked for by text: comments and conditions are not understood, so that a file may be an input that is not read; none that is read is
//! missed where its name is a plain string. Searched as Vivado does: beside the file that names it, then in the include directories (UG901,
//! Verilog file inclusion), then beside the description. Not seen: names made by macros, VHDL `file` objects.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::design::{SourceFile, SourceKind};

/// Words before a file name in quotes.
const NAMING: [&str; 3] = ["`include", "$readmemh", "$readmemb"];

/// Every file that the Verilog among `sources` names, directly or through another, that exists and is no source itself. Absolute, sorted.
/// A file that cannot be read names nothing: the key's walker will say so.
pub(super) fn named_files(
    root: &Utf8Path,
    sources: &[SourceFile],
    include_dirs: &[String],
) -> Vec<Utf8PathBuf> {
    let known: BTreeSet<&Utf8Path> = sources.iter().map(|s| s.path.as_path()).collect();
    let mut found: BTreeSet<Utf8PathBuf> = BTreeSet::new();
    let mut todo: Vec<Utf8PathBuf> = sources
        .iter()
        .filter(|s| matches!(s.kind, SourceKind::Verilog | SourceKind::SystemVerilog))
        .map(|s| s.path.clone())
        .collect();
    while let Some(path) = todo.pop() {
        let Ok(bytes) = fs_err::read(&path) else { continue };
        let beside = path.parent().unwrap_or(root).to_owned();
        for name in names_in(&String::from_utf8_lossy(&bytes)) {
            let places = std::iter::once(beside.clone())
                .chain(include_dirs.iter().map(|d| root.join(d)))
                .chain(std::iter::once(root.to_owned()));
            let Some(file) = places.map(|dir| dir.join(&name)).find(|f| f.is_file()) else { continue };
            if !known.contains(file.as_path()) && found.insert(file.clone()) {
                todo.push(file);
            }
        }
    }
    found.into_iter().collect()
}

/// The strings that stand behind the naming words.
fn names_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for word in NAMING {
        for (at, _) in text.match_indices(word) {
            let rest = text[at + word.len()..].trim_start();
            let rest = rest.strip_prefix('(').map_or(rest, str::trim_start);
            let Some(quoted) = rest.strip_prefix('"') else { continue };
            // A file name ends on its line.
            if let Some(name) = quoted.lines().next().and_then(|l| l.split_once('"')).map(|(name, _)| name)
                && !name.is_empty()
            {
                names.push(name.to_owned());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_form() {
        let text = "`include \"a.vh\"\n  `include\t\"sub/b.vh\" // x\ninitial $readmemh(\"c.mem\", ram);\n$readmemb ( \"d.mem\" , ram);\n`include `FILE\n`include \"torn\n\" \"";
        let mut names = names_in(text);
        names.sort();
        assert_eq!(names, ["a.vh", "c.mem", "d.mem", "sub/b.vh"]);
    }

    #[test]
    fn headers_are_followed_and_found_beside_or_in_include_directories() {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(dir.path()).unwrap();
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        };
        write(
            "rtl/top.v",
            "`include \"beside.vh\"\n`include \"far.vh\"\n`include \"missing.vh\"\n`include \"other.v\"",
        );
        write("rtl/other.v", "");
        write("rtl/beside.vh", "`include \"beside.vh\"\n`include \"deep.vh\"");
        write("rtl/deep.vh", "$readmemh(\"data.mem\", m);");
        write("rtl/data.mem", "");
        write("inc/far.vh", "");
        let source =
            |name: &str| SourceFile { path: root.join(name), name: name.into(), kind: SourceKind::Verilog };
        let found = named_files(root, &[source("rtl/top.v"), source("rtl/other.v")], &["inc".to_owned()]);
        let names: Vec<&str> = found.iter().map(|f| f.strip_prefix(root).unwrap().as_str()).collect();
        assert_eq!(names, ["inc/far.vh", "rtl/beside.vh", "rtl/data.mem", "rtl/deep.vh"]);
    }
}
