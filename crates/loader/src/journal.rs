// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who loads, and what was loaded: one lock and one small file for each FPGA manager, below `/run`.
//!
//! The lock is `flock(2)`: the kernel frees it when its holder dies. Every change is on the disk before the step that it
//! announces: one line is appended by one write and synced. A line that did not get whole into the file announces a step that
//! was not begun, so it is left out. After some lines, and after anything odd, the file is replaced whole (write, fsync,
//! rename, fsync of the directory). It is void when the kernel's boot id is another: a cold device holds nothing that an old
//! journal knows.
//!
//! Text, one fact a line, names percent-encoded:
//!
//! ```text
//! dfxkit-journal 2
//! boot 8a7e...
//! static 3f9c...            SHA-256 of the configuration data that was loaded as a whole
//! region conv loaded conv3x3 <sha256> <sha256 of its clearing image, or ->
//! end
//! then region conv loading
//! then region conv verified fir <sha256> -
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::patience::until;
use crate::sha256::{Sha256, hex};

/// What a region holds, as far as this loader did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionRecord {
    /// A swap was begun and nothing was written to the device yet. Found by a later process, it means a crash: the module
    /// is still there and is opened again.
    Isolating(LoadedModule),
    /// A load was begun. Found by a later process, it means a crash: content unknown.
    Loading,
    /// The image was loaded and the device operates; coupling may not have been reached.
    Verified(LoadedModule),
    /// Loaded and coupled.
    Loaded(LoadedModule),
    /// Loaded and verified, and left decoupled on purpose: a blank after a failure, or a module that could not be used.
    Parked(LoadedModule),
    /// Nobody knows. Decoupled as far as we could.
    Unknown,
}

impl RegionRecord {
    /// One word for people and machines.
    pub const fn state(&self) -> &'static str {
        match self {
            Self::Isolating(_) => "isolating",
            Self::Loading => "loading",
            Self::Verified(_) => "verified",
            Self::Loaded(_) => "loaded",
            Self::Parked(_) => "parked",
            Self::Unknown => "unknown",
        }
    }

    /// The module, where one is known to be there.
    pub const fn module(&self) -> Option<&LoadedModule> {
        match self {
            Self::Isolating(m) | Self::Verified(m) | Self::Loaded(m) | Self::Parked(m) => Some(m),
            Self::Loading | Self::Unknown => None,
        }
    }
}

/// A module in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedModule {
    /// Name.
    pub name: String,
    /// SHA-256 of its image.
    pub sha256: [u8; 32],
    /// SHA-256 of the image that clears it away; the file is in the journal's own store.
    pub clear: Option<[u8; 32]>,
}

/// Everything that is recorded for one device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// The static that was loaded since boot.
    pub fixed: Option<[u8; 32]>,
    /// Regions by partition name.
    pub regions: BTreeMap<String, RegionRecord>,
}

