// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The corpus of real files: where it is, and what an independent first reading found in each.

use std::io::Read as _;
use std::path::PathBuf;

/// The corpus, or `None` (said on stderr) when it is not there.
pub(crate) fn corpus() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test may read the variable that says where its data is")]
    let dir = std::env::var_os("DFXKIT_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    if dir.join("INDEX.tsv").is_file() {
        return Some(dir);
    }
    eprintln!("skipped: no corpus at {} (set DFXKIT_CORPUS)", dir.display());
    None
}

/// A corpus file, unpacked when it is gzipped.
#[expect(clippy::disallowed_methods, reason = "tests of a pure crate have no fs-err")]
pub(crate) fn read(dir: &std::path::Path, path: &str) -> Vec<u8> {
    let bytes = std::fs::read(dir.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut out).unwrap();
    out
}

/// A line of the index: path and what the first reading found.
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) found: serde_json::Value,
}

/// All bitstreams of the index that are there.
pub(crate) fn bitstreams(dir: &std::path::Path) -> Vec<Entry> {
    #[expect(clippy::disallowed_methods, reason = "tests of a pure crate have no fs-err")]
    let index = std::fs::read_to_string(dir.join("INDEX.tsv")).unwrap();
    let entry = |line: &str| {
        let f: Vec<&str> = line.split('\t').collect();
        let (path, kind) = (f.first()?.to_string(), f.get(1)?.to_string());
        (kind.starts_with("bit-") || kind.starts_with("bin-")).then(|| Entry {
            path,
            kind,
            found: serde_json::from_str(f[8]).unwrap(),
        })
    };
    index.lines().skip(1).filter_map(entry).filter(|e| dir.join(&e.path).is_file()).collect()
}
