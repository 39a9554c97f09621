// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sizes of partial bitstreams against the release's own of the same partition.
//!
//! On 7 series every module of a Pblock, the greybox too, gives a partial of the same size unless it is compressed (measured on 2018.3 trees of
//! xc7 parts): another size means another Pblock or other bitstream settings. For later families that is not established, and nothing is said. Only the
//! configuration data counts: headers hold names and dates.

use camino::Utf8Path;
use dfxkit_fabric::Family;
use dfxkit_fabric::codec::Container;

use crate::artifacts::Artifacts;
use crate::gates::{GateResult, Verdict};

/// One result for each module that was built, where the family fixes the size. `artifacts` are composed: the release's modules stand beside the new ones.
pub fn judge(artifacts: &Artifacts) -> Vec<GateResult> {
    if Family::of_part(&artifacts.part) != Some(Family::Series7) {
        return Vec::new();
    }
    let of_release =
        |configuration: &str| artifacts.static_set.configuration.as_deref() == Some(configuration);
    let mut results = Vec::new();
    for module in artifacts.modules.iter().filter(|m| !of_release(&m.configuration)) {
        let reference = artifacts
            .modules
            .iter()
            .find(|m| of_release(&m.configuration) && m.partition == module.partition)
            .and_then(|m| m.partial_bit.as_ref());
        let (Some(new), Some(old)) = (&module.partial_bit, reference) else { continue };
        results.push(compare(&format!("{}/{}", module.partition, module.name), &old.path, &new.path));
    }
    results
}

fn compare(subject: &str, old: &Utf8Path, new: &Utf8Path) -> GateResult {
    let answer = |verdict, expected: String, actual: String| GateResult {
        gate: "partial-size".into(),
        subject: subject.to_owned(),
        verdict,
        expected,
        actual,
        evidence: None,
        off: false,
    };
    let like = "as many bytes as the release's partial".to_owned();
    match (data(old), data(new)) {
        (Ok((_, true)), _) | (_, Ok((_, true))) => {
            answer(Verdict::Passed, like, "compressed: sizes follow the content".into())
        }
        (Ok((expected, _)), Ok((actual, _))) => {
            let verdict = if expected == actual { Verdict::Passed } else { Verdict::Refused };
            answer(
                verdict,
                format!("{expected} bytes of configuration data, as the release's partial"),
                format!("{actual} bytes"),
            )
        }
        (Err(e), _) | (_, Err(e)) => answer(Verdict::Unknown, like, e),
    }
}

/// Bytes of configuration data, and whether they are compressed.
fn data(path: &Utf8Path) -> Result<(usize, bool), String> {
    let bytes = fs_err::read(path).map_err(|e| e.to_string())?;
    let container = Container::open(&bytes).map_err(|e| e.to_string())?;
    Ok((container.data.len(), container.header.is_some_and(|h| h.compressed())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `.bit` with this much data; the words are a sync word and padding.
    fn bit(design: &str, words: usize) -> Vec<u8> {
        let mut out = vec![0, 9, 0x0f, 0xf0, 0x0f, 0xf0, 0x0f, 0xf0, 0x0f, 0xf0, 0, 0, 1];
        for (key, text) in [(b'a', design), (b'b', "7k325tffg900"), (b'c', "2026/01/01"), (b'd', "00:00:00")]
        {
            out.push(key);
            out.extend(u16::try_from(text.len() + 1).unwrap().to_be_bytes());
            out.extend(text.as_bytes());
            out.push(0);
        }
        let mut data = vec![0xff_u8; 32];
        data.extend([0xaa, 0x99, 0x55, 0x66]);
        data.extend([0x20, 0, 0, 0].repeat(words));
        out.push(b'e');
        out.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(data);
        out
    }

    #[test]
    fn another_size_is_refused_unless_it_is_compressed() {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(dir.path()).unwrap();
        let write = |name: &str, bytes: Vec<u8>| {
            fs_err::write(root.join(name), bytes).unwrap();
            root.join(name)
        };
        let old = write("old.bit", bit("top;UserID=0XFFFFFFFF;PARTIAL=TRUE;Version=2024.2", 100));
        let same = write("same.bit", bit("another_top;UserID=0XFFFFFFFF;PARTIAL=TRUE;Version=2024.2", 100));
        let larger = write("larger.bit", bit("top;UserID=0XFFFFFFFF;PARTIAL=TRUE;Version=2024.2", 101));
        let small =
            write("small.bit", bit("top;UserID=0XFFFFFFFF;COMPRESS=TRUE;PARTIAL=TRUE;Version=2024.2", 9));
        let damaged = write("damaged.bit", b"no bitstream".to_vec());
        assert_eq!(compare("p/m", &old, &same).verdict, Verdict::Passed);
        let refused = compare("p/m", &old, &larger);
        assert_eq!(refused.verdict, Verdict::Refused);
        assert_eq!(refused.actual, "440 bytes");
        assert_eq!(compare("p/m", &old, &small).verdict, Verdict::Passed);
        assert_eq!(compare("p/m", &old, &damaged).verdict, Verdict::Unknown);
    }
}
