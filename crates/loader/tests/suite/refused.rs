// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! More than a hundred images that must not be loaded, through the whole loader: nothing is written before each is refused,
//! neither to a register nor to the manager nor to the journal. Digests and sizes are those of the bad image unless the case
//! is about them, so that each is refused for what it is.

use std::time::Duration;

use crate::support::{Bench, bench, clear, full, partial, region};
use crate::sysfs::{attribute, target};
use dfxkit_fabric::codec::Order;
use dfxkit_fabric::device::Device;
use dfxkit_fabric::frames::FrameSet;
use dfxkit_fabric::write::BitWriter;
use dfxkit_loader::fake::{Bank, Trace};
use dfxkit_loader::{CheckError, Image, Kit, Left, Loader, Options, Reason, Sha256, Sysfs};

const PART: &str = "xc7z010clg400-1";
const US_PART: &str = "xcku040-ffva1156-2-e";

struct Rig {
    bench: Bench,
    refused: usize,
}

impl Rig {
    fn new(clearing: bool) -> Self {
        let bench = bench(clearing, "passed", false);
        target(&bench.root(), "Xilinx Zynq FPGA Manager\n", "operating\n");
        Self { bench, refused: 0 }
    }

    /// Loads `bytes` as module `b`, described truly except for what `lie` changes.
    fn refuse(
        &mut self,
        what: &str,
        bytes: &[u8],
        lie: impl FnOnce(&mut Image),
        fits: impl Fn(&Reason) -> bool,
    ) {
        let mut kit: Kit = self.bench.kit.clone();
        let mut partition = kit.partitions[0].clone();
        let mut modules = partition.modules.to_vec();
        let image = &mut modules[1].image;
        fs_err::write(self.bench.kit_dir().join(image.path), bytes).expect("written");
        image.size = bytes.len() as u64;
        image.sha256 = Sha256::digest(bytes);
        lie(image);
        partition.modules = Vec::leak(modules);
        kit.partitions = Vec::leak(vec![partition]);
        let trace = Trace::new();
        let root = self.bench.root();
        let options =
            Options { static_is_running: true, patience: Duration::from_millis(50), ..Options::default() };
        let mut loader = Loader::new(
            Box::leak(Box::new(kit)),
            &self.bench.kit_dir(),
            &root,
            Sysfs::open(&root).expect("there"),
            Bank::new(trace.clone()),
            options,
        );
        let failure = loader.swap("p", "b").expect_err(what);
        assert!(fits(&failure.reason), "{what}: {failure}");
        assert_eq!(failure.left, Left::AsBefore, "{what}");
        assert!(trace.lines().is_empty(), "{what}: {:?}", trace.lines());
        assert_eq!(attribute(&root, "firmware"), "", "{what}");
        assert!(!root.join("run/dfxkit/fpga0.journal").exists(), "{what}: the journal was written");
        assert_eq!(fs_err::read_dir(root.join("lib/firmware")).expect("there").count(), 0, "{what}");
        self.refused += 1;
    }

    fn refuse_content(&mut self, what: &str, bytes: &[u8], fits: impl Fn(&CheckError) -> bool) {
        self.refuse(what, bytes, |_| {}, |r| matches!(r, Reason::Refused { error, .. } if fits(error)));
    }
}

