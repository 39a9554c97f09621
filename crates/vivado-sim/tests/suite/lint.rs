// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lint over every script that dfxkit generates: nothing to find.

use std::path::{Path, PathBuf};

use fs_err as fs;
use vivado_sim::lint;

fn scripts(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            scripts(&path, out);
        } else if path.extension().is_some_and(|e| e == "tcl") {
            out.push(path);
        }
    }
}

#[test]
fn generated_scripts_have_no_findings() {
    let mut paths = Vec::new();
    scripts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/expected/tcl"), &mut paths);
    assert!(paths.len() > 20, "{}", paths.len());
    for path in paths {
        let text = fs::read_to_string(&path).expect("script");
        assert_eq!(lint(&[(&path.to_string_lossy(), &text)]), [], "{}", path.display());
        // A wrong option in the same script is found, wherever the script does.
        let lines = text.lines().count();
        let wrong = format!("{text}\nopen_project -no_such_option x\n");
        let found = lint(&[("x", &wrong)]);
        assert_eq!(found.len(), 1, "{}: {found:?}", path.display());
        assert!(found[0].line > lines && found[0].message.contains("no_such_option"), "{found:?}");
    }
}
