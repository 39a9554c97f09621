// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Packages: Debian's beside a kit, the recipes of docs/packaging.md for RAUC and SWUpdate with the programs themselves, the bill of materials.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use camino::Utf8Path;
use dfxkit::kit::{KitInput, write};
use dfxkit::spec::model::KitFormat;

use super::{Build, FORMATS, with_hand_off_files};
use crate::support::{Bench, repository};

/// Runs a program in a directory; none when it is not installed, which is said.
fn run(home: &Utf8Path, program: &str, args: &[&str]) -> Option<Output> {
    let run = Command::new(program).args(args).current_dir(home).output();
    if run.is_err() {
        eprintln!("SKIPPED: no {program}");
    }
    run.ok()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A key and its certificate in `home`; false without openssl.
fn certificate(home: &Utf8Path) -> bool {
    let args = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-days",
        "3650",
        "-subj",
        "/CN=kit",
        "-addext",
        "keyUsage=digitalSignature",
        "-addext",
        "extendedKeyUsage=emailProtection",
    ];
    run(home, "openssl", &args).is_some_and(|o| o.status.success())
}

fn package(build: &Build, kind: &str, out: &str) -> Output {
    let script = repository().join("scripts/package_kit.sh");
    let (kit, key) = (build.dir(), ["--cert", "cert.pem", "--key", "key.pem", "--compatible", "board-1"]);
    Command::new("bash")
        .args([script.as_str(), kind, kit.as_str(), out])
        .args(key)
        .current_dir(build.bench.path())
        .env("DFXKIT", env!("CARGO_BIN_EXE_dfxkit"))
        .output()
        .unwrap()
}

#[test]
fn a_rauc_bundle_holds_the_firmware_and_rauc_accepts_it() {
    let build = Build::zynq();
    build.write(&build.artifacts(1)).unwrap();
    let home = build.bench.path();
    let tools = [("rauc", "--version"), ("mksquashfs", "-version"), ("dpkg-deb", "--version")];
    if !tools.iter().all(|(program, ask)| run(&home, program, &[ask]).is_some()) || !certificate(&home) {
        return;
    }
    let made = package(&build, "rauc", "kit.raucb");
    assert!(made.status.success(), "{}", text(&made));
    let info = run(&home, "rauc", &["info", "--keyring=cert.pem", "kit.raucb"]).unwrap();
    let said = text(&info);
    assert!(info.status.success() && said.contains("'board-1'") && said.contains("kit.squashfs"), "{said}");
    let image = run(&home, "rauc", &["extract", "--keyring=cert.pem", "kit.raucb", "out"]).unwrap();
    if image.status.success() {
        let list = run(&home, "unsquashfs", &["-l", "out/kit.squashfs"]).unwrap();
        assert!(text(&list).contains("squashfs-root/small/modules/conv/conv3x3-8bit.bin"), "{}", text(&list));
    }
    // One byte of the bundle.
    let path = home.join("kit.raucb");
    let mut bytes = fs_err::read(&path).unwrap();
    let last = bytes.len() - 100;
    bytes[last] ^= 1;
    fs_err::write(&path, bytes).unwrap();
    assert!(!run(&home, "rauc", &["info", "--keyring=cert.pem", "kit.raucb"]).unwrap().status.success());
}

#[test]
fn a_swupdate_image_is_accepted_for_its_board_only() {
    let build = Build::zynq();
    build.write(&build.artifacts(1)).unwrap();
    let home = build.bench.path();
    let tools = [("swupdate", "--version"), ("cpio", "--version"), ("dpkg-deb", "--version")];
    if !tools.iter().all(|(program, ask)| run(&home, program, &[ask]).is_some()) || !certificate(&home) {
        return;
    }
    let made = package(&build, "swu", "kit.swu");
    assert!(made.status.success(), "{}", text(&made));
    let check = |board: &str, file: &str| {
        let args = ["-c", "-i", file, "-k", "cert.pem", "-H", board];
        run(&home, "swupdate", &args).unwrap()
    };
    let good = check("board-1:1.0", "kit.swu");
    assert!(good.status.success(), "{}", text(&good));
    assert!(!check("board-2:1.0", "kit.swu").status.success());
    let mut bytes = fs_err::read(home.join("kit.swu")).unwrap();
    let at = bytes.windows(8).position(|w| w == b"version ").unwrap() + 12;
    bytes[at] ^= 1;
    fs_err::write(home.join("changed.swu"), bytes).unwrap();
    assert!(!check("board-1:1.0", "changed.swu").status.success());

    // What the stand-in made is no update.
    let mut simulated = build.artifacts(2);
    simulated.tool.simulated = true;
    build.write(&simulated).unwrap();
    let refused = package(&build, "swu", "simulated.swu");
    assert_eq!(refused.status.code(), Some(4), "{}", text(&refused));
    assert!(text(&refused).contains("SIMULATED") && !home.join("simulated.swu").exists());
}