/// Why the journal cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum JournalError {
    /// The file system failed.
    Io {
        /// File.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another process is loading.
    Locked {
        /// Lock file.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// Not what this loader writes.
    Damaged {
        /// File.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// A stored clearing image is not the one that was stored.
    ClearChanged {
        /// File.
        path: PathBuf,
    },
}

impl std::fmt::Display for JournalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Locked { path, waited } => {
                write!(f, "another process is loading: {} is still locked after {waited:?}", path.display())
            }
            Self::Damaged { path, line } => write!(
                f,
                "{}, line {line}: not written by this loader. Load the full image again, then remove the file",
                path.display()
            ),
            Self::ClearChanged { path } => write!(
                f,
                "{} is not the clearing image that was stored there; load the full image again",
                path.display()
            ),
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// The journal of one FPGA manager; holding it is holding the lock.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    file: PathBuf,
    boot_id: String,
    record: Record,
    /// The file, when lines may be appended to it.
    log: Option<Log>,
    _lock: File,
}

/// An open file that lines are appended to. Nobody else writes it: the lock is ours.
#[derive(Debug)]
struct Log {
    file: File,
    /// Lines that were appended.
    lines: usize,
    bytes: u64,
}

/// Lines after which the file is written anew.
const LINES: usize = 32;

impl Journal {
    /// Locks and reads the journal of `manager` (`fpga0`) below `root` (`/` on a target), waiting for another process at
    /// most `patience`.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(root: &Path, manager: &str, patience: Duration) -> Result<Self, JournalError> {
        let dir = root.join("run/dfxkit");
        let boot_path = root.join("proc/sys/kernel/random/boot_id");
        let boot_id = File::open(&boot_path).and_then(|mut f| read_small(&mut f)).map_err(at(&boot_path))?;
        let boot_id = String::from_utf8_lossy(&boot_id).trim().to_owned();
        let lock = lock(&dir, &dir.join(format!("{manager}.lock")), patience)?;
        let file = dir.join(format!("{manager}.journal"));
        let (record, log) = match OpenOptions::new().read(true).append(true).open(&file) {
            Ok(mut open) => {
                let bytes = read_small(&mut open).map_err(at(&file))?;
                let damaged = |line| JournalError::Damaged { path: file.clone(), line };
                let text = std::str::from_utf8(&bytes).map_err(|_| damaged(1))?;
                match parse(text, &boot_id).map_err(damaged)? {
                    Some(read) => {
                        let whole = !read.torn && read.lines < LINES;
                        let log = Log { file: open, lines: read.lines, bytes: bytes.len() as u64 };
                        let log = whole.then_some(log);
                        (read.record, log)
                    }
                    None => (Record::default(), None),
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => (Record::default(), None),
            Err(error) => return Err(JournalError::Io { path: file, error }),
        };
        Ok(Self { dir, file, boot_id, record, log, _lock: lock })
    }

    /// What is recorded.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Changes the record; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`JournalError::Io`]: then the file holds the old record.
    pub fn update(&mut self, change: impl FnOnce(&mut Record)) -> Result<(), JournalError> {
        let mut record = self.record.clone();
        change(&mut record);
        let line = difference(&self.record, &record);
        if line.is_empty() {
            return Ok(());
        }
        match self.log.take() {
            Some(mut log) if log.lines < LINES => {
                let written = log.file.write_all(line.as_bytes()).and_then(|()| log.file.sync_data());
                if let Err(error) = written {
                    // Best effort: half a line is left out by whoever reads it.
                    let _ = log.file.set_len(log.bytes);
                    return Err(JournalError::Io { path: self.file.clone(), error });
                }
                log.lines += 1;
                log.bytes += line.len() as u64;
                self.log = Some(log);
            }
            _ => {
                let text = render(&record, &self.boot_id);
                replace(&self.dir, &self.file, text.as_bytes())?;
                // When it cannot be opened again, the next change replaces it again.
                let open = OpenOptions::new().append(true).open(&self.file);
                self.log = open.ok().map(|file| Log { file, lines: 0, bytes: text.len() as u64 });
            }
        }
        self.record = record;
        Ok(())
    }

    /// Keeps a clearing image in the journal's own store: the user may delete the kit while its module runs.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn keep_clear(&self, bytes: &[u8], sha256: &[u8; 32]) -> Result<(), JournalError> {
        replace(&self.dir, &self.clear_path(sha256), bytes)
    }

    /// Reads a kept clearing image back.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn kept_clear(&self, sha256: &[u8; 32]) -> Result<Vec<u8>, JournalError> {
        let path = self.clear_path(sha256);
        let bytes = fs::read(&path).map_err(at(&path))?;
        if Sha256::digest(&bytes) == *sha256 { Ok(bytes) } else { Err(JournalError::ClearChanged { path }) }
    }

    fn clear_path(&self, sha256: &[u8; 32]) -> PathBuf {
        self.dir.join(format!("clear-{}.bin", hex(sha256)))
    }
}

