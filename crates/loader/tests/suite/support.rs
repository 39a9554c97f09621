// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kit on disk with images in the true format, made by the bitstream writer, and a root directory like a target's.

use std::path::{Path, PathBuf};

use dfxkit_fabric::codec::Order;
use dfxkit_fabric::device::{Device, FrameAddress};
use dfxkit_fabric::frames::FrameSet;
use dfxkit_fabric::write::BitWriter;
use dfxkit_loader::{Image, ImageKind, Isolation, IsolationKind, Kit, Module, Partition, Sha256};

pub(crate) const DECOUPLER: u64 = 0x4120_0000;
pub(crate) const SHUTDOWN: u64 = 0x4130_0000;

pub(crate) struct Bench {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) kit: &'static Kit,
}

impl Bench {
    pub(crate) fn kit_dir(&self) -> PathBuf {
        self.dir.path().join("kit")
    }
    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }
}

/// Frames 100..140 of the die for the partition.
pub(crate) fn region(device: &Device) -> FrameSet {
    let map = device.die().and_then(|d| d.frame_map()).expect("a known device");
    let mut set = FrameSet::new(map.len());
    set.insert_range(100..140);
    set
}

fn fill(seed: u32) -> impl FnMut(FrameAddress, &mut [u32]) {
    move |address, words| words[1] = seed.wrapping_mul(31).wrapping_add(address.minor.into())
}

pub(crate) fn partial(part: &str, seed: u32, order: Order) -> Vec<u8> {
    let device = Device::of_part(part).expect("known");
    BitWriter::new(&device).expect("writable").order(order).partial(&region(&device), fill(seed))
}

pub(crate) fn full(part: &str, seed: u32, order: Order) -> Vec<u8> {
    let device = Device::of_part(part).expect("known");
    BitWriter::new(&device).expect("writable").order(order).full(fill(seed))
}

pub(crate) fn clear(part: &str, seed: u32, order: Order) -> Vec<u8> {
    let device = Device::of_part(part).expect("known");
    let writer = BitWriter::new(&device).expect("writable").order(order);
    writer.clear(&region(&device), fill(seed)).expect("UltraScale")
}

/// How the recorder names a load.
pub(crate) fn load_line(image: &Image, outcome: &str) -> String {
    let digest: String = image.sha256[..4].iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat();
    format!("load {} {digest}, {} bytes: {outcome}", image.kind, image.size)
}

pub(crate) fn image(dir: &Path, name: &str, kind: ImageKind, bytes: &[u8], static_id: [u8; 32]) -> Image {
    let path = dir.join("kit").join(name);
    fs_err::create_dir_all(path.parent().expect("has a parent")).expect("made");
    fs_err::write(&path, bytes).expect("written");
    Image {
        path: String::leak(name.to_owned()),
        size: bytes.len() as u64,
        sha256: Sha256::digest(bytes),
        kind,
        static_id,
    }
}

/// A 7-series kit (`xc7z010`) or, with `clearing`, an UltraScale one (`xcku040`): modules `a` and `b`, `a` at power-up.
pub(crate) fn bench(clearing: bool, verdict: &'static str, simulated: bool) -> Bench {
    let dir = tempfile::tempdir().expect("temp");
    let root = dir.path().join("root");
    fs_err::create_dir_all(root.join("proc/sys/kernel/random")).expect("made");
    fs_err::write(root.join("proc/sys/kernel/random/boot_id"), "boot-1\n").expect("written");
    let part = if clearing { "xcku040-ffva1156-2-e" } else { "xc7z010clg400-1" };
    let order = Order::ByteSwapped;
    let device = Device::of_part(part).expect("known");
    let id = [7; 32];
    let modules = ["a", "b"].map(|name| {
        let seed = u32::from(name.as_bytes()[0]);
        let bytes = partial(part, seed, order);
        let file = format!("modules/p/{name}.bin");
        let cleared = clearing.then(|| {
            let bytes = clear(part, seed, order);
            image(dir.path(), &format!("modules/p/{name}_clear.bin"), ImageKind::Clear, &bytes, id)
        });
        Module {
            name: String::leak(name.to_owned()),
            greybox: false,
            image: image(dir.path(), &file, ImageKind::Partial, &bytes, id),
            clear: cleared,
            id: None,
            overlay: None,
        }
    });
    let die = device.die().expect("one die");
    let map = die.frame_map().expect("known");
    let fars: Vec<(u32, u32)> = region(&device)
        .iter()
        .filter_map(|i| map.address(i).and_then(|a| die.encode(a)))
        .map(|far| (far, far))
        .collect();
    let partition = Partition {
        name: "p",
        cell: "top/p",
        frames: Vec::leak(fars),
        isolation: Vec::leak(vec![
            Isolation { path: "sd", kind: IsolationKind::ShutdownManager, address: Some(SHUTDOWN) },
            Isolation { path: "dec", kind: IsolationKind::Decoupler, address: Some(DECOUPLER) },
        ]),
        reset: None,
        power_up: Some("a"),
        modules: Vec::leak(modules.into()),
    };
    let full_image =
        (!clearing).then(|| image(dir.path(), "static/top.bin", ImageKind::Full, &full(part, 1, order), id));
    let kit = Kit {
        name: "bench",
        version: "1",
        simulated,
        verdict,
        part,
        idcode: device.idcode(),
        needs_clear: clearing,
        static_id: id,
        full: full_image,
        partitions: Vec::leak(vec![partition]),
    };
    Bench { dir, kit: Box::leak(Box::new(kit)) }
}
