// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads a kit archive: only what [`super::archive`] would have written, streaming, each file checked before the next.

use std::io::{self, BufRead, Read, Write};
use std::path::Path;

use ruzstd::decoding::StreamingDecoder;
use sha2::{Digest, Sha256};
use tar::Header;

use super::archive::{BLOCK, Hashed, SEAL_HEAD, ZSTD_MAGIC, header_bytes, padding};
use super::check::{Checker, copy_and_hash};
use super::error::KitError;
use super::manifest::Manifest;
use super::path::KitPath;
use super::verify::{Limits, Verification};
use super::{MANIFEST, SUMS};

/// Reads an archive and writes its files below `dir`, which must exist and be empty. Every file is verified on the way;
/// after an error the directory holds a part of the kit and must be removed.
///
/// # Errors
/// Any [`KitError`].
pub fn unpack_into(archive: &Path, dir: &Path, limits: &Limits) -> Result<Verification, KitError> {
    let file = fs_err::File::open(archive)?;
    let mut count = 0_u64;
    let mut create = |path: &KitPath| -> io::Result<Box<dyn Write>> {
        count += 1;
        let target = dir.join(path.as_str());
        if let Some(parent) = target.parent() {
            fs_err::create_dir_all(parent)?;
        }
        let file = fs_err::OpenOptions::new().write(true).create_new(true).open(&target)?;
        Ok(Box::new(Synced(file)))
    };
    let (manifest, bytes) = read(io::BufReader::new(file), limits, &mut create)?;
    Ok(Verification::new(Some(manifest), &[], count, bytes))
}

/// A new file that is on the disk once it is dropped in good order.
struct Synced(fs_err::File);

impl Write for Synced {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.write(buffer)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}

/// Opens the place that a verified file is copied to.
pub(super) type Create<'c> = dyn FnMut(&KitPath) -> io::Result<Box<dyn Write>> + 'c;

/// Reads and checks a `.tar` or `.tar.zst`; the manifest and the bytes of all files but the list and the manifest.
pub(super) fn read(
    mut input: impl BufRead,
    limits: &Limits,
    create: &mut Create<'_>,
) -> Result<(Manifest, u64), KitError> {
    let magic = input.fill_buf()?.get(..4).map(<[u8]>::to_vec).unwrap_or_default();
    if magic != ZSTD_MAGIC {
        return read_tar(&mut input, limits, create);
    }
    let mut hashed = Hashed { inner: &mut input, hasher: Sha256::new() };
    let mut decoder = StreamingDecoder::new(&mut hashed).map_err(|e| KitError::Zstd(e.to_string()))?;
    let result = {
        let mut tagged = ZstdErrors(&mut decoder);
        read_tar(&mut tagged, limits, create)
    };
    let done = result.map_err(|e| match e {
        KitError::Io(e) if e.get_ref().is_some_and(|inner| inner.is::<ZstdFault>()) => {
            KitError::Zstd(e.to_string())
        }
        other => other,
    })?;
    let (stored, computed) =
        (decoder.decoder.get_checksum_from_data(), decoder.decoder.get_calculated_checksum());
    if stored.is_some() && stored != computed {
        return Err(KitError::Zstd("the frame's checksum is wrong".to_owned()));
    }
    drop(decoder);
    let digest = hashed.hasher.finalize();
    let mut seal = Vec::new();
    input.take(SEAL_HEAD.len() as u64 + 33).read_to_end(&mut seal)?;
    match seal.split_at_checked(SEAL_HEAD.len()) {
        Some((head, sealed)) if head == SEAL_HEAD && sealed == &digest[..] => Ok(done),
        Some((head, sealed)) if head == SEAL_HEAD && sealed.len() == 32 => {
            Err(KitError::Zstd("the frame is not the one that its seal was made for".to_owned()))
        }
        _ => Err(KitError::Zstd("the frame is not followed by its seal and the end of the file".to_owned())),
    }
}

/// Marks errors of the decoder, to tell a damaged frame from a failing disk.
struct ZstdErrors<'d, R: Read>(&'d mut R);

#[derive(Debug)]
struct ZstdFault(String);

impl std::fmt::Display for ZstdFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for ZstdFault {}

impl<R: Read> Read for ZstdErrors<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|e| io::Error::other(ZstdFault(e.to_string())))
    }
}