#[test]
fn a_hundred_bad_images_are_refused_before_the_first_write() {
    let mut rig = Rig::new(false);
    let good = partial(PART, 3, Order::ByteSwapped);
    let device = Device::of_part(PART).expect("known");

    // Cut short, with a digest that fits: between the first word and the 16 no-operations behind the end.
    for n in 0..30 {
        let cut = (good.len() - 4 * 17) * n / 30;
        rig.refuse_content(&format!("cut at {cut}"), &good[..cut], |e| {
            matches!(
                e,
                CheckError::Unreadable(_)
                    | CheckError::Ragged(_)
                    | CheckError::Crc
                    | CheckError::Kind { .. }
                    | CheckError::Device { .. }
                    | CheckError::Empty
            )
        });
    }
    // Damaged after the kit was made: the digest tells.
    for n in 0..20 {
        let mut bytes = good.clone();
        let at = bytes.len() * n / 20;
        bytes[at] ^= 1 << (n % 8);
        let digest = Sha256::digest(&good);
        rig.refuse(
            &format!("bit {n} changed"),
            &bytes,
            |i| i.sha256 = digest,
            |r| matches!(r, Reason::Refused { error: CheckError::Digest { .. }, .. }),
        );
    }
    // Damaged before: its own check sum tells. Frame data is the bulk of the middle.
    for n in 1..8 {
        let mut bytes = good.clone();
        let at = bytes.len() * n / 10 / 4 * 4 + 1;
        bytes[at] ^= 0x10;
        rig.refuse_content(&format!("frame data changed at {at}"), &bytes, |e| matches!(e, CheckError::Crc));
    }
    // Another size than the kit says.
    for n in [0_u64, 1, 4, 1 << 20] {
        rig.refuse(
            "another size",
            &good,
            |i| i.size = n,
            |r| matches!(r, Reason::Refused { error: CheckError::Size { .. }, .. }),
        );
    }
    // Byte orders that a Zynq-7000 takes in silence and does not configure from.
    for order in [Order::Normal, Order::BitReversed, Order::BitReversedBytes] {
        rig.refuse(order.id(), &partial(PART, 3, order), |_| {}, |r| matches!(r, Reason::Order { .. }));
    }
    // Other parts, and parts that only the IDCODE tells.
    for part in ["xc7z020clg400-1", "xc7a35tcpg236-1", "xc7a100tcsg324-1"] {
        if Device::of_part(part).is_ok_and(|d| BitWriter::new(&d).is_ok()) {
            rig.refuse_content(part, &partial(part, 3, Order::ByteSwapped), |e| {
                matches!(e, CheckError::Device { .. })
            });
        }
    }
    for idcode in [0x0372_7093, 0x0363_1093, 0x0382_2093, 0x04a4_9093, 0x0000_0001] {
        let writer = BitWriter::with_idcode(&device, idcode).expect("writable").order(Order::ByteSwapped);
        let bytes = writer.partial(&region(&device), |_, words| words[1] = 3);
        rig.refuse_content(&format!("IDCODE {idcode:#x}"), &bytes, |e| {
            matches!(e, CheckError::Device { .. } | CheckError::Unreadable(_))
        });
    }
    // Other regions: beside, across the edge, one frame too many.
    let map = device.die().and_then(|d| d.frame_map()).expect("known");
    for (first, last) in [
        (0, 40),
        (60, 100),
        (80, 120),
        (99, 140),
        (100, 141),
        (139, 180),
        (140, 150),
        (500, 540),
        (1000, 1040),
        (2000, 2010),
    ] {
        let mut other = FrameSet::new(map.len());
        other.insert_range(first..last);
        let writer = BitWriter::new(&device).expect("writable").order(Order::ByteSwapped);
        let bytes = writer.partial(&other, |_, words| words[1] = 3);
        rig.refuse_content(&format!("frames {first}..{last}"), &bytes, |e| {
            matches!(e, CheckError::Frames { .. })
        });
    }
    // Another static.
    for n in 0..5 {
        rig.refuse(
            "another static",
            &good,
            |i| i.static_id = [n; 32],
            |r| matches!(r, Reason::Refused { error: CheckError::Static { .. }, .. }),
        );
    }
    // A full image where a partial is asked for.
    for seed in 0..3 {
        rig.refuse_content("a full image", &full(PART, seed, Order::ByteSwapped), |e| {
            matches!(e, CheckError::Kind { .. })
        });
    }
    // Something behind the end, also lengths that are no multiple of four.
    for extra in 1..=6 {
        let mut bytes = good.clone();
        bytes.extend((0..extra).map(|n| 0x5a ^ n));
        let known = |e: &CheckError| matches!(e, CheckError::Ragged(_) | CheckError::Unreadable(_));
        if extra % 4 != 0 {
            rig.refuse_content(&format!("{extra} bytes behind the end"), &bytes, known);
        }
    }
    // No bitstream at all.
    let noise = |n: u32| -> Vec<u8> {
        let mut x = n.wrapping_mul(0x9e37_79b9) | 1;
        (0..4096)
            .map(|_| {
                x ^= x << 13;
                x ^= x >> 17;
                x ^= x << 5;
                x as u8
            })
            .collect()
    };
    for n in 0..8 {
        rig.refuse_content("noise", &noise(n), |e| matches!(e, CheckError::Unreadable(_)));
    }
    for bytes in [
        &b""[..],
        b"\0",
        &[0; 4096],
        &[0xff; 4096],
        b"version https://git-lfs.github.com/spec/v1\n",
        b"<html>404</html>",
    ] {
        rig.refuse_content("no bitstream", bytes, |e| matches!(e, CheckError::Unreadable(_)));
    }

    // UltraScale: the clearing image in place of the module's, a module's for another device.
    let mut us = Rig::new(true);
    for seed in 0..3 {
        us.refuse_content("a clearing image", &clear(US_PART, seed, Order::ByteSwapped), |e| {
            matches!(e, CheckError::Kind { .. })
        });
    }
    us.refuse_content("7 series", &good, |e| {
        matches!(e, CheckError::Device { .. } | CheckError::Unreadable(_) | CheckError::Ragged(_))
    });
    let refused = rig.refused + us.refused;
    assert!(refused >= 100, "{refused} images");
    eprintln!("{refused} images refused");
}
