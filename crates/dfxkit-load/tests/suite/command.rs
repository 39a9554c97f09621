// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command: every subcommand, its JSON and exit codes.

use crate::support::{DECOUPLER, Target};

#[test]
fn load_swap_unload_and_status() {
    let t = Target::new();
    let (code, v) = t.run(&["status"]);
    assert_eq!((code, &v["status"]["static"]), (0, &serde_json::Value::Null));
    let (code, v) = t.run(&["load"]);
    assert_eq!(code, 0, "{v}");
    assert_eq!(t.run(&["status"]).1["status"]["partitions"]["p"]["module"], "a");
    let (code, v) = t.run(&["swap", "p", "b"]);
    assert_eq!(code, 0, "{v}");
    assert_eq!(v["outcome"]["frames_checked"], true);
    let steps: Vec<&str> = v["outcome"]["events"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|e| e["step"].as_str())
        .collect();
    assert_eq!(steps, ["stop-users", "drain", "decouple", "load", "couple", "record"]);
    assert_eq!(t.register(DECOUPLER), 0);
    let (_, v) = t.run(&["swap", "p", "b"]);
    assert_eq!(v["outcome"]["already"], true);
    let (code, v) = t.run(&["unload", "p"]);
    assert_eq!(code, 0, "{v}");
    let (_, v) = t.run(&["status"]);
    assert_eq!(v["status"]["partitions"]["p"], serde_json::json!({ "state": "loaded", "module": "empty" }));
    let (code, v) = t.run(&["verify"]);
    assert_eq!((code, v["images"].as_array().map(Vec::len)), (0, Some(4)), "{v}");
    let (code, v) = t.run(&["ip", "p", "b"]);
    assert_eq!((code, &v["ip"]["rp/ctl"]["base"]), (0, &serde_json::json!(0x43c0_0000)), "{v}");
}

#[test]
fn what_fails_says_how_it_left_the_partition() {
    let t = Target::new();
    // The kernel says that the load failed: blank, load, everything fails, so the partition stays closed and unknown.
    fs_err::write(t.root().join("sys/class/fpga_manager/fpga0/state"), "write error\n").expect("written");
    let (code, v) = t.run(&["swap", "p", "b"]);
    assert_eq!((code, &v["left"]["state"]), (3, &"unknown".into()), "{v}");
    assert_eq!(t.register(DECOUPLER), 1);
    assert_eq!(t.run(&["status"]).1["status"]["partitions"]["p"]["state"], "unknown");
    fs_err::write(t.root().join("sys/class/fpga_manager/fpga0/state"), "operating\n").expect("written");
    assert_eq!(t.run(&["swap", "p", "b"]).0, 0);
    assert_eq!(t.register(DECOUPLER), 0);

    // A changed image, a missing one, an unknown name: nothing is touched.
    let image = t.kit().join("modules/p/a.bin");
    let mut bytes = fs_err::read(&image).expect("there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs_err::write(&image, &bytes).expect("written");
    let before = t.firmware();
    for arguments in [["swap", "p", "a"], ["swap", "p", "c"], ["swap", "q", "a"]] {
        let (code, v) = t.run(&arguments);
        assert_eq!((code, &v["ok"]), (1, &false.into()), "{v}");
    }
    assert_eq!(t.run(&["verify"]).0, 1);
    assert_eq!((t.firmware(), t.register(DECOUPLER)), (before, 0));

    // Rivals are found by their process, too; --force goes on.
    fs_err::create_dir_all(t.root().join("proc/77")).expect("made");
    fs_err::write(t.root().join("proc/77/comm"), "fpgad\n").expect("written");
    let (code, v) = t.run(&["swap", "p", "empty"]);
    assert_eq!(code, 1);
    assert!(v["error"].as_str().is_some_and(|e| e.contains("fpgad (process 77)")), "{v}");
    assert_eq!(t.run(&["doctor"]).0, 1);
    assert_eq!(t.run(&["--force", "swap", "p", "empty"]).0, 0);

    for wrong in
        [&["nonsense"][..], &["swap", "p"], &["--slots", "0", "simulate"], &["--nonsense", "x", "status"]]
    {
        assert_eq!(t.command(wrong).output().expect("runs").status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn plans_run_until_the_first_failure() {
    let t = Target::new();
    let plan = t.dir.path().join("plan");
    fs_err::write(&plan, "prefetch p b\nswap p b # to b\n\nunload p\nswap p nothing\nswap p a\n")
        .expect("written");
    let (code, v) = t.run(&["run-plan", plan.to_str().expect("text")]);
    assert_eq!(code, 1);
    let steps = v["steps"].as_array().expect("a list");
    assert_eq!(steps.len(), 3, "{v}");
    assert!(steps[1]["microseconds"].is_u64() && steps[1]["outcome"]["loaded"] == true);
    assert_eq!(t.run(&["status"]).1["status"]["partitions"]["p"]["module"], "empty");
    // A plan with a line that is not understood runs no line.
    fs_err::write(&plan, "swap p b\nfly\n").expect("written");
    assert_eq!(t.run(&["run-plan", plan.to_str().expect("text")]).0, 2);
    assert_eq!(t.run(&["status"]).1["status"]["partitions"]["p"]["module"], "empty");
}

#[test]
fn doctor_names_the_kernel_option_and_a_good_machine_is_fit() {
    let t = Target::new();
    let (code, v) = t.run(&["doctor"]);
    assert_eq!((code, &v["fit"]), (0, &true.into()), "{v}");
    fs_err::remove_dir_all(t.root().join("sys/class/fpga_manager")).expect("removed");
    let (code, v) = t.run(&["doctor"]);
    assert_eq!((code, &v["fit"]), (1, &false.into()));
    assert!(v.to_string().contains("CONFIG_FPGA"), "{v}");
    assert_eq!(t.run(&["swap", "p", "b"]).0, 1);
}

#[test]
fn watch_and_simulate() {
    let t = Target::new();
    let output = t.command(&["watch", "--count", "1"]).output().expect("runs");
    assert!(String::from_utf8_lossy(&output.stdout).lines().next().is_some_and(|l| l.contains("partitions")));
    let trace = t.dir.path().join("trace");
    fs_err::write(&trace, "function x 1450000\nfunction y 1450000\ncall x 10\ncall y 10\ncall x 10\n")
        .expect("written");
    let (code, v) =
        t.run(&["simulate", "--trace", trace.to_str().expect("text"), "--policy", "lru", "--slots", "1"]);
    let figures = &v["figures"][0];
    assert_eq!((code, &figures["misses"]), (0, &3.into()), "{v}");
    // Three loads of 1.45 MB at 145 MB/s.
    assert!(figures["stall_seconds"].as_f64().is_some_and(|s| (s - 0.03).abs() < 1e-9), "{v}");
}
