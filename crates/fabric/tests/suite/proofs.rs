// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The laws on real files, and the negatives.

use std::path::Path;

use dfxkit_fabric::codec::{Bitstream, Kind};
use dfxkit_fabric::frames::FrameSet;
use dfxkit_fabric::proof::{Check, Input, MatchVerdict, Partial, Proof, Verdict, match_static, prove};

use crate::corpus::{bitstreams, corpus, read};

const Z020: &str = "z020_bdc_4rp_project/cv_dfx_4_pr.runs";
const CHILD: [&str; 4] = [
    "child_0_impl_1/video_cp_i_composable_pr_0_composable_pr_0_fast_fifo_partial.bit",
    "child_0_impl_1/video_cp_i_composable_pr_1_composable_pr_1_cornerharris_fifo_partial.bit",
    "child_0_impl_1/video_cp_i_composable_pr_fork_composable_pr_fork_rgb2xyz_partial.bit",
    "child_0_impl_1/video_cp_i_composable_pr_join_composable_pr_join_absdiff_partial.bit",
];
const PARENT_FORK: &str = "impl_1/video_cp_i_composable_pr_fork_composable_pr_fork_duplicate_partial.bit";
const ZU1: &str = "zu1eg_usplus_2cfg/te0802/pblock1";

/// Proves files of one directory: parent, child, partials.
fn run(dir: &Path, parent: &str, child: &str, partials: &[&str]) -> Proof {
    let files: Vec<Vec<u8>> = [parent, child].iter().chain(partials).map(|p| read(dir, p)).collect();
    run_bytes(&files)
}

fn run_bytes(files: &[Vec<u8>]) -> Proof {
    let bits: Vec<_> = files.iter().map(|f| Bitstream::parse(f).unwrap()).collect();
    let input = |i: usize| Input { name: ["parent", "child", "a", "b", "c", "d"][i], bits: &bits[i] };
    let partials: Vec<_> = (2..bits.len()).map(|i| Partial { input: input(i), footprint: None }).collect();
    prove(input(0), input(1), &partials)
}

fn check<'p>(proof: &'p Proof, name: &str) -> &'p Check {
    proof.checks.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("no check {name}: {proof:#?}"))
}

fn z020() -> Option<std::path::PathBuf> {
    corpus().map(|c| c.join(Z020))
}

#[test]
fn parent_child_and_four_partials_are_proven() {
    let Some(dir) = z020() else { return };
    let proof = run(&dir, "impl_1/video_cp_wrapper.bit", "child_0_impl_1/video_cp_wrapper.bit", &CHILD);
    assert_eq!(proof.verdict, Verdict::Proven, "{proof:#?}");
    let statics = check(&proof, "static");
    let written = check(&proof, "disjoint").compared;
    assert_eq!(statics.compared + written, 10008 - 12);
    let contents: Vec<_> = proof.checks.iter().filter(|c| c.name == "content").collect();
    assert_eq!((contents.len(), contents.iter().map(|c| c.compared).sum::<usize>()), (4, written));
    assert!(proof.checks.iter().filter(|c| c.name == "fingerprint").all(|c| c.verdict == Verdict::Proven));
    assert!(proof.checks.iter().all(|c| c.differing == 0));
}

#[test]
fn one_of_four_partials_is_refused() {
    let Some(dir) = z020() else { return };
    for one in CHILD {
        let proof = run(&dir, "impl_1/video_cp_wrapper.bit", "child_0_impl_1/video_cp_wrapper.bit", &[one]);
        assert_eq!(proof.verdict, Verdict::Refused, "{one}");
        let statics = check(&proof, "static");
        assert!(statics.differing > 1000 && statics.first.len() == 16, "{statics:#?}");
        let first = &statics.first[0];
        assert!(first.column.is_some() && first.clock_region.is_some() && first.word.is_some());
        // The partial itself is the child's own.
        assert_eq!(check(&proof, "content").verdict, Verdict::Proven);
    }
}

