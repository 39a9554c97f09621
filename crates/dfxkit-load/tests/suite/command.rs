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

#[test]
fn what_the_caller_brings_is_done_and_said() {
    const RESET: u64 = 0x4121_0000;
    const ID: u64 = 0x43c0_0010;
    let t = Target::new();
    t.write_register(ID, 0x77);
    t.write_register(RESET, 0xf0);
    let (code, v) =
        t.run(&["--reset", "p=0x41210000:0x1:low:5", "--id", "p/b=0x43c00010:0x77", "load", "p", "b"]);
    assert_eq!(code, 0, "{v}");
    let steps = v["outcome"]["events"].to_string();
    assert!(
        steps.contains("\"reset\"") && steps.contains("\"release\"") && steps.contains("\"probe\""),
        "{v}"
    );
    assert_eq!(t.register(RESET), 0xf1, "released: a low reset is a one");
    // Another module answers: closed again, and said.
    let (code, v) = t.run(&["--id", "p/a=0x43c00010:0x78:0xff", "swap", "p", "a"]);
    assert_eq!((code, &v["left"]["state"]), (3, &"parked".into()), "{v}");
    assert_eq!(t.register(DECOUPLER), 1);
    assert_eq!(t.run(&["--static-id", "0x43c00010:0x1", "swap", "p", "a"]).0, 1);
    for wrong in [
        &["--reset", "p", "status"][..],
        &["--reset", "p=x:1", "status"],
        &["--id", "p=1:2", "status"],
        &["--static-id", "1", "status"],
        &["--overlays", "some", "status"],
        &["--message-format", "xml", "status"],
    ] {
        assert_eq!(t.command(wrong).output().expect("runs").status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn without_a_way_to_the_decoupler_nothing_is_touched() {
    let t = Target::new();
    fs_err::remove_file(t.root().join("dev/mem")).expect("removed");
    let (code, v) = t.run(&["swap", "p", "b"]);
    assert_eq!(code, 1, "{v}");
    let error = v["error"].as_str().expect("text");
    assert!(error.contains("0x41200000") && error.contains("dev/mem"), "{error}");
    assert_eq!(t.firmware(), "");
    assert_eq!(t.left_in_firmware(), ["keep"]);
    // A UIO device that covers it is a way.
    let map = t.root().join("sys/class/uio/uio0/maps/map0");
    fs_err::create_dir_all(&map).expect("made");
    fs_err::write(map.join("addr"), "0x41200000\n").expect("written");
    fs_err::write(map.join("size"), "0x1000\n").expect("written");
    fs_err::write(t.root().join("dev/uio0"), vec![0; 4096]).expect("written");
    assert_eq!(t.run(&["swap", "p", "b"]).0, 0);
}

#[test]
fn a_system_with_keys_loads_signed_kits_only() {
    let t = Target::new();
    let other = "RWTLcy6mgsYBZADueeVnUBMVoRFIDFucyFoB1XuaGGc6HoHe5d2VfiZe";
    let (code, v) = t.run(&["--public-key", other, "swap", "p", "b"]);
    assert!(code == 1 && v["error"].as_str().is_some_and(|e| e.contains("SHA256SUMS.minisig")), "{v}");
    assert_eq!(t.run(&["--public-key", "/nowhere", "swap", "p", "b"]).0, 1);
    let Some(key) = t.sign() else {
        eprintln!("SKIPPED: minisign is not installed or makes no key; no signature was made");
        return;
    };
    let key = key.to_str().expect("text");
    let (code, v) = t.run(&["--public-key", key, "swap", "p", "b"]);
    assert_eq!(code, 0, "{v}");
    assert!(v["signed_by"].as_str().is_some_and(|s| s.contains(key)), "{v}");
    assert_eq!(t.run(&["--public-key", key, "verify"]).0, 0);
    assert_eq!(t.run(&["--public-key", other, "verify"]).0, 1, "foreign");
    // Pinned on the system, no option needed; a manifest that is not the signed one is refused.
    let keys = t.root().join("etc/dfxkit/keys");
    fs_err::create_dir_all(&keys).expect("made");
    fs_err::copy(key, keys.join("release.pub")).expect("copied");
    assert_eq!(t.run(&["swap", "p", "a"]).0, 0);
    assert!(t.run(&["doctor"]).1.to_string().contains("release.pub"));
    let manifest = t.kit().join("kit.json");
    let text = fs_err::read_to_string(&manifest).expect("there");
    fs_err::write(&manifest, text.replace("\"bench\"", "\"bunch\"")).expect("written");
    let before = t.firmware();
    let (code, v) = t.run(&["swap", "p", "b"]);
    assert!(code == 1 && v["error"].as_str().is_some_and(|e| e.contains("kit.json is another one")), "{v}");
    assert_eq!(t.firmware(), before);
    fs_err::write(&manifest, text).expect("written");
    fs_err::write(t.kit().join("modules/p/a.hwh"), "x").expect("written");
    let (code, v) = t.run(&["verify"]);
    assert_eq!((code, &v["changed"][0]["path"]), (1, &"modules/p/a.hwh".into()), "{v}");
}

#[test]
fn other_ways_into_the_device() {
    let t = Target::new();
    let icap = t.root().join("dev/icap");
    fs_err::write(&icap, "").expect("made");
    let (code, v) = t.run(&["--manager", "icap:/dev/icap:bit-reversed-bytes", "swap", "p", "b"]);
    assert_eq!(code, 0, "{v}");
    assert!(v["manager"].as_str().is_some_and(|m| m.contains("bit-reversed-bytes")), "{v}");
    let sync = [0x55, 0x99, 0xaa, 0x66];
    let sent = fs_err::read(&icap).expect("there");
    assert!(sent.windows(4).any(|w| w == sync));
    assert_eq!(t.firmware(), "", "not through the FPGA manager");
    // No core answers there: closed, and said to be unknown.
    let (code, v) = t.run(&["--manager", "hwicap:0x40000000", "swap", "p", "a"]);
    assert_eq!((code, &v["left"]["state"]), (3, &"unknown".into()), "{v}");
    for wrong in ["mcap:0000:01:00.0", "mcap", "icap", "hwicap:x", "jtag", "icap:/dev/icap:upside-down"] {
        let (code, v) = t.run(&["--manager", wrong, "swap", "p", "b"]);
        assert_eq!((code, &v["ok"]), (1, &false.into()), "{wrong}: {v}");
    }
}

#[test]
fn plans_of_calls_run_under_a_policy() {
    let t = Target::new();
    let plan = t.dir.path().join("plan");
    let text = "call a 100\ncall b 100\ncall b 100\nhint a\nrequest a 1\nrequest b 9 60000\nserve\n";
    fs_err::write(&plan, text).expect("written");
    let path = plan.to_str().expect("text");
    let (code, v) = t.run(&["--policy", "lru", "run-plan", path]);
    assert_eq!(code, 0, "{v}");
    assert_eq!(v["totals"]["calls"], 5, "{v}");
    assert_eq!(v["totals"]["misses"], 2, "b, and a at the end: {v}");
    let served = &v["steps"][6]["outcome"];
    assert_eq!((&served[0]["module"], &served[1]["module"]), (&"b".into(), &"a".into()), "{v}");
    assert_eq!(t.run(&["status"]).1["status"]["partitions"]["p"]["module"], "a");
    // Neither without a policy, nor partitions by name under one, nor one that knows the future.
    assert_eq!(t.run(&["run-plan", path]).0, 2);
    assert_eq!(t.run(&["--policy", "belady", "run-plan", path]).0, 2);
    assert_eq!(t.run(&["--policy", "lru", "--pool", "q", "run-plan", path]).0, 1);
    fs_err::write(&plan, "swap p b\n").expect("written");
    assert_eq!(t.run(&["--policy", "lru", "run-plan", path]).0, 2);
    fs_err::write(&plan, "call nothing 1\n").expect("written");
    assert_eq!(t.run(&["--policy", "cost-aware", "--memory", "100000000", "run-plan", path]).0, 1);
}
