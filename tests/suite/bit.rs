// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit bit`, on real files and on files made here.

use dfxkit_fabric::codec::{Bitstream, Order};
use dfxkit_fabric::device::Device;
use dfxkit_fabric::frames::{FrameSet, Pass};
use dfxkit_fabric::write::{BitWriter, HeaderFields};

use crate::support::{Bench, corpus};

const JSON: [&str; 2] = ["--message-format", "json"];

/// A small design on an xc7z010: parent, child and the child's partial, written with the crate's own writer.
struct Design {
    bench: Bench,
}

impl Design {
    fn new() -> Self {
        let bench = Bench::new();
        let device = Device::of_part("xc7z010clg400-1").unwrap();
        let fields = HeaderFields::new("top", "7z010clg400", "2024/01/01", "00:00:00", "2024.2");
        let writer = BitWriter::new(&device).unwrap().header(&fields).unwrap();
        let map = writer.die().frame_map().unwrap();
        let mut rp = FrameSet::new(map.len());
        // Two CLB columns of row 1: columns 36 and 37.
        for column in [36, 37] {
            rp.insert_range(map.column_frames(dfxkit_fabric::device::BlockType::Fabric, 1, column));
        }
        let fill = |module: u32, words: &mut [u32], minor: u16, inside: bool| {
            words[3] = if inside && minor < 26 { 0x0101_0101 } else { 0 };
            words[4] = if inside { module } else { 7 };
        };
        let full = |module: u32| {
            writer.full(|a, words| {
                let inside = rp.contains(map.index_of(a).unwrap());
                fill(module, words, a.minor, inside);
            })
        };
        let partial = |module: u32, route: u32| {
            let source = |pass, a: dfxkit_fabric::device::FrameAddress, words: &mut [u32]| {
                fill(if pass == Pass::First { 0 } else { module }, words, a.minor, true);
                if pass == Pass::First {
                    words[3] |= route;
                }
            };
            writer.two_pass(&rp, source).unwrap()
        };
        for (name, bytes) in [
            ("parent.bit", full(1)),
            ("child.bit", full(2)),
            ("rp.bit", partial(2, 0)),
            ("foreign.bit", partial(2, 0x8000_0000)),
        ] {
            fs_err::write(bench.path().join(name), bytes).unwrap();
        }
        Self { bench }
    }

    fn json(&self, args: &[&str], code: i32) -> serde_json::Value {
        self.bench.run(&[args, &JSON[..]].concat()).exits(code).json().remove(0)
    }
}

#[test]
fn info_says_what_the_file_is() {
    let d = Design::new();
    let v = d.json(&["bit", "info", "rp.bit"], 0);
    assert_eq!((v["design"].as_str(), v["part"].as_str()), (Some("top"), Some("7z010clg400")));
    assert_eq!(
        (v["partial"].as_bool(), v["clear"].as_bool(), v["encrypted"].as_bool()),
        (Some(true), Some(false), Some(false))
    );
    assert_eq!(v["crc"], serde_json::json!({"checked": 3, "ok": true, "differing": []}));
    assert_eq!((v["idcode"].as_str(), v["frames"].as_u64()), (Some("0x03722093"), Some(72)));
    assert_eq!(
        v["blocks"],
        serde_json::json!([{"type": 0, "row": 1, "column": 36, "minor": 0, "far": "0x00001200", "frames": 72}])
    );
    let human = d.bench.run(&["bit", "info", "parent.bit", "rp.bit"]);
    human.exits(0);
    assert!(human.stdout.contains("parent.bit: full bitstream\n  design    top\n"), "{}", human.stdout);
    assert!(human.stdout.contains("frames    72 of 5144 written"), "{}", human.stdout);
}

