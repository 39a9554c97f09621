// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The project file after a crash: Vivado rewrites it at every launch, and a kill in that moment leaves half of one.
//!
//! After every process that ended well a copy is kept in `state/`. Before a process starts, a file that is cut off or gone is put back from it;
//! the steps that the copy does not know of have no record and run again. A first project that was never finished is taken away whole: nothing
//! is lost with it. A file that is whole is never touched. Not caught: a whole XML file with wrong content.

use std::io;

use camino::Utf8PathBuf;

use super::state::State;
use crate::plan::layout::Layout;

/// What had to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mended {
    /// Nothing.
    Whole,
    /// The copy was put back.
    PutBack,
    /// An unfinished first project was taken away.
    StartedAnew,
}

fn copy(state: &State) -> Utf8PathBuf {
    state.dir().join("project.xpr")
}

fn is_whole(path: &Utf8PathBuf) -> io::Result<bool> {
    let bytes = match fs_err::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(e),
    };
    Ok(std::str::from_utf8(&bytes).is_ok_and(|text| roxmltree::Document::parse(text).is_ok()))
}

/// Keeps a copy of the project file, if it is whole.
pub(super) fn keep(layout: &Layout, state: &State) -> io::Result<()> {
    let path = layout.xpr();
    if is_whole(&path)? {
        crate::atomic::write_if_changed(&copy(state), &fs_err::read(&path)?)?;
    }
    Ok(())
}

/// Makes the project file whole. `anything_built`: some run of the project is finished and recorded.
pub(super) fn mend(layout: &Layout, state: &State, anything_built: bool) -> io::Result<Mended> {
    let path = layout.xpr();
    if is_whole(&path)? || !layout.project_dir().exists() {
        return Ok(Mended::Whole);
    }
    if is_whole(&copy(state))? {
        crate::atomic::write(&path, &fs_err::read(copy(state))?)?;
        return Ok(Mended::PutBack);
    }
    if anything_built {
        // No copy, but results: leave it to Vivado, whose message is better than a guess.
        return Ok(Mended::Whole);
    }
    fs_err::remove_dir_all(layout.project_dir())?;
    Ok(Mended::StartedAnew)
}

/// Forgets the copy: the project is another's.
pub(super) fn forget(state: &State) -> io::Result<()> {
    match fs_err::remove_file(copy(state)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_looking_project_file_is_whole_and_its_halves_are_not() {
        let keep = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(keep.path().join("p.xpr")).unwrap();
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- Product Version: Vivado v2024.2 (64-bit) -->\n\
            <Project Product=\"Vivado\" Version=\"7\" Minor=\"67\">\n<Runs Version=\"1\"/>\n</Project>\n";
        fs_err::write(&path, text).unwrap();
        assert!(is_whole(&path).unwrap());
        for cut in [0, 10, 60, text.len() - 5] {
            fs_err::write(&path, &text[..cut]).unwrap();
            assert!(!is_whole(&path).unwrap(), "cut at {cut}");
        }
        fs_err::remove_file(&path).unwrap();
        assert!(!is_whole(&path).unwrap());
    }
}
