// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kit as one file: a deterministic tar, optionally in one zstd frame.
//!
//! Written: `SHA256SUMS`, `kit.json`, then the other files in ascending order, below one directory; mode 644, owner 0,
//! one modification time that the caller gives. Read: only what would be written. The two files that come first tell
//! the digest of every later one, and of images the size, so reading streams and stops at the first byte that is wrong.
//!
//! Behind the zstd frame stands a skippable frame (which zstd programs pass over) with the SHA-256 of the bytes before it:
//! a zstd stream has many encodings of one content, and without it some flipped bits would go unnoticed.
//!
//! Compression is ruzstd's encoder at its only working level, "fastest" (pure Rust; about a third larger than zstd -19).

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ruzstd::encoding::CompressionLevel;
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

use super::check::Checker;
use super::dir::small_file;
use super::error::KitError;
use super::path::KitPath;
use super::sums::Sums;
use super::verify::Limits;
use super::{MANIFEST, SUMS};

pub(super) const BLOCK: usize = 512;
pub(super) const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Magic number of a skippable frame, and its size: 32 bytes.
pub(super) const SEAL_HEAD: [u8; 8] = [0x5d, 0x2a, 0x4d, 0x18, 32, 0, 0, 0];

/// How an archive is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Plain tar.
    None,
    /// One zstd frame.
    Zstd,
}

/// Packs a kit directory. The output depends on the files of the kit, `root` and `mtime` alone.
///
/// `root` is the directory name inside the archive, usually `<name>-<version>`; `mtime` seconds since 1970, such as
/// SOURCE_DATE_EPOCH, or 0. Only what `SHA256SUMS` lists is packed, and each file is checked on the way.
///
/// # Errors
/// Any [`KitError`]: a kit that would not verify is not packed.
pub fn pack(
    dir: &Path,
    root: &str,
    mtime: u64,
    compression: Compression,
    out: &mut dyn Write,
) -> Result<(), KitError> {
    let limits = Limits::default();
    let sums_bytes = small_file(dir, SUMS, limits.sums_bytes)?;
    let manifest_bytes = small_file(dir, MANIFEST, limits.manifest_bytes)?;
    let (_, sums, _) = Checker::new(&limits, &sums_bytes, &manifest_bytes)?;
    let mut stream = TarStream::new(dir, root, mtime, &sums)?;
    let copied = match compression {
        Compression::None => io::copy(&mut stream, out).map(|_| ()),
        Compression::Zstd => {
            // The encoder unwraps the results of its reader and writer; the adapters keep the errors for us.
            let mut source = Kept { inner: &mut stream, error: None };
            let mut hashed = Hashed { inner: &mut *out, hasher: Sha256::new() };
            let mut drain = Kept { inner: &mut hashed, error: None };
            ruzstd::encoding::compress(&mut source, &mut drain, CompressionLevel::Fastest);
            let written = source.error.or(drain.error).map_or(Ok(()), Err);
            let digest = hashed.hasher.finalize();
            written.and_then(|()| out.write_all(&SEAL_HEAD)).and_then(|()| out.write_all(&digest))
        }
    };
    // What the stream found wrong says more than the I/O error that stopped it.
    stream.fault.map_or(Ok(()), Err)?;
    copied?;
    out.flush()?;
    Ok(())
}

pub(super) fn padding(size: u64) -> usize {
    (BLOCK - (size % BLOCK as u64) as usize) % BLOCK
}

/// The one header of a file.
pub(super) fn header_bytes(
    root: &str,
    path: &KitPath,
    size: u64,
    mtime: u64,
) -> Result<[u8; BLOCK], KitError> {
    let mut header = Header::new_ustar();
    header.set_path(format!("{root}/{path}")).map_err(|_| KitError::BadPath {
        path: format!("{root}/{path}"),
        why: "it does not fit a plain tar header",
    })?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(mtime);
    header.set_size(size);
    header.set_cksum();
    Ok(*header.as_bytes())
}

/// The archive as a reader: nothing is held in memory but one block.
struct TarStream {
    entries: VecDeque<(PathBuf, KitPath, u64, String)>,
    root: String,
    mtime: u64,
    /// Bytes that are ready: a header, padding, the closing blocks.
    ready: io::Cursor<Vec<u8>>,
    open: Option<Open>,
    closed: bool,
    fault: Option<KitError>,
}

