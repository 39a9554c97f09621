// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Real files of real Vivado releases (2018.3 to 2024.2), both dialects of partial regions. Needs the corpus
//! (`DFXKIT_CORPUS`); says so and passes when it is absent.

use std::path::{Path, PathBuf};

use dfxkit_handoff::hwh::{self, Dialect, Hwh, IsolationKind, JoinError, Placement, join};

#[expect(clippy::disallowed_methods, reason = "a test finds its material by the environment")]
fn corpus() -> Option<PathBuf> {
    let path = std::env::var_os("DFXKIT_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no corpus at {} (set DFXKIT_CORPUS)", path.display());
    None
}

fn read(path: &Path) -> Hwh {
    let bytes = fs_err::read(path).expect("a corpus file");
    hwh::parse(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn all_hwh(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all_hwh(&path, found);
        } else if path.extension().is_some_and(|e| e == "hwh") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_parses_and_truncations_are_refused() {
    let Some(corpus) = corpus() else { return };
    let mut files = Vec::new();
    all_hwh(&corpus, &mut files);
    assert!(files.len() >= 20, "only {} .hwh in the corpus", files.len());
    for file in &files {
        let model = read(file);
        assert!(!model.system.name.is_empty() && !model.modules.is_empty(), "{}", file.display());
        // Every connected end names something that exists, so the interrupt and isolation walks have ground to stand on.
        for (owner, range) in model.memory_ranges() {
            assert!(
                model.instance(&range.instance).is_some(),
                "{}: {owner} maps {}",
                file.display(),
                range.instance
            );
        }
        let bytes = fs_err::read(file).expect("a corpus file");
        assert!(hwh::parse(&bytes[..bytes.len() * 3 / 4]).is_err());
    }
}

#[test]
fn a_block_design_container_and_its_adder() {
    let Some(corpus) = corpus() else { return };
    let dir = corpus.join("us_plus_bdc");
    let fixed = read(&dir.join("design_1_wrapper.hwh"));
    let rm = read(&dir.join("design_1_i_reconfigurable_module_rp_adder_inst_0_partial.hwh"));

    let regions = fixed.partial_regions();
    assert_eq!(regions.len(), 1);
    assert_eq!(regions[0].dialect, Dialect::BlockContainer);
    assert_eq!(regions[0].candidates, ["rm_multer", "rp_adder", "pr_subber"]);
    assert_eq!(regions[0].guarded_by, ["dfx_decoupler_0"]);

    let isolation = fixed.isolation();
    assert_eq!(isolation[0].kind, IsolationKind::Decoupler);
    assert_eq!(isolation[0].address, Some(0xA003_0000));
    assert_eq!(isolation[0].guards, ["reconfigurable_module"]);

    let joined = join(&fixed, &rm, "reconfigurable_module").expect("the pair joins");
    assert_eq!(joined.ranges.len(), 1);
    let adder = &joined.ranges[0];
    assert_eq!((adder.base, adder.high), (0xA005_0000, 0xA005_007F));
    assert_eq!(adder.placement, Placement::Relocated);
    assert_eq!(adder.path, "reconfigurable_module/adder_0");
    assert!(joined.unanswered.is_empty());

    // Behind the decoupler and the concatenation, at input 3 of the fabric's interrupt controller.
    let interrupts = fixed.interrupts();
    let own = interrupts.iter().find(|i| i.source.module == "reconfigurable_module").expect("traced");
    assert_eq!((own.controller.as_deref(), own.index, own.raw), (Some("axi_intc_0"), 3, None));
    let controller = interrupts.iter().find(|i| i.source.module == "axi_intc_0").expect("at the processor");
    assert_eq!((controller.raw, controller.index), (Some(121), 0));

    let clocks = fixed.ps_clocks();
    assert_eq!(clocks.iter().filter(|c| c.enabled).count(), 1);
    assert_eq!((clocks[0].actual_mhz, clocks[0].divisors), (Some(100.0), Some((15, 1))));

    assert!(matches!(join(&fixed, &rm, "axi_dma_a"), Err(JoinError::NotPartial { .. })));
    assert!(matches!(join(&fixed, &rm, "nowhere"), Err(JoinError::NoRegion { .. })));
    assert!(matches!(join(&fixed, &fixed, "reconfigurable_module"), Ok(j) if j.ranges.is_empty()));
}

#[test]
fn four_apertures_of_a_project_flow_region() {
    let Some(corpus) = corpus() else { return };
    let dir = corpus.join("z020_pynq_gpio_pr/Pynq-Z1/gpio_pr");
    let fixed = read(&dir.join("gpio_pr.hwh"));
    let rm = read(&dir.join("led_0.hwh"));
    assert_eq!(fixed.partial_regions()[0].dialect, Dialect::Rbd);
    let joined = join(&fixed, &rm, "/gpio_0").expect("the pair joins");
    let found: Vec<(&str, u64)> = joined.ranges.iter().map(|r| (r.interface.as_str(), r.base)).collect();
    assert_eq!(
        found,
        [("S_AXI", 0x4123_0000), ("S_AXI1", 0x4120_0000), ("S_AXI2", 0x4122_0000), ("S_AXI3", 0x4121_0000)]
    );
    // A module for another board's device is refused, not placed.
    let other = read(&corpus.join("z020_pynq_gpio_pr/ZCU104/gpio_pr/led_0.hwh"));
    assert!(matches!(join(&fixed, &other, "gpio_0"), Err(JoinError::OtherDevice { .. })));
}

#[test]
fn three_apertures_on_zynq_ultrascale() {
    let Some(corpus) = corpus() else { return };
    let dir = corpus.join("z020_pynq_gpio_pr/ZCU104/gpio_pr");
    let joined = join(&read(&dir.join("gpio_pr.hwh")), &read(&dir.join("led_0.hwh")), "gpio_0")
        .expect("the pair joins");
    let found: Vec<u64> = joined.ranges.iter().map(|r| r.base).collect();
    assert_eq!(found, [0x8000_0000, 0x8000_3000, 0x8000_4000]);
}

#[test]
fn decouplers_of_prio_have_registers_and_guard_one_region_each() {
    let Some(corpus) = corpus() else { return };
    let dir = corpus.join("us_plus_partial_prio/ZCU104/prio");
    let fixed = read(&dir.join("prio.hwh"));
    let isolation = fixed.isolation();
    assert_eq!(isolation.len(), 4);
    for (n, decoupler) in isolation.iter().enumerate() {
        assert_eq!(decoupler.guards, [format!("pr_{n}")], "{}", decoupler.path);
    }
    let joined = join(&fixed, &read(&dir.join("partial/pr_1_gpio.hwh")), "pr_1").expect("the pair joins");
    assert_eq!(joined.ranges[0].base, 0x800E_1000);
    // The UART module does not belong into the GPIO's sibling by name, but its interface fits: addresses follow the region.
    let moved = join(&fixed, &read(&dir.join("partial/pr_1_gpio.hwh")), "pr_3").expect("same interface");
    assert_eq!(moved.ranges[0].base, 0x800E_3000);
}

#[test]
fn four_regions_below_a_hierarchy() {
    let Some(corpus) = corpus() else { return };
    let dir = corpus.join("z020_bdc_4rp_project/cv_dfx_4_pr.gen/sources_1/bd");
    let bd = |name: &str| read(&dir.join(name).join("hw_handoff").join(format!("{name}.hwh")));
    let fixed = bd("video_cp");
    let paths: Vec<String> = fixed.partial_regions().into_iter().map(|r| r.path).collect();
    assert_eq!(paths, ["composable/pr_0", "composable/pr_1", "composable/pr_fork", "composable/pr_join"]);
    for region in fixed.partial_regions() {
        assert_eq!(region.guarded_by.len(), 1, "{} is guarded by {:?}", region.path, region.guarded_by);
        let pin_driven =
            fixed.isolation().into_iter().find(|i| i.path == region.guarded_by[0]).expect("listed");
        assert!(pin_driven.address.is_none() && pin_driven.pin.is_some(), "{pin_driven:?}");
    }
    let joined =
        join(&fixed, &bd("composable_pr_0_dilate_erode"), "composable/pr_0").expect("the pair joins");
    let found: Vec<(&str, u64)> = joined.ranges.iter().map(|r| (r.path.as_str(), r.base)).collect();
    assert_eq!(
        found,
        [("composable/pr_0/erode_accel", 0x4008_0000), ("composable/pr_0/dilate_accel", 0x4008_8000)]
    );
    // The module has registers behind the first window only: the second answers nothing, and the join says so.
    let fifo = join(&fixed, &bd("composable_pr_0_fast_fifo"), "composable/pr_0").expect("the pair joins");
    assert_eq!(fifo.unanswered, ["s_axi_control1"]);
}

/// Every pair of the corpus: after the rewriting each range is absolute at the joined address, and only values of
/// BASEVALUE and HIGHVALUE changed.
#[test]
fn rewritten_modules_hold_absolute_addresses() {
    let Some(corpus) = corpus() else { return };
    let bd = |name: &str| {
        format!("z020_bdc_4rp_project/cv_dfx_4_pr.gen/sources_1/bd/{name}/hw_handoff/{name}.hwh")
    };
    let pairs = [
        (
            "us_plus_bdc/design_1_wrapper.hwh".to_owned(),
            "us_plus_bdc/design_1_i_reconfigurable_module_rp_adder_inst_0_partial.hwh".to_owned(),
            "reconfigurable_module",
        ),
        (
            "z020_pynq_gpio_pr/Pynq-Z1/gpio_pr/gpio_pr.hwh".to_owned(),
            "z020_pynq_gpio_pr/Pynq-Z1/gpio_pr/led_0.hwh".to_owned(),
            "gpio_0",
        ),
        (
            "z020_pynq_gpio_pr/ZCU104/gpio_pr/gpio_pr.hwh".to_owned(),
            "z020_pynq_gpio_pr/ZCU104/gpio_pr/led_0.hwh".to_owned(),
            "gpio_0",
        ),
        (
            "us_plus_partial_prio/ZCU104/prio/prio.hwh".to_owned(),
            "us_plus_partial_prio/ZCU104/prio/partial/pr_1_gpio.hwh".to_owned(),
            "pr_3",
        ),
        (bd("video_cp"), bd("composable_pr_0_dilate_erode"), "composable/pr_0"),
        (bd("video_cp"), bd("composable_pr_0_fast_fifo"), "composable/pr_0"),
    ];
    for (fixed, rm, region) in pairs {
        let fixed = read(&corpus.join(fixed));
        let bytes = fs_err::read(corpus.join(&rm)).expect("a corpus file");
        let written = hwh::absolute(&fixed, &bytes, region).unwrap_or_else(|e| panic!("{rm}: {e}"));
        let joined = join(&fixed, &read(&corpus.join(&rm)), region).expect("joins");
        let model = hwh::parse(&written).expect("reads back");
        let bases: Vec<u64> =
            model.external_interfaces.iter().flat_map(|i| &i.memory_map).map(|r| r.base).collect();
        let expected: Vec<u64> = joined.ranges.iter().map(|r| r.base).collect();
        assert_eq!(bases, expected, "{rm}");
        let lines =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>();
        let (before, after) = (lines(&bytes), lines(&written));
        assert_eq!(before.len(), after.len());
        for (a, b) in before.iter().zip(&after).filter(|(a, b)| a != b) {
            assert!(a.contains("<MEMRANGE ") && b.contains("<MEMRANGE "), "{rm}: {a}");
        }
    }
}

#[test]
fn bits_of_the_processor_drive_the_decouplers() {
    let Some(corpus) = corpus() else { return };
    let fixed = read(&corpus.join("us_plus_partial_prio/ZCU104/prio/prio.hwh"));
    let gpio = fixed.gpio();
    assert_eq!(gpio.iter().map(|g| (g.index, g.width)).collect::<Vec<_>>(), [(0, 1), (1, 1), (2, 1), (3, 1)]);
    for (n, bit) in gpio.iter().enumerate() {
        let end = bit.pins.last().expect("the slice drives something");
        assert_eq!(
            (end.module.as_str(), end.port.as_str()),
            (format!("pr_decoupler_{n}").as_str(), "decouple")
        );
    }
    let video = read(
        &corpus.join("z020_bdc_4rp_project/cv_dfx_4_pr.gen/sources_1/bd/video_cp/hw_handoff/video_cp.hwh"),
    );
    let levels = video.hierarchies();
    let composable = levels.iter().find(|h| h.path == "composable").expect("a hierarchy");
    assert!(composable.modules.iter().any(|m| m == "pr_0"), "{composable:?}");
}
