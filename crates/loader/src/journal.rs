// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who loads, and what was loaded: one lock and one small file for each FPGA manager, below `/run`.
//!
//! The lock is `flock(2)`: the kernel frees it when its holder dies. The file is replaced whole (write, fsync, rename,
//! fsync of the directory) before and after every irreversible step, and it is void when the kernel's boot id is another:
//! a cold device holds nothing that an old journal knows.
//!
//! Text, one fact a line, names percent-encoded:
//!
//! ```text
//! dfxkit-journal 1
//! boot 8a7e...
//! static 3f9c...            SHA-256 of the configuration data that was loaded as a whole
//! region conv loaded conv3x3 <sha256> <sha256 of its clearing image, or ->
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
    _lock: File,
}

impl Journal {
    /// Locks and reads the journal of `manager` (`fpga0`) below `root` (`/` on a target), waiting for another process at
    /// most `patience`.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(root: &Path, manager: &str, patience: Duration) -> Result<Self, JournalError> {
        let dir = root.join("run/dfxkit");
        fs::create_dir_all(&dir).map_err(at(&dir))?;
        let boot_path = root.join("proc/sys/kernel/random/boot_id");
        let boot_id = fs::read_to_string(&boot_path).map_err(at(&boot_path))?.trim().to_owned();
        let lock = lock(&dir.join(format!("{manager}.lock")), patience)?;
        let file = dir.join(format!("{manager}.journal"));
        let record = match fs::read_to_string(&file) {
            Ok(text) => parse(&text, &boot_id)
                .map_err(|line| JournalError::Damaged { path: file.clone(), line })?
                .unwrap_or_default(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Record::default(),
            Err(error) => return Err(JournalError::Io { path: file, error }),
        };
        Ok(Self { dir, file, boot_id, record, _lock: lock })
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
        replace(&self.dir, &self.file, render(&record, &self.boot_id).as_bytes())?;
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

fn at(path: &Path) -> impl FnOnce(io::Error) -> JournalError + use<> {
    let path = path.to_path_buf();
    move |error| JournalError::Io { path, error }
}

fn lock(path: &Path, patience: Duration) -> Result<File, JournalError> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .map_err(at(path))?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => {
                return Err(JournalError::Io { path: path.to_path_buf(), error });
            }
            Err(TryLockError::WouldBlock) if begun.elapsed() >= patience => {
                return Err(JournalError::Locked { path: path.to_path_buf(), waited: begun.elapsed() });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
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

fn render(record: &Record, boot_id: &str) -> String {
    let mut out = format!("dfxkit-journal 1\nboot {}\n", encode(boot_id));
    if let Some(fixed) = &record.fixed {
        out.push_str(&format!("static {}\n", hex(fixed)));
    }
    for (name, region) in &record.regions {
        let name = encode(name);
        let module = |word: &str, m: &LoadedModule| {
            let clear = m.clear.as_ref().map_or_else(|| "-".to_owned(), |c| hex(c));
            format!("region {name} {word} {} {} {clear}\n", encode(&m.name), hex(&m.sha256))
        };
        out.push_str(&match region {
            RegionRecord::Loading => format!("region {name} loading\n"),
            RegionRecord::Unknown => format!("region {name} unknown\n"),
            RegionRecord::Isolating(m) => module("isolating", m),
            RegionRecord::Parked(m) => module("parked", m),
            RegionRecord::Verified(m) => module("verified", m),
            RegionRecord::Loaded(m) => module("loaded", m),
        });
    }
    out.push_str("end\n");
    out
}

/// The record; none when it is of another boot; the line when it is not ours.
fn parse(text: &str, boot_id: &str) -> Result<Option<Record>, usize> {
    let mut record = Record::default();
    let mut boot = None;
    let mut ended = false;
    for (n, line) in text.split_terminator('\n').enumerate() {
        let words: Vec<&str> = line.split(' ').collect();
        let ok = match words.as_slice() {
            _ if ended => None,
            ["dfxkit-journal", "1"] if n == 0 => Some(()),
            ["boot", id] if n == 1 => decode(id).map(|id| boot = Some(id)),
            ["static", digest] if n == 2 => unhex(digest).map(|d| record.fixed = Some(d)),
            ["region", name, rest @ ..] if n >= 2 => {
                let region = match rest {
                    ["loading"] => Some(RegionRecord::Loading),
                    ["unknown"] => Some(RegionRecord::Unknown),
                    ["isolating", m @ ..] => module(m).map(RegionRecord::Isolating),
                    ["parked", m @ ..] => module(m).map(RegionRecord::Parked),
                    ["verified", m @ ..] => module(m).map(RegionRecord::Verified),
                    ["loaded", m @ ..] => module(m).map(RegionRecord::Loaded),
                    _ => None,
                };
                decode(name)
                    .zip(region)
                    .and_then(|(name, region)| record.regions.insert(name, region).is_none().then_some(()))
            }
            ["end"] if n >= 2 => {
                ended = true;
                Some(())
            }
            _ => None,
        };
        ok.ok_or(n + 1)?;
    }
    if !ended || !text.ends_with('\n') {
        return Err(text.lines().count());
    }
    Ok((boot.as_deref() == Some(boot_id)).then_some(record))
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
    use super::{LoadedModule, Record, RegionRecord, parse, render};

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
        assert_eq!(parse(&text, "boot-1"), Ok(Some(record())));
        assert_eq!(parse(&text, "boot-2"), Ok(None));
        assert_eq!(parse(&render(&Record::default(), "b"), "b"), Ok(Some(Record::default())));
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
            let _ = parse(&format!("dfxkit-journal 1\nboot boot\n{text}\nend\n"), "boot");
        }
    }
}
