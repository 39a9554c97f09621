// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Git and Git LFS: pointers in the place of objects have a message of their own; an archive that a checkout may change is told.

use std::os::unix::fs::PermissionsExt;

use snapbox::{Assert, str};

use crate::support::{Bench, repository};

#[test]
fn a_pointer_in_the_place_of_an_object_is_told_from_damage() {
    let bench = Bench::new();
    crate::support::copy_tree(&repository().join("golden"), &bench.path().join("golden"));
    let manifest = bench.read("golden/conv-1.0.0/golden.toml");
    let at = manifest.find("role = \"blackbox-dcp\"").unwrap();
    let sha256 = &manifest[at..].split("sha256 = \"").nth(1).unwrap()[..64];
    let object = bench.path().join("golden/objects/sha256").join(&sha256[..2]).join(sha256);
    let size = fs_err::metadata(&object).unwrap().len();
    let pointer =
        |oid: &str| format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n");
    fs_err::set_permissions(&object, std::fs::Permissions::from_mode(0o644)).unwrap();
    fs_err::write(&object, pointer(sha256)).unwrap();

    let check = bench.run(&["golden", "check"]);
    check.exits(4);
    assert!(check.stdout.contains("a Git LFS pointer; `git lfs pull` fetches the file"), "{}", check.stdout);
    let push = bench.run(&["golden", "push", "conv-1.0.0", "elsewhere"]);
    push.exits(4);
    Assert::new().eq(
        push.stderr.replace(sha256, "HASH"),
        str![[r"
error: black-boxed locked checkpoint (top_routed_bb.dcp) is not here: a Git LFS pointer lies in its place, expected object sha256:HASH, which it points to
  help: `git lfs install && git lfs pull` fetches what Git LFS keeps; then `dfxkit golden check`

"]],
    );
    assert!(!bench.path().join("elsewhere/conv-1.0.0").exists());
    // One that points elsewhere would not be mended by a pull.
    fs_err::write(&object, pointer(&"0".repeat(64))).unwrap();
    let push = bench.run(&["golden", "push", "conv-1.0.0", "elsewhere"]);
    assert!(push.stderr.contains("and it points to another, sha256:0000"), "{}", push.stderr);
}

#[test]
fn an_archive_that_git_may_change_is_told() {
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    fs_err::create_dir(bench.path().join(".git")).unwrap();
    let told = bench.run(&["golden", "archive", "1.0", "--allow-simulated"]);
    told.exits(0);
    assert!(told.stderr.contains("add `golden/** -text`"), "{}", told.stderr);
    bench.write(".gitattributes", "golden/** -text\n");
    let quiet = bench.run(&["golden", "archive", "1.1", "--allow-simulated"]);
    assert!(!quiet.stderr.contains(".gitattributes"), "{}", quiet.stderr);
}