#[test]
fn a_module_of_another_configuration_is_refused() {
    let Some(dir) = z020() else { return };
    let partials = [CHILD[0], CHILD[1], PARENT_FORK, CHILD[3]];
    let proof = run(&dir, "impl_1/video_cp_wrapper.bit", "child_0_impl_1/video_cp_wrapper.bit", &partials);
    assert_eq!(proof.verdict, Verdict::Refused);
    assert_eq!(check(&proof, "static").verdict, Verdict::Proven);
    let fork = proof.checks.iter().find(|c| c.name == "content" && c.verdict == Verdict::Refused).unwrap();
    assert_eq!(fork.subject.as_deref(), Some("c"));
    // It is a module of the same static all the same.
    assert!(proof.checks.iter().filter(|c| c.name == "fingerprint").all(|c| c.verdict == Verdict::Proven));
}

#[test]
fn the_same_partition_twice_is_refused() {
    let Some(dir) = z020() else { return };
    let full = "impl_1/video_cp_wrapper.bit";
    let proof = run(&dir, full, full, &[PARENT_FORK, CHILD[2]]);
    let disjoint = check(&proof, "disjoint");
    assert_eq!((proof.verdict, disjoint.verdict), (Verdict::Refused, Verdict::Refused));
    assert!(disjoint.detail.contains("first by a and b"), "{}", disjoint.detail);
    assert!(disjoint.first.iter().all(|d| d.word.is_none()));
}

#[test]
fn every_pair_of_the_three_configurations() {
    let Some(dir) = corpus().map(|c| c.join("z010_icap_3cfg/bitstreams")) else { return };
    let names = ["adder", "subtractor", "multiplier"];
    let full = |n: &str| format!("{n}/full_{n}.bit");
    let partial = |n: &str| format!("{n}/full_{n}_pblock_inst_partial.bit");
    for parent in names {
        for child in names {
            for of in names {
                let proof = run(&dir, &full(parent), &full(child), &[&partial(of)]);
                let want = if of == child { Verdict::Proven } else { Verdict::Refused };
                assert_eq!(proof.verdict, want, "{parent} {child} {of}: {proof:#?}");
            }
        }
        let foreign =
            run(&dir, &full(parent), &full(parent), &["../PR_PCAP/bitstreams/adder/partial_adder.bit"]);
        assert_eq!(foreign.verdict, Verdict::Refused);
        assert_eq!(check(&foreign, "fingerprint").verdict, Verdict::Refused);
    }
}

#[test]
fn ultrascale_plus_is_proven_without_a_fingerprint() {
    let Some(dir) = corpus().map(|c| c.join(ZU1)) else { return };
    let name = |x: &str, k: &str| format!("read_BRAM_X16Y65_RAMB36_X2Y15_{x}_{k}.bit");
    let proof = run(&dir, &name("00", "full"), &name("ff", "full"), &[&name("ff", "partial")]);
    assert_eq!(proof.verdict, Verdict::Proven, "{proof:#?}");
    assert_eq!(check(&proof, "fingerprint").verdict, Verdict::Unknown);
    for (parent, child, partial) in [("00", "ff", "00"), ("00", "00", "ff"), ("ff", "ff", "00")] {
        let proof = run(&dir, &name(parent, "full"), &name(child, "full"), &[&name(partial, "partial")]);
        assert_eq!(proof.verdict, Verdict::Refused, "{parent} {child} {partial}");
    }
    let other = run(&dir, &name("00", "full"), &name("00", "full"), &["return_0_partial.bit"]);
    assert_eq!(check(&other, "content").verdict, Verdict::Refused);
}

#[test]
fn missing_evidence_is_unknown() {
    let Some(dir) = z020() else { return };
    let (full, child) = ("impl_1/video_cp_wrapper.bit", "child_0_impl_1/video_cp_wrapper.bit");
    for (parent, child, partials) in [
        (CHILD[0], child, &CHILD[..]),
        (full, CHILD[0], &CHILD[..]),
        (full, child, &[][..]),
        (full, child, &[full][..]),
    ] {
        let proof = run(&dir, parent, child, partials);
        assert_ne!(proof.verdict, Verdict::Proven, "{proof:#?}");
        assert_eq!(proof.checks[0].verdict, Verdict::Unknown, "{proof:#?}");
    }
    // Another device is not unknown but wrong.
    let foreign = "../../z010_icap_3cfg/bitstreams/adder/full_adder_pblock_inst_partial.bit";
    assert_eq!(run(&dir, full, child, &[foreign]).verdict, Verdict::Refused);
}