#[test]
fn unreadable_files_are_named_and_the_others_read() {
    let d = Design::new();
    d.bench.write("lfs.bit", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4045678\n");
    let run = d.bench.run(&["bit", "info", "lfs.bit", "missing.bit", "rp.bit"]);
    run.exits(1);
    assert!(
        run.stderr.contains("lfs.bit: this is a git-LFS pointer to a file of 4045678 bytes"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("missing.bit"), "{}", run.stderr);
    assert!(run.stdout.contains("rp.bit: partial"), "{}", run.stdout);
    let run = d.bench.run(&[&["bit", "info", "lfs.bit", "rp.bit"], &JSON[..]].concat());
    let lines = run.exits(1).json();
    assert_eq!(
        (lines.len(), lines[0]["file"].as_str(), lines[1]["file"].as_str()),
        (2, Some("lfs.bit"), Some("rp.bit"))
    );
    assert!(lines[0]["error"].as_str().unwrap().contains("git-LFS pointer"), "{}", lines[0]);
    let bytes = fs_err::read(d.bench.path().join("rp.bit")).unwrap();
    fs_err::write(d.bench.path().join("cut.bit"), &bytes[..2000]).unwrap();
    let cut = d.bench.run(&["bit", "info", "cut.bit"]);
    cut.exits(1);
    assert!(cut.stderr.contains("the file is cut short"), "{}", cut.stderr);
}

#[test]
fn frames_are_listed_and_counted() {
    let d = Design::new();
    assert_eq!(d.json(&["bit", "frames", "--count", "parent.bit"], 0)["frames"], 5144);
    let v = d.json(&["bit", "frames", "rp.bit"], 0);
    assert_eq!(v["device"], "xc7z010");
    assert_eq!(v["frames"].as_array().unwrap().len(), 72);
    assert_eq!(v["frames"][0], serde_json::json!({"type": 0, "row": 1, "column": 36, "minor": 0}));
    let human = d.bench.run(&["bit", "frames", "rp.bit"]);
    assert!(human.exits(0).stdout.contains("type 0 row 1 column 36  clb-"), "{}", human.stdout);
}

#[test]
fn a_child_is_proven_and_anything_else_refused() {
    let d = Design::new();
    let prove = |parent, child, partial, code| {
        d.json(&["bit", "prove", "--parent", parent, "--child", child, "--partial", partial], code)
    };
    let v = prove("parent.bit", "child.bit", "rp.bit", 0);
    assert_eq!(v["verdict"], "proven");
    assert!(
        v["checks"].as_array().unwrap().iter().all(|c| c["verdict"] == "proven" && c["differing"] == 0),
        "{v}"
    );
    for (parent, child, partial) in
        [("parent.bit", "parent.bit", "rp.bit"), ("parent.bit", "child.bit", "foreign.bit")]
    {
        let v = prove(parent, child, partial, 4);
        assert_eq!(v["verdict"], "refused", "{v}");
    }
    assert_eq!(prove("rp.bit", "child.bit", "rp.bit", 4)["verdict"], "unknown");
    let human = d.bench.run(&[
        "bit",
        "prove",
        "--parent",
        "parent.bit",
        "--child",
        "parent.bit",
        "--partial",
        "rp.bit",
    ]);
    human.exits(4);
    assert!(human.stdout.contains("refused  content rp.bit: 72 of 72 frames differ"), "{}", human.stdout);
    assert!(human.stdout.contains("(FAR 00001200, clb-"), "{}", human.stdout);
    assert!(human.stdout.trim_end().ends_with("refused"), "{}", human.stdout);
}

#[test]
fn partials_are_matched_to_their_static() {
    let d = Design::new();
    let run = d
        .bench
        .run(&[&["bit", "match", "--static", "parent.bit", "rp.bit", "foreign.bit"], &JSON[..]].concat());
    let lines = run.exits(4).json();
    let verdicts: Vec<_> =
        lines.iter().map(|l| (l["partial"].as_str().unwrap(), l["verdict"].as_str().unwrap())).collect();
    assert_eq!(verdicts, [("rp.bit", "match"), ("foreign.bit", "mismatch")]);
    assert!(lines.iter().all(|l| l["compared"] == 44));
    assert_eq!(d.json(&["bit", "match", "--static", "child.bit", "rp.bit"], 0)["verdict"], "match");
    assert_eq!(d.json(&["bit", "match", "--static", "child.bit", "parent.bit"], 4)["verdict"], "unknown");
    // Another module of the partition can stand for the static.
    assert_eq!(d.json(&["bit", "match", "--static", "rp.bit", "rp.bit"], 0)["verdict"], "match");
    assert_eq!(d.json(&["bit", "match", "--static", "rp.bit", "foreign.bit"], 4)["verdict"], "mismatch");
}

#[test]
fn raw_data_has_the_order_of_the_target() {
    let d = Design::new();
    let v = d.json(&["bit", "to-bin", "rp.bit"], 0);
    assert_eq!((v["output"].as_str(), v["byte_order"].as_str()), (Some("rp.bin"), Some("byte-swapped")));
    let bin = fs_err::read(d.bench.path().join("rp.bin")).unwrap();
    assert_eq!(bin[48..52], [0x66, 0x55, 0x99, 0xaa]);
    // Read back it is the same bitstream, known by its IDCODE, and turned round again it is the data of the .bit.
    let bit = fs_err::read(d.bench.path().join("rp.bit")).unwrap();
    let (a, b) = (Bitstream::parse(&bit).unwrap(), Bitstream::parse(&bin).unwrap());
    assert_eq!((b.order(), b.written(), b.crc_ok()), (Order::ByteSwapped, a.written(), Some(true)));
    d.bench.run(&["bit", "to-bin", "rp.bin", "--target", "normal", "-o", "out/again.bin"]).exits(0);
    assert_eq!(fs_err::read(d.bench.path().join("out/again.bin")).unwrap(), a.data());
    d.bench.run(&["bit", "to-bin", "rp.bin"]).exits(2);
}

#[test]
fn real_files_speak_the_same() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let z = corpus.join("z020_bdc_4rp_project/cv_dfx_4_pr.runs");
    let (parent, child) =
        (z.join("impl_1/video_cp_wrapper.bit"), z.join("child_0_impl_1/video_cp_wrapper.bit"));
    let mut partials: Vec<String> = fs_err::read_dir(z.join("child_0_impl_1"))
        .unwrap()
        .map(|e| e.unwrap().path().to_str().unwrap().to_owned())
        .filter(|p| p.ends_with("_partial.bit"))
        .collect();
    partials.sort();
    let mut args = vec!["bit", "prove", "--parent", parent.as_str(), "--child", child.as_str()];
    for p in &partials {
        args.extend(["--partial", p.as_str()]);
    }
    let human = bench.run(&args);
    assert!(human.exits(0).stdout.contains("parent and child agree in all "), "{}", human.stdout);
    let one = [&args[..8], &JSON[..]].concat();
    assert_eq!(bench.run(&one).exits(4).json()[0]["verdict"], "refused");
    let foreign = corpus.join("z010_icap_3cfg/PR_PCAP/bitstreams/adder/partial_adder.bit");
    let full = corpus.join("z010_icap_3cfg/bitstreams/adder/full_adder.bit");
    let run = bench.run(&["bit", "match", "--static", full.as_str(), foreign.as_str()]);
    assert!(run.exits(4).stdout.contains("built on another static"), "{}", run.stdout);
    let encrypted = corpus.join("encrypted_confuzz/kcu105/write_fdri_bbram_test_key.bit");
    let info = bench.run(&[&["bit", "info", encrypted.as_str()], &JSON[..]].concat());
    let v = &info.exits(0).json()[0];
    assert_eq!(
        (v["encrypted"].as_bool(), v["crc"]["ok"].as_bool(), v["frames"].as_u64()),
        (Some(true), None, None)
    );
}
