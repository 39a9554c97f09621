// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a kit holds, and the commands that read it.

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit::gates::{GateResult, Verdict};
use dfxkit::kit::{Care, Change, KitError, KitInput, write};

use super::{Build, FORMATS, listing, sha256sum, with_hand_off_files};

#[test]
fn a_kit_holds_pairs_lists_and_words_for_people() {
    let build = Build::zynq();
    let written = build.write(&build.artifacts(1)).unwrap();
    assert_eq!(written.change, Change::Created);
    assert!(sha256sum(&build.dir()));
    let names = listing(&build.dir());
    let own: Vec<&str> = names
        .iter()
        .map(String::as_str)
        // Blobs are there where dtc is.
        .filter(|n| !n.starts_with("loader/vendor") && Utf8Path::new(n).extension() != Some("dtbo"))
        .collect();
    assert_eq!(
        own,
        [
            "README.txt",
            "SHA256SUMS",
            "kit.json",
            "loader/Cargo.lock",
            "loader/Cargo.toml",
            "loader/README.md",
            "loader/src/access.rs",
            "loader/src/bin/load-kit.rs",
            "loader/src/lib.rs",
            "loader/src/registers.rs",
            "modules/conv/conv3x3-16bit.bin",
            "modules/conv/conv3x3-16bit.bit",
            "modules/conv/conv3x3-16bit_program.dtso",
            "modules/conv/conv3x3-8bit.bin",
            "modules/conv/conv3x3-8bit.bit",
            "modules/conv/conv3x3-8bit_program.dtso",
            "provenance.intoto.json",
            "sbom.cdx.json",
            "static/small.bin",
            "static/small.bit",
            "static/small_program.dtso",
            "static/small_regions.dtso",
        ]
    );
    let readme = fs_err::read_to_string(build.dir().join("README.txt")).unwrap();
    for words in
        ["static/", "modules/P/M", "conv3x3-8bit at power-up", "decoupler at 0x41200000 (description)"]
    {
        assert!(readme.contains(words), "{words} in\n{readme}");
    }
    assert!(
        !readme.contains("SIMULATED") && !readme.contains("NOT PROVEN") && !readme.contains("{{"),
        "{readme}"
    );
    let json: serde_json::Value =
        serde_json::from_slice(&fs_err::read(build.dir().join("kit.json")).unwrap()).unwrap();
    assert_eq!(json["partitions"][0]["frames"]["count"], 40);
    assert_eq!(json["device"]["idcode"], "0x3722093");
    assert_eq!(json["modules"][0]["files"][0]["static_identity"], json["static"]["identity"]);
    // The .bin is the .bit's data with every word reversed.
    let bit = fs_err::read(build.dir().join("modules/conv/conv3x3-8bit.bit")).unwrap();
    let bin = fs_err::read(build.dir().join("modules/conv/conv3x3-8bit.bin")).unwrap();
    let data = &bit[bit.len() - bin.len()..];
    assert!(data.chunks(4).zip(bin.chunks(4)).all(|(a, b)| a.iter().eq(b.iter().rev())));
    // Nothing of the build machine.
    let here = build.bench.path();
    for name in &names {
        let bytes = fs_err::read(build.dir().join(name)).unwrap();
        for place in [here.as_str(), env!("CARGO_MANIFEST_DIR")] {
            assert!(!bytes.windows(place.len()).any(|w| w == place.as_bytes()), "{name} holds {place}");
        }
    }
}

