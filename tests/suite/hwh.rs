// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit hwh`: show, diff and join, on real files.

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

/// The rewritten file says what the join says, and differs from the module's own in two values only.
#[test]
fn join_writes_absolute_addresses_and_nothing_else() {
    let bench = Bench::new();
    let seed = crate::support::repository().join("crates/handoff/tests/data/small.hwh");
    let before = fs_err::read_to_string(&seed).unwrap();
    let join = ["hwh", "join", seed.as_str(), seed.as_str(), "--region", "rp", "-o", "out.hwh"];
    let run = bench.run(&[&join[..], &["--message-format", "json"]].concat());
    let json = &run.exits(0).json()[0];
    assert_eq!(json["written"].as_bool(), Some(true));
    let after = fs_err::read_to_string(bench.path().join("out.hwh")).unwrap();
    let expected = before.replacen("\"0x0\"", "\"0x43C00000\"", 1).replacen("\"0x7F\"", "\"0x43C0007F\"", 1);
    assert_eq!(after, expected);

    // What is absolute stays as it is, and the difference is told as one of addresses.
    let again = bench.run(&["hwh", "join", seed.as_str(), "out.hwh", "--region", "rp", "-o", "twice.hwh"]);
    assert!(again.exits(0).stderr.contains("absolute already"), "{}", again.stderr);
    assert_eq!(fs_err::read_to_string(bench.path().join("twice.hwh")).unwrap(), after);
    let run = bench.run(&["hwh", "diff", seed.as_str(), "out.hwh", "--message-format", "json"]);
    let found = run.exits(0).json()[0]["differences"].clone();
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(
        (found[0]["subject"].as_str(), found[0]["after"].as_str()),
        (Some("address"), Some("0x43c00000..=0x43c0007f"))
    );

    // A module that does not fit writes nothing.
    fs_err::write(bench.path().join("large.hwh"), before.replacen("\"0x7F\"", "\"0x1FFFF\"", 1)).unwrap();
    bench.run(&["hwh", "join", seed.as_str(), "large.hwh", "--region", "rp", "-o", "no.hwh"]).exits(4);
    assert!(!bench.path().join("no.hwh").exists());
}

#[test]
fn differences_are_those_that_software_sees() {
    let bench = Bench::new();
    let seed = crate::support::repository().join("crates/handoff/tests/data/small.hwh");
    let before = fs_err::read_to_string(&seed).unwrap();
    let same = before.replace("Jan  1 00:00:00 2024", "Feb  2 00:00:00 2025");
    fs_err::write(bench.path().join("later.hwh"), same).unwrap();
    let run = bench.run(&["hwh", "diff", seed.as_str(), "later.hwh"]);
    assert_eq!(run.exits(0).stdout.trim(), "the same for software");

    let other = before.replace("user:ctl:1.0", "user:ctl:1.1").replace("VALUE=\"3\"", "VALUE=\"4\"").replace(
        "<PARAMETER NAME=\"IN0_WIDTH\" VALUE=\"1\"/>",
        "<PARAMETER NAME=\"IN0_WIDTH\" VALUE=\"2\"/>",
    );
    fs_err::write(bench.path().join("other.hwh"), other).unwrap();
    let run = bench.run(&["hwh", "diff", seed.as_str(), "other.hwh"]);
    let text = &run.exits(0).stdout;
    for line in [
        "module    ctl: example.org:user:ctl:1.0 -> example.org:user:ctl:1.1",
        "parameter cat IN0_WIDTH: 1 -> 2",
        "register  ctl Reg/CTRL.GO: bit 3, width 1 -> bit 4, width 1",
        "interrupt rp/irq: processor input 1 (number 62) -> processor input 2 (number 63)",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert_eq!(text.lines().count(), 4, "{text}");
}

/// With PYNQ there (PYTHONPATH), its parser and ours agree on every file; without, the script says that it was skipped.
#[test]
fn pynq_reads_the_same() {
    let Some(corpus) = corpus() else { return };
    let script = crate::support::repository().join("scripts/pynq_compare.py");
    let program = env!("CARGO_BIN_EXE_dfxkit");
    let run = std::process::Command::new("python3")
        .args([script.as_str(), "--dfxkit", program, corpus.as_str()])
        .output();
    let Ok(run) = run else {
        eprintln!("SKIPPED: no python3");
        return;
    };
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{text}{}", String::from_utf8_lossy(&run.stderr));
    if text.starts_with("SKIPPED") {
        eprint!("{text}");
    } else {
        assert!(text.contains(" comparisons, 0 differences"), "{text}");
    }
}
