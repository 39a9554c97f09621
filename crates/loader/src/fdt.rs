// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The compiled device-tree overlay that makes the kernel program one region (Devicetree Specification 0.4, chapter 5;
//! Documentation/devicetree/bindings/fpga/fpga-region).
//!
//! ```text
//! fragment@0 { target-path = "/fpga-full/pr0"; __overlay__ { firmware-name = "x.bin"; partial-fpga-config; }; };
//! ```
//!
//! The target is a path, so that neither labels nor a compiler are needed on the target.

const MAGIC: u32 = 0xd00d_feed;
const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROPERTY: u32 = 3;
const END: u32 = 9;
const HEADER: usize = 40;
/// The empty list of reserved memory: one entry of zeros.
const RESERVED: usize = 16;

#[derive(Default)]
struct Blob {
    structure: Vec<u8>,
    strings: Vec<u8>,
}

impl Blob {
    fn word(&mut self, word: u32) {
        self.structure.extend(word.to_be_bytes());
    }

    fn pad(&mut self) {
        self.structure.resize(self.structure.len().next_multiple_of(4), 0);
    }

    fn begin(&mut self, name: &str) {
        self.word(BEGIN_NODE);
        self.structure.extend(name.bytes().chain([0]));
        self.pad();
    }

    /// A text, or, when empty, a property that is true by being there.
    fn property(&mut self, name: &str, text: &str) {
        let value: Vec<u8> = if text.is_empty() { Vec::new() } else { text.bytes().chain([0]).collect() };
        self.word(PROPERTY);
        self.word(value.len() as u32);
        let at = self.strings.len() as u32;
        self.strings.extend(name.bytes().chain([0]));
        self.word(at);
        self.structure.extend(value);
        self.pad();
    }

    fn finish(mut self) -> Vec<u8> {
        self.word(END);
        let structure = HEADER + RESERVED;
        let strings = structure + self.structure.len();
        let total = strings + self.strings.len();
        let header = [
            MAGIC,
            total as u32,
            structure as u32,
            strings as u32,
            HEADER as u32,
            17, // version, and the oldest that reads it
            16,
            0,
            self.strings.len() as u32,
            self.structure.len() as u32,
        ];
        let mut out: Vec<u8> = header.into_iter().flat_map(u32::to_be_bytes).collect();
        out.resize(structure, 0);
        out.extend(self.structure);
        out.extend(self.strings);
        out
    }
}

/// The overlay that loads the firmware file `firmware` into the region at `region`.
pub(crate) fn region_overlay(region: &str, firmware: &str, partial: bool) -> Vec<u8> {
    let mut blob = Blob::default();
    blob.begin("");
    blob.begin("fragment@0");
    blob.property("target-path", region);
    blob.begin("__overlay__");
    blob.property("firmware-name", firmware);
    if partial {
        blob.property("partial-fpga-config", "");
    }
    for _ in 0..3 {
        blob.word(END_NODE);
    }
    blob.finish()
}

#[cfg(test)]
mod tests {
    use super::region_overlay;
    use std::process::{Command, Stdio};

    /// The kernel's own compiler reads it back.
    #[test]
    fn dtc_reads_it() {
        use std::io::Write;
        let blob = region_overlay("/fpga-full/pr0", "dfxkit-0123456789ab-7.bin", true);
        let dtc = Command::new("dtc")
            .args(["-q", "-I", "dtb", "-O", "dts", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut dtc) = dtc else {
            eprintln!(
                "SKIPPED: dtc is not installed (Debian: device-tree-compiler); the blob was not read by it"
            );
            return;
        };
        dtc.stdin.take().expect("piped").write_all(&blob).expect("sent");
        let output = dtc.wait_with_output().expect("ends");
        assert!(output.status.success());
        let words: Vec<String> =
            String::from_utf8_lossy(&output.stdout).split_whitespace().map(str::to_owned).collect();
        assert_eq!(
            words.join(" "),
            "/dts-v1/; / { fragment@0 { target-path = \"/fpga-full/pr0\"; __overlay__ { firmware-name = \
             \"dfxkit-0123456789ab-7.bin\"; partial-fpga-config; }; }; };"
        );
    }

    #[test]
    fn its_parts_lie_where_its_header_says() {
        let blob = region_overlay("/r", "f", false);
        let word = |n: usize| u32::from_be_bytes(blob[4 * n..4 * n + 4].try_into().expect("four")) as usize;
        assert_eq!((word(0), word(1)), (0xd00d_feed, blob.len()));
        assert_eq!(word(3), word(2) + word(9));
        assert_eq!(word(3) + word(8), blob.len());
        assert!(!blob.windows(7).any(|w| w == b"partial"));
    }
}
