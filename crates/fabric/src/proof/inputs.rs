// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Are the files of a proof what they are given for?

use super::prove::check;
use super::{Check, Input, Partial, Verdict};
use crate::codec::{CrcCheck, Kind, Note};
use crate::device::{Die, same_idcode};
use crate::part::same_part;

#[derive(Default)]
struct Findings {
    refused: Vec<String>,
    unknown: Vec<String>,
}

/// The check, and whether the frames of the files can be compared even if something is wrong with them.
pub(super) fn inputs(
    parent: Input<'_, '_>,
    child: Input<'_, '_>,
    partials: &[Partial<'_, '_>],
) -> (Check, bool) {
    let files: Vec<Input<'_, '_>> =
        [parent, child].into_iter().chain(partials.iter().map(|p| p.input)).collect();
    let mut f = Findings::default();
    let comparable = f.frames_known(&files) && f.kinds(parent, child, partials);
    f.parts(&files);
    f.integrity(&files);
    let (verdict, detail) = if !f.refused.is_empty() {
        (Verdict::Refused, f.refused.join("; "))
    } else if !f.unknown.is_empty() {
        (Verdict::Unknown, f.unknown.join("; "))
    } else {
        let crc: usize = files.iter().map(|x| x.bits.crc().len()).sum();
        // Without CRC words the proof still stands: every frame is compared with another file's.
        let bare = files.iter().filter(|x| x.bits.crc().is_empty()).count();
        let bare = if bare > 0 { format!(", {bare} files have none") } else { String::new() };
        (
            Verdict::Proven,
            format!("{} files for {}, {crc} CRC words agree{bare}", files.len(), device(parent)),
        )
    };
    (check("inputs", None, verdict, 0, detail), comparable)
}

fn device(f: Input<'_, '_>) -> String {
    f.bits
        .part()
        .map_or_else(|| f.bits.device().map_or("an unknown part", |d| d.name()).to_owned(), str::to_owned)
}

impl Findings {
    /// All files have frames, of one die.
    fn frames_known(&mut self, files: &[Input<'_, '_>]) -> bool {
        let die = files.first().and_then(|f| f.bits.die());
        let mut ok = true;
        for f in files {
            if f.bits.is_encrypted() {
                self.unknown.push(format!("{} is encrypted", f.name));
            } else if f.bits.streams() > 1 {
                self.unknown
                    .push(format!("{} holds more than one die; stacked parts are not proven", f.name));
            } else if let Some(d) = f.bits.die() {
                if die.is_none_or(|p| p.name() == d.name()) {
                    continue;
                }
                let (a, b) = (device(files[0]), device(*f));
                self.refused.push(format!("{} is for {a}, {} for {b}", files[0].name, f.name));
            } else {
                let why = f
                    .bits
                    .notes()
                    .first()
                    .map_or("no frame map for its device".to_owned(), ToString::to_string);
                self.unknown.push(format!("{}: {why}", f.name));
            }
            ok = false;
        }
        ok
    }

    /// Full where full is needed, partial where partial is.
    fn kinds(&mut self, parent: Input<'_, '_>, child: Input<'_, '_>, partials: &[Partial<'_, '_>]) -> bool {
        let before = self.unknown.len();
        for f in [parent, child] {
            if f.bits.kind() != Some(Kind::Full) || !f.bits.covers_die() {
                self.unknown.push(format!("{} is no full bitstream of its device", f.name));
            }
        }
        for f in partials.iter().map(|p| p.input) {
            match f.bits.kind() {
                Some(Kind::Partial) if !f.bits.written().is_empty() => {}
                Some(Kind::Clear) => self.unknown.push(format!("{} is a clearing bitstream", f.name)),
                Some(Kind::Full) => self.unknown.push(format!("{} is a full bitstream", f.name)),
                _ => self.unknown.push(format!("{} writes no frame", f.name)),
            }
        }
        if partials.is_empty() {
            self.unknown.push("no partial bitstream was given".to_owned());
        }
        self.unknown.len() == before
    }

    /// One part, as far as the files tell.
    fn parts(&mut self, files: &[Input<'_, '_>]) {
        for f in files.iter().skip(1) {
            if let (Some(&a), Some(&b)) = (files[0].bits.idcodes().first(), f.bits.idcodes().first())
                && !same_idcode(a, b)
            {
                self.refused.push(format!("{} has IDCODE {a:08x}, {} has {b:08x}", files[0].name, f.name));
            } else if let (Some(a), Some(b)) = (files[0].bits.part(), f.bits.part())
                && !same_part(a, b)
                && files[0].bits.die().map(Die::name) == f.bits.die().map(Die::name)
            {
                self.refused.push(format!("{} is for {a}, {} for {b}", files[0].name, f.name));
            }
        }
    }

    /// Damage that the files themselves show.
    fn integrity(&mut self, files: &[Input<'_, '_>]) {
        for f in files {
            let crc = f.bits.crc();
            let differing = crc.iter().filter(|c| !CrcCheck::agrees(c)).count();
            if differing > 0 {
                let total = crc.len();
                self.unknown
                    .push(format!("{}: {differing} of {total} CRC words differ from the data", f.name));
            }
            if f.bits
                .notes()
                .iter()
                .any(|n| matches!(n, Note::UnknownFrames { .. } | Note::SplitFrame { .. }))
            {
                self.unknown.push(format!("{} writes frames that the frame map does not know", f.name));
            }
        }
    }
}
