// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration memory of a whole die, owned.

use super::content::Frames;
use super::set::FrameSet;
use crate::device::{Die, FrameAddress};

/// Content of every frame of a die, block types 0 and 1, and which of them have been written. Takes as much memory as a full bitstream.
///
/// ```
/// use dfxkit_fabric::codec::Bitstream;
/// use dfxkit_fabric::device::Device;
/// use dfxkit_fabric::frames::{FrameSet, Image, Pass};
/// use dfxkit_fabric::write::BitWriter;
/// # let writer = BitWriter::new(&Device::of_part("xc7z010")?)?;
/// # let mut set = FrameSet::new(5144);
/// # set.insert_range(700..736);
/// # let full = writer.full(|_, words| words[0] = 1);
/// # let partial = writer.partial(&set, |_, words| words[0] = 2);
/// let (full, partial) = (Bitstream::parse(&full)?, Bitstream::parse(&partial)?);
/// let mut device = full.frames(Pass::Last).and_then(|f| Image::of(&f)).expect("a mapped device");
/// let before = device.clone();
/// assert!(partial.frames(Pass::Last).is_some_and(|f| device.apply(&f)));
/// assert_eq!(device.differing(&before).collect::<Vec<_>>(), partial.written().iter().collect::<Vec<_>>());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Image {
    die: &'static Die,
    words: Vec<u32>,
    written: FrameSet,
}

impl Image {
    /// An image of zeros with nothing written; `None` for a die without a frame map.
    pub fn blank(die: &'static Die) -> Option<Self> {
        let frames = die.frame_map()?.len();
        Some(Self { die, words: vec![0; frames * die.words_per_frame()], written: FrameSet::new(frames) })
    }

    /// The image after the frames of one file; `None` for a die without a frame map.
    pub fn of(frames: &Frames<'_>) -> Option<Self> {
        let mut image = Self::blank(frames.die())?;
        image.apply(frames);
        Some(image)
    }

    /// Writes the frames of a file over the image; those of another die are refused with `false`.
    pub fn apply(&mut self, frames: &Frames<'_>) -> bool {
        if frames.die().name() != self.die.name() {
            return false;
        }
        let size = self.die.words_per_frame();
        for (index, out) in self.words.chunks_exact_mut(size).enumerate() {
            if let Some(words) = frames.get(index) {
                words.copy_to(out);
                self.written.insert(index);
            }
        }
        true
    }

    /// Die.
    pub fn die(&self) -> &'static Die {
        self.die
    }

    /// Words of a frame; `None` beyond the die.
    pub fn frame(&self, index: usize) -> Option<&[u32]> {
        let size = self.die.words_per_frame();
        self.words.get(index.checked_mul(size)?..(index + 1).checked_mul(size)?)
    }

    /// Words of a frame, to be changed; marks it as written. `None` beyond the die.
    pub fn frame_mut(&mut self, index: usize) -> Option<&mut [u32]> {
        let size = self.die.words_per_frame();
        self.written.insert(index);
        self.words.get_mut(index.checked_mul(size)?..(index + 1).checked_mul(size)?)
    }

    /// Words of the frame at an address; `None` when the die has no such frame.
    pub fn at(&self, address: FrameAddress) -> Option<&[u32]> {
        self.frame(self.die.frame_map()?.index_of(address)?)
    }

    /// Frames written so far.
    pub fn written(&self) -> &FrameSet {
        &self.written
    }

    /// Frame indices in which two images of one die differ.
    pub fn differing<'x>(&'x self, other: &'x Self) -> impl Iterator<Item = usize> + 'x {
        let size = self.die.words_per_frame();
        let pairs = self.words.chunks_exact(size).zip(other.words.chunks_exact(size));
        pairs.enumerate().filter(|(_, (a, b))| a != b).map(|(i, _)| i)
    }
}