#[test]
fn kit_build_makes_the_debian_package_too() {
    let bench = Bench::new();
    bench.run(&["new", "p"]).exits(0);
    if run(&bench.path(), "dpkg-deb", &["--version"]).is_none() {
        return;
    }
    let project = bench.path().join("p");
    let dfxkit = |args: &[&str]| {
        let mut command = bench.command(args);
        command.current_dir(&project).env_remove("DEBEMAIL").env_remove("DEBFULLNAME");
        command
    };
    assert!(dfxkit(&["build", "--vivado", "sim"]).status().unwrap().success());
    assert_eq!(
        dfxkit(&["kit", "build", "--deb"]).output().unwrap().status.code(),
        Some(2),
        "nobody answers for it"
    );
    let mut by_environment = dfxkit(&["kit", "build", "--deb"]);
    by_environment.env("DEBFULLNAME", "A Tester").env("DEBEMAIL", "t@example.invalid");
    let said = text(&by_environment.output().unwrap());
    let file = project.join("build/kit/kit-p_0.1.0_all.deb");
    assert!(file.is_file(), "{said}");
    let info = text(&run(&bench.path(), "dpkg-deb", &["-I", file.as_str()]).unwrap());
    assert!(
        info.contains("Maintainer: A Tester <t@example.invalid>") && info.contains("SIMULATED"),
        "{info}"
    );
}

/// What CycloneDX 1.5's schema requires of the parts that we write, and its closed lists.
#[test]
fn the_bill_of_materials_has_the_fields_of_its_schema() {
    let build = Build::zynq();
    let mut artifacts = with_hand_off_files(&build);
    artifacts.tool.build = Some("5239630".to_owned());
    write(&KitInput::new(&artifacts, &FORMATS), &build.dir()).unwrap();
    let bill = fs_err::read(build.dir().join("sbom.cdx.json")).unwrap();
    let bill: serde_json::Value = serde_json::from_slice(&bill).unwrap();
    assert_eq!((bill["bomFormat"].as_str(), bill["specVersion"].as_str()), (Some("CycloneDX"), Some("1.5")));
    assert!(bill["version"].as_u64().unwrap() >= 1);
    let known: BTreeSet<&str> =
        ["bomFormat", "specVersion", "version", "metadata", "components", "dependencies"].into();
    assert!(bill.as_object().unwrap().keys().all(|k| known.contains(k.as_str())));
    let metadata = &bill["metadata"];
    let tools = metadata["tools"]["components"].as_array().unwrap();
    let components = bill["components"].as_array().unwrap();
    let mut references = BTreeSet::new();
    for c in tools.iter().chain(components).chain([&metadata["component"]]) {
        let types = [
            "application",
            "framework",
            "library",
            "container",
            "platform",
            "device",
            "firmware",
            "file",
            "data",
        ];
        assert!(types.contains(&c["type"].as_str().unwrap()), "{c}");
        assert!(!c["name"].as_str().unwrap().is_empty() && c["version"].is_string(), "{c}");
        if let Some(reference) = c["bom-ref"].as_str() {
            assert!(!reference.is_empty() && references.insert(reference.to_owned()), "{reference} twice");
        }
        for hash in c["hashes"].as_array().into_iter().flatten() {
            assert_eq!(hash["alg"], "SHA-256");
            let content = hash["content"].as_str().unwrap();
            assert!(content.len() == 64 && content.bytes().all(|b| b.is_ascii_hexdigit()));
        }
        for property in c["properties"].as_array().into_iter().flatten() {
            assert!(property["name"].is_string() && property["value"].is_string(), "{property}");
        }
    }
    for dependency in bill["dependencies"].as_array().unwrap() {
        assert!(references.contains(dependency["ref"].as_str().unwrap()), "{dependency}");
        let on: Vec<&str> =
            dependency["dependsOn"].as_array().unwrap().iter().map(|d| d.as_str().unwrap()).collect();
        assert_eq!(on.iter().collect::<BTreeSet<_>>().len(), on.len(), "each once");
        assert!(on.iter().all(|r| references.contains(*r)), "{dependency}");
    }
    let vivado = tools.iter().find(|t| t["name"] == "Vivado").unwrap();
    assert_eq!(vivado["version"], "2024.2 (5239630)");
}

/// dfx-mgr reads with jsmn and 128 tokens, and takes strings only.
#[test]
fn the_tree_of_dfx_mgr_keeps_to_its_limits() {
    fn tokens(value: &serde_json::Value) -> usize {
        match value {
            serde_json::Value::Object(map) => 1 + map.iter().map(|(_, v)| 1 + tokens(v)).sum::<usize>(),
            serde_json::Value::Array(list) => 1 + list.iter().map(tokens).sum::<usize>(),
            serde_json::Value::String(_) => 1,
            other => panic!("{other} is no string"),
        }
    }
    let build = Build::zynq();
    let artifacts = with_hand_off_files(&build);
    write(&KitInput::new(&artifacts, &[KitFormat::DfxMgr]), &build.dir()).unwrap();
    let mut files = 0;
    for name in super::listing(&build.dir().join("dfx-mgr")) {
        assert!(name.split('/').all(|part| part.len() < 128), "{name}");
        if Utf8Path::new(&name).extension() == Some("json") {
            let text = fs_err::read(build.dir().join("dfx-mgr").join(&name)).unwrap();
            let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
            assert!(tokens(&value) <= 128, "{name}");
            files += 1;
        }
    }
    assert_eq!(files, 3, "shell.json and one accel.json for each module");
}