#[test]
fn one_flipped_bit_is_found_and_located() {
    let Some(dir) = z020() else { return };
    let mut files: Vec<Vec<u8>> = ["impl_1/video_cp_wrapper.bit", "child_0_impl_1/video_cp_wrapper.bit"]
        .iter()
        .chain(&CHILD)
        .map(|p| read(&dir, p))
        .collect();
    // Word 7 of the first frame of row 2: static (PS side).
    let at = files[1].len() - 4 * 1_011_391 + 4 * (59 + 7);
    files[1][at] ^= 0x10;
    let proof = run_bytes(&files);
    assert_eq!(proof.verdict, Verdict::Refused);
    let statics = check(&proof, "static");
    assert_eq!(statics.differing, 1);
    let d = &statics.first[0];
    assert_eq!((d.address.row, d.address.column, d.address.minor, d.far), (2, 0, 0, 0));
    assert_eq!(d.word.map(|w| (w.0, w.1 ^ w.2)), Some((7, 0x1000_0000)));
    assert_eq!(d.clock_region.as_deref(), Some("X0Y2"));
    assert!(
        check(&proof, "inputs").detail.contains("1 of 2 CRC words differ"),
        "{}",
        check(&proof, "inputs").detail
    );
}

#[test]
fn footprints_are_held_to() {
    let Some(dir) = z020() else { return };
    let files: Vec<Vec<u8>> = ["impl_1/video_cp_wrapper.bit", "child_0_impl_1/video_cp_wrapper.bit"]
        .iter()
        .chain(&CHILD)
        .map(|p| read(&dir, p))
        .collect();
    let bits: Vec<_> = files.iter().map(|f| Bitstream::parse(f).unwrap()).collect();
    let input = |i: usize| Input { name: "x", bits: &bits[i] };
    let written: Vec<FrameSet> = (2..6).map(|i| bits[i].written()).collect();
    let with = |sets: &[FrameSet]| {
        let partials: Vec<_> =
            (2..6).map(|i| Partial { input: input(i), footprint: sets.get(i - 2) }).collect();
        prove(input(0), input(1), &partials)
    };
    assert_eq!(with(&written).verdict, Verdict::Proven);
    let mut tight = written.clone();
    let first = tight[1].iter().next().unwrap();
    tight[1] = tight[1].difference(&{
        let mut s = FrameSet::new(tight[1].capacity());
        s.insert(first);
        s
    });
    let proof = with(&tight);
    assert_eq!(proof.verdict, Verdict::Refused);
    assert_eq!(
        proof.checks.iter().filter(|c| c.name == "footprint").map(|c| c.differing).collect::<Vec<_>>(),
        [0, 1, 0, 0]
    );
}

/// Which files of the corpus are of one static; everything else of the same device is of another.
fn family_of(path: &str) -> &str {
    match path {
        p if p.starts_with("z010_icap_3cfg/PR_PCAP") => "pcap",
        // One repository, two boards.
        p if p.contains("/Pynq-Z1/") => p.rsplit_once('/').unwrap().0,
        p => p.split('/').next().unwrap(),
    }
}

#[test]
fn partials_match_their_static_and_no_other() {
    let Some(dir) = corpus() else { return };
    let files: Vec<_> = bitstreams(&dir).into_iter().map(|e| (read(&dir, &e.path), e.path)).collect();
    let all: Vec<_> = files.iter().filter_map(|(f, p)| Some((p, Bitstream::parse(f).ok()?))).collect();
    let of = |kind| all.iter().filter(move |(_, b)| b.kind() == Some(kind));
    let (mut matching, mut foreign, mut unknown) = (0, 0, 0);
    for (static_path, full) in of(Kind::Full) {
        for (path, partial) in of(Kind::Partial) {
            let m = match_static(full, partial);
            let same = family_of(static_path) == family_of(path);
            match m.verdict {
                MatchVerdict::Match => {
                    assert!(same, "{static_path} {path}: {}", m.detail);
                    assert!(m.compared > 0 && m.bits >= 64);
                    matching += 1;
                }
                MatchVerdict::Mismatch => {
                    assert!(!same, "{static_path} {path}: {}", m.detail);
                    foreign += usize::from(m.compared > 0);
                }
                MatchVerdict::Unknown => unknown += 1,
            }
        }
    }
    // Seven series: 2 fulls x 8 partials of z020, 3 x 6 files of z010; UltraScale+: each full with its own partial.
    // Foreign: each full of z010 with the PCAP partial, each of z020 with those of two other designs; the zc702 has another package.
    assert_eq!((matching, foreign), (16 + 18 + 2, 3 + 6));
    assert!(unknown >= 4);
}

