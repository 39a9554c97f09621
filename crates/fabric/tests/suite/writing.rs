// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The writer against the reader, against the size law, and against real files byte by byte.

use dfxkit_fabric::codec::{Bitstream, Kind, Order};
use dfxkit_fabric::device::{Device, FrameAddress};
use dfxkit_fabric::frames::{FrameSet, Frames, Pass};
use dfxkit_fabric::write::{BitWriter, HeaderFields, WriteError};
use proptest::prelude::*;

use crate::corpus::{corpus, read};

/// Fields as a file's own header has them.
fn fields(b: &Bitstream<'_>) -> HeaderFields {
    let h = b.header().unwrap();
    HeaderFields::new(h.design(), h.part, h.date, h.time, h.version().unwrap())
}

fn writer(b: &Bitstream<'_>) -> BitWriter {
    BitWriter::with_idcode(b.device().unwrap(), b.idcodes()[0]).unwrap().header(&fields(b)).unwrap()
}

fn copy(frames: &Frames<'_>, address: FrameAddress, words: &mut [u32]) {
    let index = frames.die().frame_map().unwrap().index_of(address).unwrap();
    frames.get(index).unwrap().copy_to(words);
}

#[track_caller]
fn same_bytes(path: &str, written: &[u8], real: &[u8]) {
    if let Some(at) = (0..real.len().max(written.len())).find(|&i| written.get(i) != real.get(i)) {
        let part = |b: &[u8]| b.get(at & !3..).map(|b| b[..b.len().min(24)].to_vec());
        panic!(
            "{path}: {} bytes written, {} real; first difference at {at}: {:02x?} where the file has {:02x?}",
            written.len(),
            real.len(),
            part(written),
            part(real)
        );
    }
}

#[test]
fn real_full_bitstreams_come_out_byte_by_byte() {
    let Some(dir) = corpus() else { return };
    for path in [
        "z020_bdc_4rp_project/cv_dfx_4_pr.runs/impl_1/video_cp_wrapper.bit",
        "z010_icap_3cfg/bitstreams/adder/full_adder.bit",
        "a50t_three_formats/configuration_test.bit",
        "zu1eg_usplus_2cfg/te0802/pblock1/read_BRAM_X16Y65_RAMB36_X2Y15_00_full.bit",
    ] {
        let real = read(&dir, path);
        let b = Bitstream::parse(&real).unwrap();
        let frames = b.frames(Pass::Last).unwrap();
        same_bytes(path, &writer(&b).full(|a, words| copy(&frames, a, words)), &real);
    }
}

#[test]
fn real_two_pass_partials_come_out_byte_by_byte() {
    let Some(dir) = corpus() else { return };
    for path in [
        "z020_bdc_4rp_project/cv_dfx_4_pr.runs/child_0_impl_1/video_cp_i_composable_pr_fork_composable_pr_fork_rgb2xyz_partial.bit",
        "z020_bdc_4rp_project/cv_dfx_4_pr.runs/child_0_impl_1/video_cp_i_composable_pr_0_composable_pr_0_fast_fifo_partial.bit",
        "z010_icap_3cfg/bitstreams/adder/full_adder_pblock_inst_partial.bit",
        "dfx_logs_2024_2/UART_CALCI/dfx_playground/dfx_playground.runs/impl_1/inst_count_count_down_partial.bit",
    ] {
        let real = read(&dir, path);
        let b = Bitstream::parse(&real).unwrap();
        let (first, last) = (b.frames(Pass::First).unwrap(), b.frames(Pass::Last).unwrap());
        let written = writer(&b)
            .two_pass(&b.written(), |pass, a, words| {
                copy(if pass == Pass::First { &first } else { &last }, a, words);
            })
            .unwrap();
        same_bytes(path, &written, &real);
    }
}

#[test]
fn real_clearing_bitstreams_come_out_byte_by_byte() {
    let Some(dir) = corpus() else { return };
    for path in [
        "ku040_clear/Bitstreams/pblock_inst_count_count_down_partial_clear.bit",
        "ku040_clear/Bitstreams/pblock_inst_count_count_up_partial_clear.bit",
    ] {
        let real = read(&dir, path);
        let b = Bitstream::parse(&real).unwrap();
        let frames = b.frames(Pass::Last).unwrap();
        same_bytes(path, &writer(&b).clear(&b.written(), |a, words| copy(&frames, a, words)).unwrap(), &real);
    }
}

/// Content that tells frames and words apart, with many equal frames for the compressor.
fn content(seed: u32) -> impl Fn(FrameAddress, &mut [u32]) {
    move |a, words| {
        let frame = seed ^ u32::from(a.minor % 5) << 8 ^ u32::from(a.column % 3);
        if frame % 7 > 2 {
            words
                .iter_mut()
                .enumerate()
                .for_each(|(i, w)| *w = frame.wrapping_mul(0x9e37_79b1).wrapping_add(i as u32));
        }
    }
}