#[test]
fn the_same_build_gives_the_same_bytes_and_touches_nothing() {
    let build = Build::zynq();
    let first = build.write(&build.artifacts(1)).unwrap();
    let archive = fs_err::read(first.archive.unwrap()).unwrap();
    let inode = |dir: &Utf8Path| {
        use std::os::unix::fs::MetadataExt;
        fs_err::metadata(dir).unwrap().ino()
    };
    let before = inode(&build.dir());
    let again = build.write(&build.artifacts(1)).unwrap();
    assert_eq!((again.change, again.same_payloads), (Change::Unchanged, true));
    assert_eq!(inode(&build.dir()), before);

    let elsewhere = Build::zynq();
    let second = elsewhere.write(&elsewhere.artifacts(1)).unwrap();
    assert!(archive == fs_err::read(second.archive.unwrap()).unwrap(), "two builds, one archive");
    assert_eq!(listing(build.dir().parent().unwrap()).iter().filter(|n| n.starts_with('.')).count(), 0);
}

#[test]
fn another_kit_is_replaced_and_anything_else_is_left_alone() {
    let build = Build::zynq();
    build.write(&build.artifacts(1)).unwrap();
    let replaced = build.write(&build.artifacts(2)).unwrap();
    assert_eq!((replaced.change, replaced.same_payloads), (Change::Replaced, false));
    assert!(sha256sum(&build.dir()));

    // Only the date in the headers is another: new bytes, nothing new to release.
    let later = Build { date: "2025/05/05", ..build };
    let dated = later.write(&later.artifacts(2)).unwrap();
    assert_eq!((dated.change, dated.same_payloads), (Change::Replaced, true));

    // A note that somebody put there is not ours to destroy.
    let note = later.dir().join("NOTES.txt");
    fs_err::write(&note, "calibrated on Monday").unwrap();
    match later.write(&later.artifacts(3)) {
        Err(e @ KitError::Occupied { .. }) => assert!(e.to_string().contains("NOTES.txt"), "{e}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs_err::read_to_string(&note).unwrap(), "calibrated on Monday");
    fs_err::remove_file(&note).unwrap();
    // A draft that a killed run left is no obstacle.
    fs_err::create_dir_all(later.dir().with_file_name(".small-1.0.0.dfxkit-new-4199999/static")).unwrap();
    assert_eq!(later.write(&later.artifacts(3)).unwrap().change, Change::Replaced);
}

#[test]
fn what_is_simulated_or_not_proven_says_so_everywhere() {
    let build = Build::zynq();
    let mut artifacts = build.artifacts(1);
    artifacts.tool.simulated = true;
    artifacts.gates.results.push(GateResult {
        verdict: Verdict::Unknown,
        gate: "pr-verify".to_owned(),
        actual: "no log".to_owned(),
        ..artifacts.gates.results[0].clone()
    });
    build.write(&artifacts).unwrap();
    let read = |name: &str| fs_err::read_to_string(build.dir().join(name)).unwrap();
    assert!(read("README.txt").contains("*** SIMULATED ***"));
    assert!(read("README.txt").contains("unknown  pr-verify (base): expected WNS >= 0, actual no log"));
    assert!(
        read("kit.json").contains("\"simulated\": true")
            && read("kit.json").contains("\"verdict\": \"unknown\"")
    );
    assert!(read("loader/src/lib.rs").contains("simulated: true"));
    assert!(read("loader/README.md").contains("SIMULATED"));

    let dir = build.dir();
    let run = build.bench.run(&["kit", "verify", dir.as_str(), "--message-format", "json"]);
    let json = &run.exits(0).json()[0];
    assert_eq!((json["verdict"].as_str(), json["simulated"].as_bool()), (Some("unknown"), Some(true)));
    let human = build.bench.run(&["kit", "inspect", dir.as_str()]);
    assert!(human.exits(0).stdout.contains("SIMULATED"), "{}", human.stdout);
}

#[test]
fn verify_inspect_and_unpack_on_directory_and_archive() {
    let build = Build::ultrascale();
    let written = build.write(&build.artifacts(1)).unwrap();
    let (dir, archive) = (written.dir, written.archive.unwrap());
    for kit in [&dir, &archive] {
        let run = build.bench.run(&["kit", "verify", kit.as_str(), "--message-format", "json"]);
        let json = &run.exits(0).json()[0];
        assert_eq!((json["verdict"].as_str(), json["simulated"].as_bool()), (Some("passed"), Some(false)));
        let run = build.bench.run(&["kit", "inspect", kit.as_str()]);
        assert!(run.exits(0).stdout.contains("right/conv3x3-16bit"), "{}", run.stdout);
    }
    build.bench.run(&["kit", "unpack", archive.as_str(), "-o", "out"]).exits(0);
    assert!(sha256sum(&build.bench.path().join("out")));
    assert_eq!(listing(&build.bench.path().join("out")), listing(&dir));
    // Not over something that is there.
    build.bench.run(&["kit", "unpack", archive.as_str(), "-o", "out"]).exits(1);

    // One bit.
    let image = dir.join("modules/left/conv3x3-8bit_clear.bit");
    let mut bytes = fs_err::read(&image).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs_err::write(&image, bytes).unwrap();
    let run = build.bench.run(&["kit", "verify", dir.as_str()]);
    run.exits(4);
    assert!(run.stdout.contains("conv3x3-8bit_clear.bit\" was changed"), "{}", run.stdout);
    let mut bytes = fs_err::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs_err::write(&archive, bytes).unwrap();
    build.bench.run(&["kit", "unpack", archive.as_str(), "-o", "damaged"]).exits(4);
    assert!(!build.bench.path().join("damaged").exists(), "nothing is left behind");
    build.bench.run(&["kit", "verify", "nowhere"]).exits(1);
}

#[test]
fn kits_are_compared_and_their_parts_listed() {
    let build = Build::zynq();
    let first = build.dir();
    write(&KitInput::new(&with_hand_off_files(&build), &FORMATS), &first).unwrap();
    let later = Build { date: "2025/05/05", ..build };
    let second = later.bench.path().join("kit/later");
    let input = with_hand_off_files(&later);
    write(&KitInput { archive: false, ..KitInput::new(&input, &FORMATS) }, &second).unwrap();
    let diff = |a: &Utf8Path, b: &Utf8Path| later.bench.run(&["kit", "diff", a.as_str(), b.as_str()]);
    let same = diff(&first, &second);
    assert_eq!(same.exits(0).stdout.trim(), "identical payload, nothing to release");

    let third = later.bench.path().join("kit/third");
    let seventh = later.artifacts(7).modules[1].partial_bit.clone().unwrap();
    let seventh = later.artifact("other/partial.bit", &fs_err::read(seventh.path).unwrap());
    let mut other = with_hand_off_files(&later);
    other.modules[1].partial_bit = Some(seventh);
    write(&KitInput { archive: false, ..KitInput::new(&other, &FORMATS) }, &third).unwrap();
    let differs = diff(&first, &third);
    let text = &differs.exits(0).stdout;
    assert!(
        text.contains("payload   modules/conv/conv3x3-16bit.bit: ") && text.contains("the payloads differ"),
        "{text}"
    );
    assert!(!text.contains("conv3x3-8bit"), "{text}");

    for kit in [first.clone(), Utf8PathBuf::from(format!("{first}.tar.zst"))] {
        let run = later.bench.run(&["kit", "sbom", kit.as_str()]);
        let document: serde_json::Value = serde_json::from_str(&run.exits(0).stdout).unwrap();
        assert_eq!(
            (document["bomFormat"].as_str(), document["specVersion"].as_str()),
            (Some("CycloneDX"), Some("1.5"))
        );
        let components = document["components"].as_array().unwrap();
        let core = components.iter().find(|c| c["bom-ref"] == "ip:example.org:user:ctl:1.0").unwrap();
        assert_eq!((core["name"].as_str(), core["version"].as_str()), (Some("ctl"), Some("1.0")));
        // Every dependency names a component.
        for on in document["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|d| d["dependsOn"].as_array().unwrap())
        {
            assert!(components.iter().any(|c| c["bom-ref"] == *on), "{on}");
        }
    }
}

/// What only the description knows gets into kit.json, and what the hand-off files say about a module.
#[test]
fn a_manifest_holds_what_a_loader_needs() {
    let build = Build::zynq();
    let mut artifacts = with_hand_off_files(&build);
    artifacts.modules[0].drivers = vec!["example.org:user:ctl".to_owned()];
    let description = "[partitions.conv]\nreset = { address = 0x4121_0000, mask = 4, active-low = true, hold-us = 25 }\n\
                       [modules.conv3x3-8bit]\nid = { address = 0x43c0_0070, value = 0x33, mask = 0xff, timeout-us = 500 }\n";
    let document = dfxkit::spec::Document::parse("dfx.toml", description.as_bytes());
    let care = Care::of_spec(&dfxkit::spec::lower::lower(&document));
    let git = dfxkit::vcs::GitState { commit: "c0ffee".to_owned(), dirty: true };
    let input = KitInput { care, sources: Some(git), ..KitInput::new(&artifacts, &FORMATS) };
    let written = write(&input, &build.dir()).unwrap();
    let json: serde_json::Value =
        serde_json::from_slice(&fs_err::read(build.dir().join("kit.json")).unwrap()).unwrap();
    let reset =
        serde_json::json!({"address": "0x41210000", "mask": "0x4", "active_high": false, "hold_us": 25});
    assert_eq!(json["partitions"][0]["reset"], reset);
    let id = serde_json::json!({"address": "0x43c00070", "mask": "0xff", "value": "0x33", "timeout_us": 500});
    assert_eq!(json["modules"][0]["id"], id);
    assert_eq!(json["modules"][1]["id"], serde_json::Value::Null);
    let range = serde_json::json!({
        "path": "ctl", "vlnv": "example.org:user:ctl:1.0", "interface": "S_AXI", "base": "0x43c00000", "high": "0x43c0007f",
        "memory": false, "driver": "example.org:user:ctl",
    });
    assert_eq!(json["modules"][0]["ranges"], serde_json::json!([range]));
    assert_eq!(json["sources"], serde_json::json!({"commit": "c0ffee", "changed": true}));
    assert_eq!(
        json["documents"],
        serde_json::json!([
            {"path": "sbom.cdx.json", "kind": "sbom"},
            {"path": "provenance.intoto.json", "kind": "provenance"},
        ])
    );
    assert!(written.verification.is_whole());
    let bill = fs_err::read_to_string(build.dir().join("sbom.cdx.json")).unwrap();
    assert!(bill.contains("c0ffee") && bill.contains("example.org:user"), "{bill}");
    let made = fs_err::read(build.dir().join("provenance.intoto.json")).unwrap();
    let made = dfxkit::provenance::Statement::parse(&made).unwrap();
    let manifest = fs_err::read(build.dir().join("kit.json")).unwrap();
    assert_eq!(made.subject("kit.json").unwrap().sha256(), Some(dfxkit::hash::sha256(&manifest).as_str()));
    for file in json["modules"][0]["files"].as_array().unwrap() {
        let subject = made.subject(file["path"].as_str().unwrap()).unwrap();
        assert_eq!(subject.sha256(), file["sha256"].as_str());
    }
    let internal = &made.predicate["buildDefinition"]["internalParameters"];
    assert_eq!(internal["ipCores"][0], "example.org:user:ctl:1.0");

    // A reset that is no register of 32 bits never gets so far from a description; made by hand it is refused.
    let mut manifest = written.verification.manifest.unwrap();
    manifest.partitions[0].reset.as_mut().unwrap().mask = 0x1_0000_0000;
    assert!(manifest.render().is_err());
    manifest.partitions[0].reset = None;
    manifest.modules[0].ranges[0].high = 0x43c1_0000;
    assert!(manifest.render().unwrap_err().to_string().contains("lies in no window"));
}