#[test]
fn modules_of_one_partition_carry_the_same_fingerprint() {
    let Some(dir) = corpus() else { return };
    let files: Vec<_> = bitstreams(&dir).into_iter().map(|e| (read(&dir, &e.path), e.path)).collect();
    let all: Vec<_> = files.iter().filter_map(|(f, p)| Some((p, Bitstream::parse(f).ok()?))).collect();
    let partials: Vec<_> = all.iter().filter(|(_, b)| b.kind() == Some(Kind::Partial)).collect();
    let (mut equal, mut other) = (0, 0);
    for (a_path, a) in &partials {
        for (b_path, b) in partials.iter().filter(|(p, _)| p != a_path) {
            let m = match_static(a, b);
            let same = family_of(a_path) == family_of(b_path);
            match m.verdict {
                MatchVerdict::Match => equal += usize::from(same),
                MatchVerdict::Mismatch => other += usize::from(m.compared > 0),
                MatchVerdict::Unknown => continue,
            }
            assert_eq!(same, m.verdict == MatchVerdict::Match, "{a_path} {b_path}: {}", m.detail);
        }
    }
    // Ordered pairs: four partitions with two modules, six files of z010, two modules of a prio partition; the foreign z010 file both ways.
    assert_eq!((equal, other), (4 * 2 + 6 * 5 + 2, 6 * 2));
}

#[test]
fn the_parent_with_the_partials_applied_is_the_child() {
    use dfxkit_fabric::frames::{Image, Pass};
    let Some(dir) = z020() else { return };
    let image = |path: &str| {
        Image::of(&Bitstream::parse(&read(&dir, path)).unwrap().frames(Pass::Last).unwrap()).unwrap()
    };
    let (mut device, child) =
        (image("impl_1/video_cp_wrapper.bit"), image("child_0_impl_1/video_cp_wrapper.bit"));
    assert!(device.differing(&child).count() > 1000);
    for partial in CHILD {
        let bytes = read(&dir, partial);
        assert!(device.apply(&Bitstream::parse(&bytes).unwrap().frames(Pass::Last).unwrap()));
    }
    assert_eq!(device.differing(&child).count(), 0);
}

#[test]
fn a_partial_of_one_pass_tells_nothing_of_its_static() {
    use dfxkit_fabric::frames::Pass;
    use dfxkit_fabric::write::{BitWriter, HeaderFields};
    let Some(dir) = corpus().map(|c| c.join("z010_icap_3cfg/bitstreams")) else { return };
    // A real partial, written again as without RESET_AFTER_RECONFIG.
    let one_pass = |path: &str| {
        let bytes = read(&dir, path);
        let b = Bitstream::parse(&bytes).unwrap();
        let last = b.frames(Pass::Last).unwrap();
        let map = last.die().frame_map().unwrap();
        let fields = HeaderFields::new("top", "7z010clg400", "2024/01/01", "00:00:00", "2020.2");
        let writer = BitWriter::new(b.device().unwrap()).unwrap().header(&fields).unwrap();
        writer.partial(&b.written(), |a, w| last.get(map.index_of(a).unwrap()).unwrap().copy_to(w))
    };
    let full = read(&dir, "adder/full_adder.bit");
    let full = Bitstream::parse(&full).unwrap();
    let answer = |file: &[u8]| match_static(&full, &Bitstream::parse(file).unwrap()).verdict;
    assert_eq!(
        answer(&one_pass("multiplier/full_multiplier_pblock_inst_partial.bit")),
        MatchVerdict::Unknown
    );
    assert_eq!(answer(&one_pass("../PR_PCAP/bitstreams/adder/partial_adder.bit")), MatchVerdict::Unknown);
    // Its own module is in the full bitstream already: that does tell.
    assert_eq!(answer(&one_pass("adder/full_adder_pblock_inst_partial.bit")), MatchVerdict::Match);
}