fn read_tar(
    input: &mut dyn Read,
    limits: &Limits,
    create: &mut Create<'_>,
) -> Result<(Manifest, u64), KitError> {
    let mut tar = TarReader { input, offset: 0, root: None, mtime: 0 };
    let sums = tar.head(SUMS, limits.sums_bytes)?;
    let manifest_bytes = tar.head(MANIFEST, limits.manifest_bytes)?;
    let (mut checker, _, manifest) = Checker::new(limits, &sums, &manifest_bytes)?;
    for (name, bytes) in [(SUMS, &sums), (MANIFEST, &manifest_bytes)] {
        let mut out = create(&KitPath::new(name)?)?;
        out.write_all(bytes)?;
        out.flush()?;
    }
    let mut last = String::new();
    while let Some((path, size)) = tar.next()? {
        if path.as_str() <= last.as_str() {
            return Err(tar.fault("the files are not in ascending order, or one is there twice"));
        }
        if !checker.lists(path.as_str()) || path.as_str() == SUMS {
            return Err(KitError::Unlisted { path: path.to_string() });
        }
        let mut out = create(&path)?;
        let mut content = Counted { inner: &mut *tar.input, read: 0 };
        let checked = checker.file(path.as_str(), size, &mut content, &mut out);
        tar.offset += content.read;
        match checked {
            // The archive ended inside the file.
            Err(KitError::Size { expected, actual, .. }) if expected == size && actual < size => {
                return Err(tar.fault("it ends inside a file: truncated"));
            }
            other => other?,
        }
        out.flush()?;
        tar.padding(size)?;
        path.as_str().clone_into(&mut last);
    }
    if let Some(path) = checker.missing().into_iter().next() {
        return Err(KitError::Missing { path });
    }
    Ok((manifest, checker.bytes()))
}

struct Counted<'r> {
    inner: &'r mut dyn Read,
    read: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read += n as u64;
        Ok(n)
    }
}

struct TarReader<'r> {
    input: &'r mut dyn Read,
    offset: u64,
    root: Option<String>,
    mtime: u64,
}

impl TarReader<'_> {
    fn fault(&self, why: &'static str) -> KitError {
        KitError::Archive { offset: self.offset, why }
    }

    /// A whole block; none at the end of the input.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, KitError> {
        let mut block = [0_u8; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            match self.input.read(&mut block[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(self.fault("it ends inside a block: truncated")),
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        self.offset += BLOCK as u64;
        Ok(Some(block))
    }

    /// The next file's path and size; none at a proper end.
    fn next(&mut self) -> Result<Option<(KitPath, u64)>, KitError> {
        let Some(block) = self.block()? else {
            return Err(if self.offset == 0 {
                KitError::NotAKit { what: "an empty file".to_owned() }
            } else {
                self.fault("it ends without the two closing blocks: truncated")
            });
        };
        if block.iter().all(|b| *b == 0) {
            match self.block()? {
                Some(second) if second.iter().all(|b| *b == 0) => {}
                _ => return Err(self.fault("it does not end with two closing blocks")),
            }
            return match self.block()? {
                None => Ok(None),
                Some(_) => Err(self.fault("there is data behind the end")),
            };
        }
        let header = Header::from_byte_slice(&block);
        let first = self.root.is_none();
        if first && header.as_ustar().is_none() {
            return Err(KitError::NotAKit { what: "a file that is neither tar nor zstd".to_owned() });
        }
        let name = String::from_utf8(header.path_bytes().into_owned())
            .map_err(|_| self.fault("a name is not text"))?;
        let Some((root, path)) = name.split_once('/') else {
            return Err(self.fault("a file is not below the kit's directory"));
        };
        KitPath::new(root)?;
        let path = KitPath::new(path)?;
        let (Ok(size), Ok(mtime)) = (header.size(), header.mtime()) else {
            return Err(self.fault("a number in a header cannot be read"));
        };
        if first {
            self.root = Some(root.to_owned());
            self.mtime = mtime;
        }
        if self.root.as_deref() != Some(root) || self.mtime != mtime {
            return Err(self.fault("files are below different directories or of different times"));
        }
        if header_bytes(root, &path, size, mtime)? != block {
            return Err(
                self.fault("a header is not the one that dfxkit writes (link, odd owner, extension?)")
            );
        }
        Ok(Some((path, size)))
    }

    /// One of the two files that come first, whole.
    fn head(&mut self, name: &'static str, limit: u64) -> Result<Vec<u8>, KitError> {
        let Some((path, size)) = self.next()? else {
            return Err(KitError::Missing { path: name.to_owned() });
        };
        if path.as_str() != name {
            return Err(self.fault("the archive does not begin with SHA256SUMS and kit.json"));
        }
        Limits::default().check("size of a file", limit, size)?;
        let mut bytes = Vec::new();
        let (_, actual) = copy_and_hash(&mut (&mut *self.input).take(size), &mut bytes)?;
        self.offset += actual;
        if actual != size {
            return Err(self.fault("it ends inside a file: truncated"));
        }
        self.padding(size)?;
        Ok(bytes)
    }

    fn padding(&mut self, size: u64) -> Result<(), KitError> {
        let mut rest = [0_u8; BLOCK];
        let rest = &mut rest[..padding(size)];
        self.input.read_exact(rest).map_err(|e| {
            if e.kind() == io::ErrorKind::UnexpectedEof {
                self.fault("it ends inside a block: truncated")
            } else {
                e.into()
            }
        })?;
        self.offset += rest.len() as u64;
        if rest.iter().any(|b| *b != 0) {
            return Err(self.fault("the padding behind a file is not zero"));
        }
        Ok(())
    }
}
