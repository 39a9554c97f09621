// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compressed full bitstreams: frames of equal content are written once, then repeated by multiple frame writes.

use std::collections::HashMap;

use super::emit::Emit;
use super::{BitWriter, Marks};
use crate::codec::{Command, Register};
use crate::device::FrameAddress;
use crate::family::Family;
use crate::frames::FrameSet;

impl BitWriter {
    /// A compressed full bitstream: every frame of the die, contents that occur more than once written once. Takes as much memory as an
    /// uncompressed one while it works.
    pub fn compressed(&self, mut source: impl FnMut(FrameAddress, &mut [u32])) -> Vec<u8> {
        let (map, size) = (self.map(), self.die.words_per_frame());
        let mut content = vec![0u32; map.len() * size];
        for (index, frame) in content.chunks_exact_mut(size).enumerate() {
            source(map.address(index).expect("an index below the map's length"), frame);
        }
        // Frames by content, in order of first appearance.
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut known: HashMap<&[u32], usize> = HashMap::new();
        for (index, frame) in content.chunks_exact(size).enumerate() {
            let group = *known.entry(frame).or_insert(groups.len());
            if group == groups.len() {
                groups.push(Vec::new());
            }
            groups[group].push(index);
        }
        let mut e = self.start();
        self.full_preamble(&mut e, true);
        let mut single = FrameSet::new(map.len());
        for group in groups {
            if let [index] = group[..] {
                single.insert(index);
            } else {
                self.repeated(&mut e, &group, &content[group[0] * size..][..size]);
            }
        }
        for run in self.bursts(&single) {
            self.burst(&mut e, &run, |index, frame| frame.copy_from_slice(&content[index * size..][..size]));
        }
        self.full_end(&mut e, true);
        self.finish(e, Marks { compressed: true, ..Marks::default() })
    }

    fn repeated(&self, e: &mut Emit, indices: &[usize], frame: &[u32]) {
        // Words of a multiple frame write are dummies; their number differs by family (measured).
        let (settle, dummies) = match self.family() {
            Family::Series7 => (12, 4),
            Family::UltraScale => (63, 7),
            _ => (62, 14),
        };
        e.write(Register::FAR, self.far(indices[0]));
        e.command(Command::WCFG);
        e.nops(1);
        e.data_header(Register::FDRI, frame.len());
        e.data(Register::FDRI, frame);
        e.command(Command::MFW);
        e.nops(settle);
        for &index in indices {
            e.write(Register::FAR, self.far(index));
            e.nops(1);
            e.data_header(Register::MFWR, dummies);
            e.zeros(Register::MFWR, dummies);
            e.nops(2);
        }
        e.command(Command::NULL);
        e.nops(1);
    }
}