struct Open {
    file: fs_err::File,
    left: u64,
    size: u64,
    path: KitPath,
    expected: String,
    hasher: Sha256,
}

impl TarStream {
    fn new(dir: &Path, root: &str, mtime: u64, sums: &Sums) -> Result<Self, KitError> {
        KitPath::new(root)?;
        let size = |path: &str| -> Result<u64, KitError> {
            let meta = fs_err::symlink_metadata(dir.join(path)).map_err(|e| {
                if e.kind() == io::ErrorKind::NotFound {
                    KitError::Missing { path: path.to_owned() }
                } else {
                    e.into()
                }
            })?;
            if meta.is_file() {
                Ok(meta.len())
            } else {
                Err(KitError::NotAFile { path: path.to_owned(), what: "no plain file" })
            }
        };
        let own = { super::sums::hex(&Sha256::digest(sums.render())) };
        let mut entries = VecDeque::new();
        let first = [(KitPath::new(SUMS)?, own.as_str())];
        let manifest = sums.iter().filter(|(p, _)| p.as_str() == MANIFEST).map(|(p, d)| (p.clone(), d));
        let rest = sums.iter().filter(|(p, _)| p.as_str() != MANIFEST).map(|(p, d)| (p.clone(), d));
        for (path, digest) in first.into_iter().chain(manifest).chain(rest) {
            let bytes = size(path.as_str())?;
            header_bytes(root, &path, bytes, mtime)?;
            entries.push_back((dir.join(path.as_str()), path, bytes, digest.to_owned()));
        }
        Ok(Self {
            entries,
            root: root.to_owned(),
            mtime,
            ready: io::Cursor::new(Vec::new()),
            open: None,
            closed: false,
            fault: None,
        })
    }

    fn refuse(&mut self, fault: KitError) -> io::Error {
        let error = io::Error::other(fault.to_string());
        self.fault = Some(fault);
        error
    }
}

impl Read for TarStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.ready.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            if let Some(open) = &mut self.open {
                if open.left > 0 {
                    let want = buffer.len().min(usize::try_from(open.left).unwrap_or(usize::MAX));
                    let n = open.file.read(&mut buffer[..want])?;
                    if n == 0 {
                        let fault = KitError::Size {
                            path: open.path.to_string(),
                            expected: open.size,
                            actual: open.size - open.left,
                        };
                        return Err(self.refuse(fault));
                    }
                    open.hasher.update(&buffer[..n]);
                    open.left -= n as u64;
                    return Ok(n);
                }
                let actual = super::sums::hex(&open.hasher.clone().finalize());
                if actual != open.expected {
                    let fault = KitError::Digest {
                        path: open.path.to_string(),
                        expected: open.expected.clone(),
                        actual,
                    };
                    return Err(self.refuse(fault));
                }
                self.ready = io::Cursor::new(vec![0; padding(open.size)]);
                self.open = None;
                continue;
            }
            if let Some((file, path, size, expected)) = self.entries.pop_front() {
                let header = header_bytes(&self.root, &path, size, self.mtime)
                    .map_err(|e| io::Error::other(e.to_string()))?;
                self.ready = io::Cursor::new(header.to_vec());
                self.open = Some(Open {
                    file: fs_err::File::open(file)?,
                    left: size,
                    size,
                    path,
                    expected,
                    hasher: Sha256::new(),
                });
                continue;
            }
            if self.closed {
                return Ok(0);
            }
            self.closed = true;
            self.ready = io::Cursor::new(vec![0; 2 * BLOCK]);
        }
    }
}

/// Keeps the first error and then pretends that all is well, for an encoder that would panic.
struct Kept<T> {
    inner: T,
    error: Option<io::Error>,
}

impl<R: Read> Read for Kept<&mut R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.error.is_some() {
            return Ok(0);
        }
        loop {
            match self.inner.read(buffer) {
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.error = Some(e);
                    return Ok(0);
                }
            }
        }
    }
}

impl<W: Write + ?Sized> Write for Kept<&mut W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.error.is_none()
            && let Err(e) = self.inner.write_all(buffer)
        {
            self.error = Some(e);
        }
        Ok(buffer.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
/// Hashes what passes.
pub(super) struct Hashed<T> {
    pub(super) inner: T,
    pub(super) hasher: Sha256,
}

impl<R: Read> Read for Hashed<&mut R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
}

impl<W: Write + ?Sized> Write for Hashed<&mut W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