/// Reads a small file in as few calls as there are: this is done at every swap.
fn read_small(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 16 << 10];
    let mut length = 0;
    loop {
        match file.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(n) => length += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
        if length == bytes.len() {
            bytes.resize(2 * length, 0);
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> JournalError + use<> {
    let path = path.to_path_buf();
    move |error| JournalError::Io { path, error }
}

fn lock(dir: &Path, path: &Path, patience: Duration) -> Result<File, JournalError> {
    let open = || OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
    let file = open().or_else(|e| match e.kind() {
        io::ErrorKind::NotFound => fs::create_dir_all(dir).and_then(|()| open()),
        _ => Err(e),
    });
    let file = file.map_err(at(path))?;
    let taken = until(patience, Duration::from_millis(5), || match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(JournalError::Io { path: path.to_path_buf(), error }),
    })?;
    taken.map_err(|waited| JournalError::Locked { path: path.to_path_buf(), waited })?;
    Ok(file)
}

fn replace(dir: &Path, path: &Path, bytes: &[u8]) -> Result<(), JournalError> {
    let temp = path.with_extension("new");
    let mut file = File::create(&temp).map_err(at(&temp))?;
    file.write_all(bytes).map_err(at(&temp))?;
    file.sync_all().map_err(at(&temp))?;
    drop(file);
    fs::rename(&temp, path).map_err(at(path))?;
    File::open(dir).and_then(|d| d.sync_all()).map_err(at(dir))
}

/// What follows `region <name>`.
fn describe(region: &RegionRecord) -> String {
    match region.module() {
        None => region.state().to_owned(),
        Some(m) => {
            let clear = m.clear.as_ref().map_or_else(|| "-".to_owned(), |c| hex(c));
            format!("{} {} {} {clear}", region.state(), encode(&m.name), hex(&m.sha256))
        }
    }
}

fn render(record: &Record, boot_id: &str) -> String {
    let mut out = format!("dfxkit-journal 2\nboot {}\n", encode(boot_id));
    if let Some(fixed) = &record.fixed {
        out.push_str(&format!("static {}\n", hex(fixed)));
    }
    for (name, region) in &record.regions {
        out.push_str(&format!("region {} {}\n", encode(name), describe(region)));
    }
    out.push_str("end\n");
    out
}

/// The line that makes `new` of `old`; empty when they are the same.
fn difference(old: &Record, new: &Record) -> String {
    let mut facts = Vec::new();
    if old.fixed != new.fixed {
        facts.push(format!("static {}", new.fixed.as_ref().map_or_else(|| "-".to_owned(), |d| hex(d))));
    }
    for name in old.regions.keys().filter(|name| !new.regions.contains_key(*name)) {
        facts.push(format!("gone {}", encode(name)));
    }
    for (name, region) in &new.regions {
        if old.regions.get(name) != Some(region) {
            facts.push(format!("region {} {}", encode(name), describe(region)));
        }
    }
    if facts.is_empty() { String::new() } else { format!("then {}\n", facts.join(" ; ")) }
}

/// A file that was read.
#[derive(Debug, PartialEq, Eq)]
struct Read {
    record: Record,
    /// Appended lines.
    lines: usize,
    /// The last one is not whole, and left out.
    torn: bool,
}

/// What the file says; none when it is of another boot; the line when it is not ours.
fn parse(text: &str, boot_id: &str) -> Result<Option<Read>, usize> {
    let mut record = Record::default();
    let mut boot = None;
    let (mut ended, mut torn, mut lines) = (false, false, 0);
    for (n, line) in text.split_inclusive('\n').enumerate() {
        let Some(line) = line.strip_suffix('\n') else {
            // Not whole: an announcement that was not made. Before the end nothing may be missing.
            torn = ended;
            break;
        };
        let words: Vec<&str> = line.split(' ').collect();
        let ok = match words.as_slice() {
            ["then", facts @ ..] if ended => {
                lines += 1;
                facts.split(|w| *w == ";").map(|fact| apply(&mut record, fact)).collect::<Option<()>>()
            }
            _ if ended => None,
            ["dfxkit-journal", "2"] if n == 0 => Some(()),
            ["boot", id] if n == 1 => decode(id).map(|id| boot = Some(id)),
            ["static", _] if n == 2 => apply(&mut record, &words),
            ["region", name, ..]
                if n >= 2 && !decode(name).is_some_and(|n| record.regions.contains_key(&n)) =>
            {
                apply(&mut record, &words)
            }
            ["end"] if n >= 2 => {
                ended = true;
                Some(())
            }
            _ => None,
        };
        ok.ok_or(n + 1)?;
    }
    if !ended {
        return Err(text.lines().count().max(1));
    }
    Ok((boot.as_deref() == Some(boot_id)).then_some(Read { record, lines, torn }))
}

/// One fact on top of the others.
fn apply(record: &mut Record, fact: &[&str]) -> Option<()> {
    match fact {
        ["static", "-"] => record.fixed = None,
        ["static", digest] => record.fixed = Some(unhex(digest)?),
        ["gone", name] => {
            record.regions.remove(&decode(name)?)?;
        }
        ["region", name, rest @ ..] => {
            let region = match rest {
                ["loading"] => RegionRecord::Loading,
                ["unknown"] => RegionRecord::Unknown,
                ["isolating", m @ ..] => RegionRecord::Isolating(module(m)?),
                ["parked", m @ ..] => RegionRecord::Parked(module(m)?),
                ["verified", m @ ..] => RegionRecord::Verified(module(m)?),
                ["loaded", m @ ..] => RegionRecord::Loaded(module(m)?),
                _ => return None,
            };
            record.regions.insert(decode(name)?, region);
        }
        _ => return None,
    }
    Some(())
}

fn module(words: &[&str]) -> Option<LoadedModule> {
    let [name, sha256, clear] = words else { return None };
    let clear = if *clear == "-" { None } else { Some(unhex(clear)?) };
    Some(LoadedModule { name: decode(name)?, sha256: unhex(sha256)?, clear })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in out.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(out)
}

fn encode(name: &str) -> String {
    let mut out = String::new();
    for b in name.bytes() {
        if b.is_ascii_graphic() && b != b'%' {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02x}"));
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        if b == b'%' {
            let pair = [bytes.next()?, bytes.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            out.push(b);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::{Duration, Journal, LoadedModule, Read, Record, RegionRecord, difference, parse, render};

    fn record() -> Record {
        let module = |clear| LoadedModule { name: "a b%ü".to_owned(), sha256: [0xab; 32], clear };
        Record {
            fixed: Some([1; 32]),
            regions: [
                ("one".to_owned(), RegionRecord::Loaded(module(Some([2; 32])))),
                ("two\n".to_owned(), RegionRecord::Verified(module(None))),
                ("three".to_owned(), RegionRecord::Loading),
                ("four".to_owned(), RegionRecord::Unknown),
                ("five".to_owned(), RegionRecord::Isolating(module(None))),
                ("six".to_owned(), RegionRecord::Parked(module(Some([3; 32])))),
            ]
            .into(),
        }
    }

    #[test]
    fn what_is_written_is_read_and_another_boot_voids_it() {
        let text = render(&record(), "boot-1");
        let whole = |record| Ok(Some(Read { record, lines: 0, torn: false }));
        assert_eq!(parse(&text, "boot-1"), whole(record()));
        assert_eq!(parse(&text, "boot-2"), Ok(None));
        assert_eq!(parse(&render(&Record::default(), "b"), "b"), whole(Record::default()));
        // Any record from any other by one line.
        let mut other = record();
        other.fixed = None;
        other.regions.remove("four");
        other.regions.insert("one".to_owned(), RegionRecord::Unknown);
        for (old, new) in [(record(), other.clone()), (other.clone(), record()), (Record::default(), other)] {
            let line = difference(&old, &new);
            assert_eq!(line.matches('\n').count(), 1);
            let text = render(&old, "b") + &line;
            assert_eq!(parse(&text, "b"), Ok(Some(Read { record: new.clone(), lines: 1, torn: false })));
            for cut in 1..line.len() {
                if text.is_char_boundary(text.len() - cut) {
                    let torn = parse(&text[..text.len() - cut], "b");
                    assert_eq!(torn, Ok(Some(Read { record: old.clone(), lines: 0, torn: true })), "{cut}");
                }
            }
            assert_eq!(difference(&new, &new), "");
        }
    }

    #[test]
    fn lines_are_appended_torn_ones_left_out_and_the_file_is_written_anew_in_time() {
        let dir = tempfile::tempdir().expect("temp");
        let boot = dir.path().join("proc/sys/kernel/random");
        fs_err::create_dir_all(&boot).expect("made");
        fs_err::write(boot.join("boot_id"), "b\n").expect("written");
        let open = || Journal::open(dir.path(), "fpga0", Duration::ZERO).expect("opens");
        let path = dir.path().join("run/dfxkit/fpga0.journal");
        let lines = || fs_err::read_to_string(&path).expect("there").matches("then ").count();
        let mut most = 0;
        for n in 0..100_u8 {
            let mut journal = open();
            journal.update(|r| r.fixed = Some([n; 32])).expect("written");
            drop(journal);
            assert_eq!(open().record().fixed, Some([n; 32]));
            most = most.max(lines());
        }
        assert!((20..=32).contains(&most), "{most}");
        let whole = fs_err::read(&path).expect("there");
        fs_err::write(&path, [&whole[..], b"then static 00"].concat()).expect("written");
        let mut journal = open();
        assert_eq!(journal.record().fixed, Some([99; 32]), "not announced");
        journal.update(|r| r.fixed = None).expect("written");
        drop(journal);
        assert_eq!((open().record().fixed, lines()), (None, 0), "written anew");
    }

    #[test]
    fn a_torn_or_foreign_file_is_never_taken_for_a_record() {
        let text = render(&record(), "boot-1");
        for length in 0..text.len() {
            if text.is_char_boundary(length) {
                assert!(parse(&text[..length], "boot-1").is_err(), "{length}");
            }
        }
        assert!(parse(&format!("{text}more\n"), "boot-1").is_err());
        assert!(parse("something else\n", "boot-1").is_err());
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".*") {
            let _ = parse(&text, "boot");
            let _ = parse(&format!("dfxkit-journal 2\nboot boot\n{text}\nend\n{text}\n"), "boot");
        }
    }
}
