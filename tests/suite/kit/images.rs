// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Images: read before they go in, and again when a kit is verified.

use camino::Utf8PathBuf;
use dfxkit::artifacts::{Artifact, ModuleSet, PartitionSet};
use dfxkit::gates::Verdict;
use dfxkit::kit::KitError;

use super::{Build, sha256sum};
use crate::support::corpus;

/// A kit can be whole by its digests and still hold the wrong images: whoever makes such a kit writes the digests too.
#[test]
fn a_kit_of_wrong_images_is_refused_although_its_digests_agree() {
    let build = Build { partitions: &["left", "right"], ..Build::zynq() };
    let dir = build.write(&build.artifacts(1)).unwrap().dir;
    let good = build.bench.run(&["kit", "verify", dir.as_str()]);
    assert!(good.exits(0).stdout.contains("10 images read"), "{}", good.stdout);

    // The two partitions' images exchanged, with every digest put right.
    let names = |partition: &str| dir.join(format!("modules/{partition}/conv3x3-8bit.bit"));
    let (left, right) = (fs_err::read(names("left")).unwrap(), fs_err::read(names("right")).unwrap());
    fs_err::write(names("left"), &right).unwrap();
    fs_err::write(names("right"), &left).unwrap();
    let (l, r) = (dfxkit::hash::sha256(&left), dfxkit::hash::sha256(&right));
    let json = fs_err::read_to_string(dir.join("kit.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&json).unwrap();
    let modules = manifest["modules"].as_array_mut().unwrap();
    let at = |modules: &[serde_json::Value], p: &str| {
        modules.iter().position(|m| m["partition"] == p && m["name"] == "conv3x3-8bit").unwrap()
    };
    let (a, b) = (at(modules, "left"), at(modules, "right"));
    for key in ["sha256", "size", "payload_sha256"] {
        let kept = modules[a]["files"][0][key].take();
        modules[a]["files"][0][key] = modules[b]["files"][0][key].take();
        modules[b]["files"][0][key] = kept;
    }
    let new = serde_json::to_string_pretty(&manifest).unwrap();
    fs_err::write(dir.join("kit.json"), &new).unwrap();
    let sums = fs_err::read_to_string(dir.join("SHA256SUMS")).unwrap();
    let sums = sums.replace(&l, "<left>").replace(&r, &l).replace("<left>", &r);
    let sums = sums.replace(&dfxkit::hash::sha256(json.as_bytes()), &dfxkit::hash::sha256(new.as_bytes()));
    fs_err::write(dir.join("SHA256SUMS"), sums).unwrap();
    assert!(sha256sum(&dir));
    let run = build.bench.run(&["kit", "verify", dir.as_str()]);
    run.exits(4);
    assert!(run.stdout.contains("frames outside its partition"), "{}", run.stdout);
    assert!(run.stdout.contains("not the data of the .bit beside it"), "{}", run.stdout);
    assert!(run.stdout.contains("provenance.intoto.json is about another kit.json"), "{}", run.stdout);
}

#[test]
fn images_are_read_again_before_they_go_in() {
    let build = Build::zynq();
    let good = build.artifacts(1);
    let mut swapped = good.clone();
    swapped.modules[0].partial_bit.clone_from(&good.static_set.full_bit);
    assert!(matches!(build.write(&swapped), Err(KitError::WrongImage { what: "kind", .. })));
    let mut foreign = good.clone();
    foreign.part = "xc7z020clg400-1".to_owned();
    assert!(matches!(build.write(&foreign), Err(KitError::WrongImage { what: "part", .. })));
    let mut refused = good.clone();
    refused.gates.results[0].verdict = Verdict::Refused;
    match build.write(&refused) {
        Err(e @ KitError::Refused { .. }) => assert!(e.to_string().contains("timing (base)"), "{e}"),
        other => panic!("{other:?}"),
    }
    let mut none = good.clone();
    none.static_set.full_bit = None;
    assert!(matches!(build.write(&none), Err(KitError::NoStatic { .. })));
    let mut twins = good.clone();
    twins.modules[1].name = "CONV3X3-8bit".to_owned();
    assert!(matches!(build.write(&twins), Err(KitError::Collision { .. })));
    fs_err::write(&good.modules[0].partial_bit.as_ref().unwrap().path, b"changed behind our back").unwrap();
    assert!(matches!(build.write(&good), Err(KitError::Changed { .. })));
    assert!(!build.dir().exists());
}

#[test]
fn real_images_and_hand_off_files_of_one_project() {
    let Some(corpus) = corpus() else { return };
    let project = corpus.join("z020_bdc_4rp_project");
    let runs = project.join("cv_dfx_4_pr.runs");
    let build = Build { part: "xc7z020clg400-1", ..Build::zynq() };
    let mut artifacts = Build::zynq().artifacts(1);
    artifacts.part = build.part.to_owned();
    let artifact = |path: Utf8PathBuf| Artifact::of(&path).unwrap();
    let hwh = |name: &str| {
        artifact(project.join(format!("cv_dfx_4_pr.gen/sources_1/bd/{name}/hw_handoff/{name}.hwh")))
    };
    artifacts.static_set.full_bit = Some(artifact(runs.join("impl_1/video_cp_wrapper.bit")));
    artifacts.static_set.hwh = Some(hwh("video_cp"));
    let template = artifacts.modules[0].clone();
    let place = artifacts.partitions[0].clone();
    artifacts.modules.clear();
    artifacts.partitions.clear();
    let modules = [
        ("pr_0", "composable_pr_0_dilate_erode"),
        ("pr_1", "composable_pr_1_dilate_erode"),
        ("pr_fork", "composable_pr_fork_duplicate"),
        ("pr_join", "composable_pr_join_subtract"),
    ];
    for (partition, module) in modules {
        let cell = format!("video_cp_i/composable/{partition}");
        artifacts.partitions.push(PartitionSet {
            abstract_shell: None,
            name: partition.to_owned(),
            cell,
            decoupler: None,
            ..place.clone()
        });
        let bit = fs_err::read_dir(runs.join("impl_1"))
            .unwrap()
            .map(|e| Utf8PathBuf::from_path_buf(e.unwrap().path()).unwrap())
            .find(|p| p.as_str().contains(&format!("_{partition}_")) && p.as_str().ends_with("_partial.bit"))
            .unwrap();
        artifacts.modules.push(ModuleSet {
            name: module.to_owned(),
            partition: partition.to_owned(),
            partial_bit: Some(artifact(bit)),
            hwh: Some(hwh(module)),
            ..template.clone()
        });
    }
    artifacts.configurations.truncate(1);
    artifacts.configurations[0].modules =
        modules.iter().map(|(p, m)| ((*p).to_owned(), Some((*m).to_owned()))).collect();
    let written = build.write(&artifacts).unwrap();
    let manifest = written.verification.manifest.unwrap();
    assert_eq!(manifest.verdict, dfxkit_handoff::kit::Verdict::Passed);
    assert_eq!(manifest.gates.iter().filter(|g| g.gate == "hwh-join").count(), 4);
    assert_eq!(manifest.partitions[0].apertures.len(), 2);
    assert_eq!(manifest.partitions[0].isolation[0].address, None, "on a pin");
    assert!(manifest.partitions.iter().all(|p| p.frames.count.is_some_and(|n| n > 100)));
    assert!(sha256sum(&build.dir()));
    // Its static lists hundreds of registers, with descriptions as Xilinx wrote them.
    let registers = fs_err::read_to_string(build.dir().join("loader/src/registers.rs")).unwrap();
    assert!(registers.matches("Register::new(").count() > 100, "{registers}");
    super::loader_crate::documents(&build.dir(), &build.bench.path().join("target"));
}

/// The FPGA manager gets raw data, so the loader must tell the kind without the header that says it.
#[test]
fn raw_data_tells_the_same_kind_as_the_header_on_real_files() {
    use dfxkit_fabric::codec::{Bitstream, Order};
    let Some(corpus) = corpus() else { return };
    let mut compared = 0;
    for entry in walkdir::WalkDir::new(&corpus) {
        let entry = entry.unwrap();
        if entry.path().extension().is_none_or(|e| !e.eq_ignore_ascii_case("bit")) {
            continue;
        }
        let bytes = fs_err::read(entry.path()).unwrap();
        let Ok(stream) = Bitstream::parse(&bytes) else { continue };
        let Some(header) = stream.header().filter(|h| h.version().is_some()) else { continue };
        if stream.is_encrypted() || stream.die().is_none() {
            continue;
        }
        let bin = stream.to_bin(Order::ByteSwapped);
        let raw = Bitstream::parse_as(&bin, Some(header.part)).unwrap();
        assert_eq!(raw.kind(), stream.kind(), "{}", entry.path().display());
        compared += 1;
    }
    assert!(compared > 20, "only {compared}");
}
