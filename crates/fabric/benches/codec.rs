// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Speed of reading, checking, proving and converting, beside a plain copy and a byte-swapping copy of the same data in the same run.
//!
//! All on an xc7z020 full bitstream (4 MB) with pseudo-random frames, made by the crate's own writer. `cargo bench -p dfxkit-fabric`.

use std::hint::black_box;
use std::sync::LazyLock;

use dfxkit_fabric::codec::{Bitstream, Crc, Order, Words, reorder};
use dfxkit_fabric::device::{BlockType, Device, FrameAddress};
use dfxkit_fabric::frames::{FrameSet, Image, Pass};
use dfxkit_fabric::proof::{Input, Partial, Verdict, prove};
use dfxkit_fabric::write::BitWriter;
use divan::counter::BytesCount;

fn main() {
    divan::main();
}

struct Files {
    parent: Vec<u8>,
    child: Vec<u8>,
    partials: Vec<Vec<u8>>,
}

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let writer = BitWriter::new(&Device::of_part("xc7z020").expect("known part")).expect("has a frame map");
    let map = writer.die().frame_map().expect("has a frame map");
    // Four partitions, as large together as those of a composable video design: about 3,000 frames.
    let partitions: Vec<FrameSet> = [(0, 50, 62), (0, 62, 74), (1, 50, 62), (1, 62, 70)]
        .into_iter()
        .map(|(row, from, to)| {
            let mut s = FrameSet::new(map.len());
            (from..to).for_each(|c| s.insert_range(map.column_frames(BlockType::Fabric, row, c)));
            s
        })
        .collect();
    let inside = |a: FrameAddress| partitions.iter().any(|p| map.index_of(a).is_some_and(|i| p.contains(i)));
    let fill = |seed: u32, a: FrameAddress, words: &mut [u32]| {
        let mut x = seed
            ^ u32::from(a.minor) << 20
            ^ u32::from(a.column) << 8
            ^ u32::from(a.row)
            ^ a.block.number() << 30;
        for w in words {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *w = x;
        }
    };
    let full = |module: u32| writer.full(|a, words| fill(if inside(a) { module } else { 7 }, a, words));
    // The first pass holds routes that every configuration has: none here beyond one word a frame.
    let partial = |set: &FrameSet| {
        writer
            .two_pass(set, |pass, a, words| {
                if pass == Pass::Last {
                    fill(2, a, words);
                }
            })
            .expect("7 series")
    };
    Files { parent: full(1), child: full(2), partials: partitions.iter().map(partial).collect() }
});

fn data() -> &'static [u8] {
    &FILES.parent
}

/// 4 MB stays in a cache; 64 MB goes to memory, as a file of a large device does.
const SIZES: [usize; 2] = [4 << 20, 64 << 20];

#[divan::bench(name = "0 copy", args = SIZES, sample_count = 40)]
fn copy(bencher: divan::Bencher, size: usize) {
    let (data, mut out) = (vec![0x5au8; size], vec![1u8; size]);
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        out.copy_from_slice(black_box(&data));
        black_box(&out);
    });
}

#[divan::bench(name = "1 byte-swapping copy", args = SIZES, sample_count = 40)]
fn swap(bencher: divan::Bencher, size: usize) {
    let (data, mut out) = (vec![0x5au8; size], vec![1u8; size]);
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        reorder(Words::new(black_box(&data), Order::Normal), Order::ByteSwapped, &mut out);
        black_box(&out);
    });
}

#[divan::bench(name = "2 CRC")]
fn crc(bencher: divan::Bencher) {
    bencher.counter(BytesCount::new(data().len())).bench_local(|| {
        let mut crc = Crc::new();
        crc.update_run(2, Words::new(black_box(data()), Order::Normal));
        crc.value()
    });
}

#[divan::bench(name = "3 parse and CRC, full")]
fn parse(bencher: divan::Bencher) {
    bencher.counter(BytesCount::new(data().len())).bench_local(|| {
        let b = Bitstream::parse(black_box(data())).expect("a bitstream");
        assert_eq!(b.crc_ok(), Some(true));
        b.fdri_words()
    });
}

#[divan::bench(name = "4 parse and CRC, four partials")]
fn parse_partials(bencher: divan::Bencher) {
    let bytes: usize = FILES.partials.iter().map(Vec::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        for file in black_box(&FILES.partials) {
            assert_eq!(Bitstream::parse(file).expect("a bitstream").crc_ok(), Some(true));
        }
    });
}

#[divan::bench(name = "5 image of a full")]
fn image(bencher: divan::Bencher) {
    let b = Bitstream::parse(data()).expect("a bitstream");
    bencher
        .counter(BytesCount::new(data().len()))
        .bench_local(|| b.frames(Pass::Last).and_then(|f| Image::of(&f)).map(|i| i.written().len()));
}

#[divan::bench(name = "6 prove, from bytes to verdict")]
fn prove_all(bencher: divan::Bencher) {
    let f = &*FILES;
    let bytes = f.parent.len() + f.child.len() + f.partials.iter().map(Vec::len).sum::<usize>();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        let parent = Bitstream::parse(black_box(&f.parent)).expect("a bitstream");
        let child = Bitstream::parse(&f.child).expect("a bitstream");
        let partials: Vec<_> = f.partials.iter().map(|p| Bitstream::parse(p).expect("a bitstream")).collect();
        let inputs: Vec<_> = partials
            .iter()
            .map(|bits| Partial { input: Input { name: "p", bits }, footprint: None })
            .collect();
        let proof =
            prove(Input { name: "parent", bits: &parent }, Input { name: "child", bits: &child }, &inputs);
        assert_eq!(proof.verdict, Verdict::Proven);
    });
}
