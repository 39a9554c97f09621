// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit hwh show`, on real files.

use crate::support::{Bench, corpus};

#[test]
fn a_module_is_joined_and_a_foreign_one_refused() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let fixed = corpus.join("us_plus_bdc/design_1_wrapper.hwh");
    let rm = corpus.join("us_plus_bdc/design_1_i_reconfigurable_module_rp_adder_inst_0_partial.hwh");
    let join = ["hwh", "show", fixed.as_str(), "--rm", rm.as_str(), "--region", "reconfigurable_module"];

    let human = bench.run(&join);
    human.exits(0);
    assert!(
        human.stdout.contains("0x00a0050000..=0x00a005007f  reconfigurable_module/adder_0"),
        "{}",
        human.stdout
    );
    assert!(human.stdout.contains("isolated by dfx_decoupler_0"), "{}", human.stdout);

    let run = bench.run(&[&join[..], &["--message-format", "json"]].concat());
    let json = &run.exits(0).json()[0];
    assert_eq!(json["joined"]["ranges"][0]["base"], 0xA005_0000_u32);
    assert_eq!(json["partial_regions"][0]["dialect"], "block-container");
    assert_eq!(json["isolation"][0]["address"], 0xA003_0000_u32);

    // A module without an aperture: refused with the interfaces that exist, exit 4.
    let led = corpus.join("z020_pynq_gpio_pr/ZCU104/gpio_pr/led_0.hwh");
    let refused = bench.run(&[
        "hwh",
        "show",
        fixed.as_str(),
        "--rm",
        led.as_str(),
        "--region",
        "reconfigurable_module",
    ]);
    refused.exits(4);
    assert!(refused.stderr.contains("zu7ev"), "{}", refused.stderr);
}

/// On a made-up file: no public module's .hwh lists registers.
#[test]
fn registers_are_shown_at_their_absolute_addresses() {
    let bench = Bench::new();
    let seed = crate::support::repository().join("crates/handoff/tests/data/small.hwh");
    let join = ["hwh", "show", seed.as_str(), "--rm", seed.as_str(), "--region", "rp", "--registers"];
    let human = bench.run(&join);
    assert!(human.exits(0).stdout.contains("0x43c00004 CTRL (32 bits)"), "{}", human.stdout);
    let run = bench.run(&[&join[..], &["--message-format", "json"]].concat());
    let register = &run.exits(0).json()[0]["joined"]["ranges"][0]["registers"][0];
    assert_eq!((register["name"].as_str(), register["address"].as_u64()), (Some("CTRL"), Some(0x43C0_0004)));
    assert_eq!(register["fields"][0]["name"], "GO");
}

#[test]
fn what_is_no_hwh_is_said_with_its_place() {
    let bench = Bench::new();
    bench.write("a.hwh", "<EDKSYSTEM>\n<oops></EDKSYSTEM>");
    let run = bench.run(&["hwh", "show", "a.hwh"]);
    run.exits(1);
    assert!(run.stderr.contains("a.hwh: line 2"), "{}", run.stderr);
    bench.run(&["hwh", "show", "missing.hwh"]).exits(1);
    bench.run(&["hwh", "show", "a.hwh", "--rm", "b.hwh"]).exits(2);
}
