// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signatures.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::Build;
use crate::support::{Bench, Run};

#[test]
fn signatures_are_made_and_checked() {
    let build = Build::zynq();
    let written = build.write(&build.artifacts(1)).unwrap();
    let (dir, archive) = (written.dir, written.archive.unwrap());
    let home = build.bench.path();
    if !keys(&home, "release") || !keys(&home, "other") {
        eprintln!("SKIPPED: no minisign that makes keys without a password");
        return;
    }
    let verify =
        |kit: &Utf8Path, key: &str| build.bench.run(&["kit", "verify", kit.as_str(), "--public-key", key]);
    // Asked for and not there is refused.
    assert!(verify(&dir, "release.pub").exits(4).stdout.contains("no signature to check"));
    for kit in [&dir, &archive] {
        build.bench.run(&["kit", "sign", kit.as_str(), "--key", "release.key"]).exits(0);
        let good = verify(kit, "release.pub");
        assert!(good.exits(0).stdout.contains("is signed with the key of"), "{}", good.stdout);
        verify(kit, "other.pub").exits(4);
        let signed = if kit.is_dir() { kit.join("SHA256SUMS") } else { kit.clone() };
        let tool = Command::new("minisign")
            .args(["-V", "-p", "release.pub", "-m", signed.as_str()])
            .current_dir(&home)
            .output();
        assert!(tool.unwrap().status.success(), "minisign alone accepts it");
    }
    // Without the key it is said that nobody looked.
    let plain = build.bench.run(&["kit", "verify", dir.as_str()]);
    assert!(plain.exits(0).stdout.contains("not checked without --public-key"), "{}", plain.stdout);

    // A kit that was made anew, digests and all, is whole and not signed by us.
    fs_err::copy(dir.join("SHA256SUMS.minisig"), home.join("kept")).unwrap();
    build.write(&build.artifacts(2)).unwrap();
    assert!(!dir.join("SHA256SUMS.minisig").exists(), "another kit has no signature yet");
    fs_err::rename(home.join("kept"), dir.join("SHA256SUMS.minisig")).unwrap();
    build.bench.run(&["kit", "verify", dir.as_str()]).exits(0);
    verify(&dir, "release.pub").exits(4);

    // What the stand-in made is signed on request only, and says so.
    let mut simulated = build.artifacts(2);
    simulated.tool.simulated = true;
    build.write(&simulated).unwrap();
    let sign = ["kit", "sign", dir.as_str(), "--key", "release.key"];
    assert!(build.bench.run(&sign).exits(4).stderr.contains("SIMULATED"));
    build.bench.run(&[&sign[..], &["--allow-simulated"]].concat()).exits(0);
    let signature = fs_err::read_to_string(dir.join("SHA256SUMS.minisig")).unwrap();
    assert!(signature.contains("trusted comment: small 1.0.0 passed SIMULATED"), "{signature}");
}

/// A pair of keys without a password in `home`; false where minisign makes none.
fn keys(home: &Utf8Path, name: &str) -> bool {
    let args =
        ["-G", "-f", "-W", "-p", &format!("{name}.pub"), "-s", &format!("{name}.key")].map(str::to_owned);
    Command::new("minisign").args(args).current_dir(home).output().is_ok_and(|o| o.status.success())
}

/// `kit.signing-key`: kits are signed as they are built. The stand-in's only when that is asked for.
#[test]
fn a_build_signs_with_the_key_that_the_description_names() {
    let bench = Bench::new();
    let project = bench.path().join("p");
    bench.run(&["new", "p"]).exits(0);
    if !keys(&bench.path(), "release") {
        eprintln!("SKIPPED: no minisign that makes keys without a password");
        return;
    }
    let description = fs_err::read_to_string(project.join("dfx.toml")).unwrap();
    let with = |setting: &str| {
        let text = description.replace("[kit]\n", "");
        fs_err::write(project.join("dfx.toml"), format!("{text}\n[kit]\nsigning-key = \"{setting}\"\n"))
            .unwrap();
    };
    let run = |args: &[&str], key: Option<&Utf8Path>| {
        let mut command = bench.command(args);
        command.current_dir(&project).env_remove("RELEASE_KEY");
        if let Some(key) = key {
            command.env("RELEASE_KEY", key);
        }
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    };
    with("env:RELEASE_KEY");
    let built = run(&["build", "--vivado", "sim"], None);
    assert!(built.exits(0).stderr.contains("a SIMULATED kit is not signed"), "{}", built.stderr);
    let kit = fs_err::read_dir(project.join("build/kit"))
        .unwrap()
        .map(|e| Utf8PathBuf::from_path_buf(e.unwrap().path()).unwrap())
        .find(|p| p.is_dir())
        .unwrap();
    let signature = kit.join("SHA256SUMS.minisig");
    assert!(!signature.exists());
    let sign = ["kit", "build", "--allow-simulated"];
    // No variable, a variable that leads nowhere: the kit is there, and that it is not signed is an error.
    assert!(run(&sign, None).exits(5).stderr.contains("RELEASE_KEY is not set"));
    let nowhere = run(&sign, Some(Utf8Path::new("/nowhere/s3cret")));
    assert!(nowhere.exits(5).stderr.contains("leads to no file") && !nowhere.stderr.contains("s3cret"));
    let key = bench.path().join("release.key");
    let signed = run(&sign, Some(&key));
    assert!(signed.exits(0).stderr.contains("Signed"), "{}", signed.stderr);
    let public = bench.path().join("release.pub");
    let archive = Utf8PathBuf::from(format!("{kit}.tar.zst"));
    for kit in [&kit, &archive] {
        bench.run(&["kit", "verify", kit.as_str(), "--public-key", public.as_str()]).exits(0);
    }
    // Nothing changed: the signatures stay, and no key is asked for.
    let before = fs_err::read(&signature).unwrap();
    run(&sign, None).exits(0);
    assert_eq!(fs_err::read(&signature).unwrap(), before);
    // A relative name counts from the description.
    fs_err::remove_file(&signature).unwrap();
    with("../release.key");
    run(&sign, None).exits(0);
    assert!(signature.exists());
    // Another kit: the old signatures are gone with the old bytes.
    let text = fs_err::read_to_string(project.join("dfx.toml")).unwrap();
    fs_err::write(project.join("dfx.toml"), text.replace("[kit]\n", "[kit]\nformats = [\"raw\"]\n")).unwrap();
    run(&["kit", "build"], None).exits(0);
    assert!(!signature.exists() && !Utf8PathBuf::from(format!("{archive}.minisig")).exists());
}