#[track_caller]
fn holds(file: &[u8], pass: Pass, set: &FrameSet, source: impl Fn(FrameAddress, &mut [u32]), part: &str) {
    let b = Bitstream::parse_as(file, Some(part)).unwrap();
    assert_eq!(b.crc_ok(), Some(true));
    assert_eq!(b.notes(), []);
    assert_eq!(b.written(), *set);
    let frames = b.frames(pass).unwrap();
    let (map, size) = (frames.die().frame_map().unwrap(), frames.die().words_per_frame());
    let (mut want, mut got) = (vec![0; size], vec![0; size]);
    for index in set.iter() {
        want.fill(0);
        source(map.address(index).unwrap(), &mut want);
        frames.get(index).unwrap().copy_to(&mut got);
        assert_eq!(want, got, "{}", map.address(index).unwrap());
    }
}

const PARTS: [&str; 6] = ["xc7s15", "xc7z010", "xc7k70t", "xczu1eg", "xcsu35p", "xcku040"];

fn bit_writer(part: &str) -> (BitWriter, usize) {
    let device = Device::of_part(part).unwrap();
    let w = BitWriter::with_idcode(&device, device.idcode().unwrap_or(0x0123_4093)).unwrap();
    let n = w.die().frame_map().unwrap().len();
    (w, n)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_sets_survive(part in 0..PARTS.len(), seed: u32, order in 0..4usize, ranges in proptest::collection::vec((0usize..1000, 1usize..200), 1..8)) {
        let part = PARTS[part];
        let (w, n) = bit_writer(part);
        let w = w.order(Order::ALL[order]);
        let mut set = FrameSet::new(n);
        for (at, len) in ranges {
            let at = n * at / 1000;
            set.insert_range(at..at + len);
        }
        let (a, b) = (content(seed), content(!seed));
        holds(&w.partial(&set, &a), Pass::Last, &set, &a, part);
        if w.die().family() == dfxkit_fabric::Family::Series7 {
            let file = w.two_pass(&set, |p, at, words| if p == Pass::First { a(at, words) } else { b(at, words) }).unwrap();
            holds(&file, Pass::First, &set, &a, part);
            holds(&file, Pass::Last, &set, &b, part);
        }
        if w.die().family() == dfxkit_fabric::Family::UltraScale {
            let file = w.clear(&set, &a).unwrap();
            holds(&file, Pass::Last, &set, &a, part);
            prop_assert_eq!(Bitstream::parse(&file).unwrap().kind(), Some(Kind::Clear));
        }
    }
}

#[test]
fn full_and_compressed_hold_the_same_frames() {
    for part in ["xc7s15", "xc7a25t", "xczu1eg", "xcsu35p"] {
        let (w, n) = bit_writer(part);
        let (all, source) = (FrameSet::all(n), content(99));
        let (full, small) = (w.full(&source), w.compressed(&source));
        holds(&full, Pass::Last, &all, &source, part);
        holds(&small, Pass::Last, &all, &source, part);
        let b = Bitstream::parse_as(&small, Some(part)).unwrap();
        assert!(b.is_compressed() && b.multiple_frame_writes() > n / 2);
        assert!(small.len() < full.len() / 2, "{part}: {} of {}", small.len(), full.len());
        for file in [&full, &small] {
            assert_eq!(Bitstream::parse_as(file, Some(part)).unwrap().kind(), Some(Kind::Full));
        }
    }
}

/// Bytes of data of 7-series partials: 131 of 131 public files.
#[test]
fn partials_have_the_size_of_the_law() {
    let (w, n) = bit_writer("xc7z020");
    let map = w.die().frame_map().unwrap();
    let row = map.row_frames(dfxkit_fabric::device::BlockType::Fabric, 1);
    let mut set = FrameSet::new(n);
    set.insert_range(row.start + 10..row.start + 82);
    set.insert_range(row.end - 42..row.end);
    // 72 frames and a pad; 42 frames and two pads at the end of the row.
    let words = 101 * (72 + 1 + 42 + 2);
    assert_eq!(w.partial(&set, |_, _| ()).len(), 4 * words + 224 + 32 * 2);
    let map_words = 101 * 3 * (74 + 2);
    assert_eq!(w.two_pass(&set, |_, _, _| ()).unwrap().len(), 4 * (2 * words + map_words) + 324 + 32 * 2 * 2);
}

#[test]
fn what_cannot_be_written_is_named() {
    let writer = |p| BitWriter::new(&Device::of_part(p).unwrap());
    assert_eq!(writer("xcsu35p").unwrap_err(), WriteError::NoIdcode { device: "xcsu35p".into() });
    assert_eq!(writer("xcvu9p").unwrap_err(), WriteError::Stacked { device: "xcvu9p".into() });
    assert_eq!(writer("xczu28dr").unwrap_err(), WriteError::NoFrameMap { die: "xczu39dr" });
    let w = writer("xczu3eg").unwrap();
    let none = FrameSet::new(0);
    assert!(matches!(w.two_pass(&none, |_, _, _| ()), Err(WriteError::Family { .. })));
    assert!(matches!(w.clear(&none, |_, _| ()), Err(WriteError::Family { .. })));
    let bad = HeaderFields::new("top;PARTIAL=TRUE", "p", "d", "t", "v");
    assert_eq!(w.header(&bad).unwrap_err(), WriteError::Field { field: "design" });
}
