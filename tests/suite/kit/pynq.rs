// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! PYNQ 4.0 itself, where it is: `cargo xtask pynq` puts it below `target/pynq`; otherwise whatever Python finds.

use std::process::Command;

use camino::Utf8Path;
use dfxkit::artifacts::{Artifact, ModuleSet};
use dfxkit::kit::{KitInput, write};

use super::{Build, FORMATS};
use crate::support::{corpus, repository};

/// What a script says; none when it says that PYNQ is not there.
fn script(name: &str, args: &[&str]) -> Option<String> {
    let here = repository().join("target/pynq");
    let mut command = Command::new("python3");
    command.arg(repository().join("scripts").join(name)).args(args);
    if here.is_dir() {
        command.env("PYTHONPATH", &here);
    }
    let Ok(run) = command.output() else {
        eprintln!("SKIPPED: no python3");
        return None;
    };
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&run.stderr));
    if said.contains("SKIPPED") {
        eprintln!("{}", said.trim());
        return None;
    }
    Some(said)
}

/// A kit of real hand-off files around made-up images, in the dialect of block design containers, with a greybox and a module of RTL.
#[test]
fn pynq_loads_a_kit_and_gives_its_addresses() {
    let Some(corpus) = corpus() else { return };
    let files = corpus.join("us_plus_bdc");
    let artifact = |name: &str| Artifact::of(&files.join(name)).unwrap();
    let build = Build { part: "xczu3eg-sbva484-1-e", ..Build::zynq() };
    let mut artifacts = build.artifacts(1);
    artifacts.partitions[0].decoupler = None;
    artifacts.partitions[0].cell = "design_1_i/reconfigurable_module".to_owned();
    artifacts.static_set.hwh = Some(artifact("design_1_wrapper.hwh"));
    artifacts.modules[0].hwh = Some(artifact("design_1_i_reconfigurable_module_rp_adder_inst_0_partial.hwh"));
    let greybox = ModuleSet {
        name: "nothing".to_owned(),
        greybox: true,
        hwh: None,
        partial_bit: artifacts.modules[1].partial_bit.clone(),
        ..artifacts.modules[1].clone()
    };
    artifacts.modules.push(greybox);
    write(&KitInput::new(&artifacts, &FORMATS), &build.dir()).unwrap();
    let Some(said) = script("pynq_load.py", &[build.dir().as_str()]) else { return };
    for words in [
        "conv/conv3x3-8bit: loaded, 1 ranges",
        "conv/conv3x3-16bit: loaded, 0 ranges",
        "conv/nothing: loaded",
    ] {
        assert_eq!(said.matches(words).count(), 2, "{words} in\n{said}");
    }
}

/// The project flow's dialect, on a Zynq-7000.
#[test]
fn pynq_reads_the_pairs_of_a_project_flow_kit() {
    let Some(corpus) = corpus() else { return };
    let files = corpus.join("z020_pynq_gpio_pr/Pynq-Z1/gpio_pr");
    let artifact = |name: &str| Artifact::of(&files.join(name)).unwrap();
    let build = Build { part: "xc7z020clg400-1", ..Build::zynq() };
    let mut artifacts = build.artifacts(1);
    artifacts.partitions[0].decoupler = None;
    artifacts.partitions[0].cell = "gpio_pr_i/gpio_0".to_owned();
    artifacts.static_set.hwh = Some(artifact("gpio_pr.hwh"));
    artifacts.modules[0].hwh = Some(artifact("led_0.hwh"));
    write(&KitInput::new(&artifacts, &FORMATS), &build.dir()).unwrap();
    let Some(said) = script("pynq_load.py", &[build.dir().as_str()]) else { return };
    assert_eq!(said.matches("conv/conv3x3-8bit: loaded, 4 ranges").count(), 2, "{said}");
}

/// The model against PYNQ's own parser, on every hand-off file of the corpus and on the made-up Versal.
#[test]
fn the_model_of_hand_off_files_agrees_with_pynq() {
    let program = env!("CARGO_BIN_EXE_dfxkit");
    let versal = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/handoff/tests/data/versal.hwh");
    let build = Build::zynq();
    fs_err::copy(versal, build.bench.path().join("versal.hwh")).unwrap();
    let mut places = vec![build.bench.path()];
    places.extend(corpus());
    for place in places {
        let Some(said) = script("pynq_compare.py", &["--dfxkit", program, place.as_str()]) else { return };
        assert!(said.contains(" 0 differences"), "{said}");
    }
}
