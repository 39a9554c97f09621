// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Benches of the floorplan: the check, the picture, the search. Aims: a full check below 2 ms; a suggestion in milliseconds on
//! xc7z020 and below a second on the largest die.

use dfxkit_fabric::device::Device;
use dfxkit_fabric::floorplan::analyse;
use dfxkit_fabric::pblock::{PblockSpec, SnappingMode};
use dfxkit_fabric::site::SiteRange;
use dfxkit_fabric::suggest::{Need, Request, suggest};
use dfxkit_fabric::svg::draw;
use dfxkit_fabric::xdc::Xdc;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// A small, a middling and the largest die of each kind.
const PARTS: [&str; 6] = ["xc7z020", "xc7k325t", "xc7vx690t", "xcku040", "xczu19eg", "xcvu19p"];

fn device(part: &str) -> Device {
    Device::of_part(part).expect("a part of the data file")
}

/// Four partitions of all site types, side by side, two clock regions high.
fn pblocks(device: &Device) -> Vec<PblockSpec> {
    let series7 = device.family() == dfxkit_fabric::Family::Series7;
    let (high, dsp) = if series7 { (100, "DSP48") } else { (120, "DSP48E2") };
    (0..4)
        .map(|i| {
            let ranges = vec![
                SiteRange::new("SLICE", (i * 12, i * 12 + 11), (0, high - 1)),
                SiteRange::new("RAMB36", (i, i), (0, high / 5 - 1)),
                SiteRange::new("RAMB18", (i, i), (0, high / 5 * 2 - 1)),
                SiteRange::new(dsp, (i, i), (0, high / 5 * 2 - 1)),
            ];
            let mut spec = PblockSpec::new(&format!("p{i}"), ranges);
            spec.snapping_mode = Some(SnappingMode::On);
            spec
        })
        .collect()
}

/// The full check of four partitions, device tables included.
#[divan::bench(args = PARTS)]
fn check(bencher: Bencher, part: &str) {
    let device = device(part);
    let specs = pblocks(&device);
    bencher.bench_local(|| analyse(black_box(&device), black_box(&specs)));
}

#[divan::bench(args = PARTS)]
fn picture(bencher: Bencher, part: &str) {
    let device = device(part);
    let plan = analyse(&device, &pblocks(&device));
    bencher.bench_local(|| draw(black_box(&plan), &[]));
}

fn request(name: &str, slice: u32, ramb36: u32, dsp: u32) -> Request {
    Request { name: name.into(), need: Need { slice, ramb36, dsp, uram: 0 } }
}

#[divan::bench(args = PARTS)]
fn suggest_one(bencher: Bencher, part: &str) {
    let device = device(part);
    let requests = [request("a", 900, 12, 30)];
    bencher.bench_local(|| suggest(black_box(&device), black_box(&requests), &[]));
}

#[divan::bench(args = PARTS)]
fn suggest_four(bencher: Bencher, part: &str) {
    let device = device(part);
    let requests = [
        request("a", 900, 12, 30),
        request("b", 900, 12, 30),
        request("c", 400, 4, 0),
        request("d", 300, 0, 16),
    ];
    bencher.bench_local(|| suggest(black_box(&device), black_box(&requests), &[]));
}

/// A constraint file of 2,000 commands.
#[divan::bench]
fn read_xdc(bencher: Bencher) {
    let mut text = String::new();
    for i in 0..500 {
        text += &format!(
            "create_pblock p{i}\nadd_cells_to_pblock [get_pblocks p{i}] [get_cells -quiet [list a/b{i}]]\n\
             resize_pblock [get_pblocks p{i}] -add {{SLICE_X{i}Y0:SLICE_X{i}Y49}}\n\
             set_property PACKAGE_PIN A{i} [get_ports {{led[{i}]}}]\n"
        );
    }
    bencher.counter(divan::counter::BytesCount::of_str(&text)).bench_local(|| Xdc::read(black_box(&text)));
}
