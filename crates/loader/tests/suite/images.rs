// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Images that must be refused before anything is touched.

use crate::support::{bench, clear, full, partial, region};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dfxkit_fabric::codec::{Bitstream, Kind, Note, Order};
use dfxkit_fabric::device::Device;
use dfxkit_fabric::write::{BitWriter, HeaderFields};
use dfxkit_loader::{CheckError, Image, ImageKind, Kit, Sha256, check};

const PART: &str = "xc7z010clg400-1";

fn verdict(kit: &'static Kit, bytes: &[u8], kind: ImageKind) -> Result<bool, CheckError> {
    let image = Image {
        path: "x.bin",
        size: bytes.len() as u64,
        sha256: Sha256::digest(bytes),
        kind,
        static_id: kit.static_id,
    };
    check(kit, Some(&kit.partitions[0]), &image, bytes).map(|c| c.frames_checked)
}

#[test]
fn what_belongs_passes_in_both_orders() {
    let kit = bench(false, "passed", false).kit;
    for order in [Order::Normal, Order::ByteSwapped] {
        assert!(verdict(kit, &partial(PART, 3, order), ImageKind::Partial).expect("passes"));
        assert!(!verdict(kit, &full(PART, 3, order), ImageKind::Full).expect("passes"));
    }
}

#[test]
fn what_does_not_belong_is_refused() {
    let kit = bench(false, "passed", false).kit;
    let good = partial(PART, 3, Order::ByteSwapped);
    let partial_of = |bytes: &[u8]| verdict(kit, bytes, ImageKind::Partial).expect_err("refused");

    assert!(matches!(partial_of(b""), CheckError::Unreadable(_)));
    assert!(matches!(partial_of(b"version https://git-lfs"), CheckError::Unreadable(_)));
    assert!(matches!(partial_of(&full(PART, 3, Order::ByteSwapped)), CheckError::Kind { .. }));
    assert!(matches!(verdict(kit, &good, ImageKind::Full), Err(CheckError::Kind { .. })));
    assert!(matches!(verdict(kit, &good, ImageKind::Clear), Err(CheckError::Kind { .. })));
    assert!(matches!(
        partial_of(&partial("xc7z020clg400-1", 3, Order::ByteSwapped)),
        CheckError::Device { .. }
    ));

    // One frame beyond the partition.
    let device = Device::of_part(PART).expect("known");
    let mut wide = region(&device);
    wide.insert(140);
    let writer = BitWriter::new(&device).expect("writable");
    match partial_of(&writer.partial(&wide, |_, words| words[0] = 1)) {
        CheckError::Frames { outside: 1, .. } => {}
        other => panic!("{other:?}"),
    }

    // Cut anywhere before the end of configuration (behind it are 16 no-operation words, which nothing needs).
    for length in (0..good.len() - 4 * 17).step_by(997).chain([good.len() - 4 * 17]) {
        assert!(verdict(kit, &good[..length], ImageKind::Partial).is_err(), "cut at {length}");
    }

    // A header that lies about its kind.
    let fields = HeaderFields::new("top;PARTIAL=TRUE", "7z010clg400", "2024/01/01", "00:00:00", "2024.2");
    if let Ok(writer) = BitWriter::new(&device).expect("writable").header(&fields) {
        let lying = writer.full(|_, words| words[0] = 1);
        assert!(matches!(partial_of(&lying), CheckError::Kind { .. }));
    }

    // Digest, size and static, whatever the content.
    let image = kit.partitions[0].modules[0].image.clone();
    let refuse = |image: &Image, bytes: &[u8]| check(kit, None, image, bytes).expect_err("refused");
    let mut changed = good.clone();
    assert!(matches!(refuse(&image, &changed), CheckError::Digest { .. }));
    changed.push(0);
    assert!(matches!(refuse(&image, &changed), CheckError::Size { .. }));
    let own = partial(PART, u32::from(b'a'), Order::ByteSwapped);
    assert!(matches!(
        refuse(&Image { static_id: [9; 32], ..image.clone() }, &own),
        CheckError::Static { .. }
    ));
}

#[test]
fn clearing_images_are_told_from_partial_ones() {
    let kit = bench(true, "passed", false).kit;
    let part = "xcku040-ffva1156-2-e";
    verdict(kit, &clear(part, 1, Order::Normal), ImageKind::Clear).expect("passes");
    assert!(matches!(
        verdict(kit, &clear(part, 1, Order::Normal), ImageKind::Partial),
        Err(CheckError::Kind { .. })
    ));
    assert!(matches!(
        verdict(kit, &partial(part, 1, Order::Normal), ImageKind::Clear),
        Err(CheckError::Kind { .. })
    ));
}

#[expect(clippy::disallowed_methods, reason = "a test finds its material by the environment")]
fn corpus() -> Option<PathBuf> {
    let path = std::env::var_os("DFXKIT_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no corpus at {} (set DFXKIT_CORPUS)", path.display());
    None
}

fn bit_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            bit_files(&path, found);
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("bit")) {
            found.push(path);
        }
    }
}

/// What Vivado wrote passes as what it is, with its header and without, and as nothing else.
#[test]
fn real_images_pass_as_what_they_are() {
    let Some(corpus) = corpus() else { return };
    let mut files = Vec::new();
    bit_files(&corpus, &mut files);
    let mut checked = 0;
    let template = bench(false, "passed", false).kit;
    for path in files {
        let bytes = fs_err::read(&path).expect("a corpus file");
        let Ok(stream) = Bitstream::parse(&bytes) else { continue };
        // Old tools leave the kind out of the header; encrypted and cut files are refused for other reasons.
        let Some(header) = stream.header().filter(|h| h.version().is_some()) else { continue };
        if stream.is_encrypted() || stream.notes().iter().any(|n| matches!(n, Note::NoDesync)) {
            continue;
        }
        let kinds = [ImageKind::Full, ImageKind::Partial, ImageKind::Clear];
        let own = match stream.kind() {
            Some(Kind::Full) => ImageKind::Full,
            Some(Kind::Partial) => ImageKind::Partial,
            Some(Kind::Clear) => ImageKind::Clear,
            None => continue,
        };
        let kit = Kit {
            part: String::leak(header.part.to_owned()),
            idcode: stream.idcodes().first().copied(),
            partitions: &[],
            ..template.clone()
        };
        for data in [bytes.clone(), stream.to_bin(Order::ByteSwapped)] {
            for kind in kinds {
                let image = Image {
                    path: "x",
                    size: data.len() as u64,
                    sha256: Sha256::digest(&data),
                    kind,
                    static_id: kit.static_id,
                };
                let found = check(&kit, None, &image, &data);
                assert_eq!(found.is_ok(), kind == own, "{} as {kind}: {found:?}", path.display());
            }
        }
        checked += 1;
    }
    assert!(checked > 20, "only {checked}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn damaged_images_never_panic(at in proptest::prelude::any::<proptest::sample::Index>(), value: u8, noise: Vec<u8>) {
        static SEED: OnceLock<(&'static Kit, Vec<u8>)> = OnceLock::new();
        let (kit, whole) = SEED.get_or_init(|| (bench(false, "passed", false).kit, partial(PART, 3, Order::Normal)));
        let mut bytes = whole.clone();
        let at = at.index(bytes.len());
        bytes[at] = value;
        let _ = verdict(kit, &bytes, ImageKind::Partial);
        let _ = verdict(kit, &noise, ImageKind::Partial);
    }
}
