// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stores that are not directories: S3 buckets and HTTP servers (WebDAV, Artifactory and the like), with the layout of the archive.
//!
//! ```text
//! s3://bucket/prefix/1.0/golden.toml
//! https://server/path/objects/sha256/ab/abcd..
//! ```
//!
//! What holds, whichever the server: an object counts as arrived when it was read back and has its hash; the manifest goes last, by a conditional
//! creation, so a release is there whole or not at all, and of two that push different contents under one name exactly one wins; the other hears
//! what is there. Nothing that has its right hash is sent again. A server that offers no conditional creation is refused: see [`RemoteError::NoCreate`].
//!
//! This module knows what a push, a pull and a check are, against the two traits below; it is synchronous and always compiled. The network is in
//! `net`, behind the cargo feature `remote`: the one place with an async runtime. Limits: nothing is ever removed from a store here, and a server that
//! lies about what it keeps is found only by `verify-remote`.

mod directory;
mod error;
mod location;
#[cfg(feature = "remote")]
mod net;
mod pull;
mod push;
#[cfg(test)]
mod tests;
mod verify;

use std::io;

use camino::Utf8Path;

pub use directory::Directory;
pub use error::{Found, RemoteError, Summary};
pub use location::Location;
pub use pull::{Pulled, pull};
pub use push::{Pushed, push};
pub use verify::{Object, ObjectState, Verified, names, verify};

/// Result of a call to a store.
pub type Result<T> = std::result::Result<T, RemoteError>;

/// A store that can be read. Keys are relative, with `/` between their parts: `1.0/golden.toml`.
pub trait Read: Sync {
    /// What to call it for people; never with a secret in it.
    fn name(&self) -> &str;
    /// Size of an object; none when it is not there.
    fn stat(&self, key: &str) -> Result<Option<u64>>;
    /// A small object, whole; none when it is not there. Larger ones than [`SMALL`] are refused.
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>>;
    /// Names directly below a key, sorted; none when the server lists nothing.
    fn list(&self, key: &str) -> Result<Option<Vec<String>>>;
    /// Gives an object piece by piece, from byte `from` if the server can. Calls `begin` with the offset of the first piece (`from` or 0), once, before the
    /// first; false when the object is not there. May end early: who calls compares sizes and hashes.
    fn fetch(&self, key: &str, from: u64, sink: &mut dyn Sink) -> Result<bool>;
}

/// Where fetched bytes go.
pub trait Sink: Send {
    /// The offset of the first piece.
    fn begin(&mut self, offset: u64) -> io::Result<()>;
    /// The next piece.
    fn piece(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// A store that can be written, too.
pub trait Write: Read {
    /// Makes sure that [`Write::create`] cannot replace anything; refuses a server that offers nothing for it.
    fn ready(&self) -> Result<()>;
    /// Sends a file, whole; what is there already is replaced: for objects, whose content is their name.
    fn send(&self, key: &str, file: &Utf8Path, size: u64) -> Result<()>;
    /// Creates a small object unless something is there; then that is given.
    fn create(&self, key: &str, bytes: &[u8]) -> Result<Created>;
}

/// What became of a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It is there, as given.
    New,
    /// Something is there: this.
    There(Vec<u8>),
}

/// Manifests and entries are read whole; anything larger is none.
pub const SMALL: u64 = 64 << 20;

/// Key of an object.
pub(super) fn object_key(sha256: &str) -> String {
    format!("objects/sha256/{}/{sha256}", &sha256[..2])
}

/// Key of a manifest.
pub(super) fn manifest_key(release: &str) -> String {
    format!("{release}/golden.toml")
}

/// What the process was started with, as far as a store may ask: proxies and credentials come from here and from the files that it names.
pub trait Surroundings {
    /// A variable that is set and not empty.
    fn var(&self, name: &str) -> Option<String>;
}

/// Opens a store on the network.
#[cfg(feature = "remote")]
pub fn open(location: &Location, surroundings: &dyn Surroundings) -> Result<Box<dyn Write>> {
    net::open(location, surroundings)
}

/// Opens a store on the network: this build cannot.
#[cfg(not(feature = "remote"))]
pub fn open(location: &Location, _: &dyn Surroundings) -> Result<Box<dyn Write>> {
    Err(RemoteError::NotBuilt { place: location.to_string() })
}

/// Names of the releases of a store, sorted; none when it lists nothing.
pub fn releases(store: &dyn Read) -> Result<Option<Vec<String>>> {
    let Some(names) = store.list("")? else { return Ok(None) };
    let mut releases = Vec::new();
    for name in names {
        if super::store::check_name(&name).is_ok() && store.stat(&manifest_key(&name))?.is_some() {
            releases.push(name);
        }
    }
    Ok(Some(releases))
}

/// Hashes an object while it streams by; none when it is not there.
pub(super) fn hash(store: &dyn Read, key: &str) -> Result<Option<(String, u64)>> {
    let mut sink = Hashing::default();
    Ok(store.fetch(key, 0, &mut sink)?.then(|| sink.end()))
}

#[derive(Default)]
struct Hashing {
    hasher: sha2::Sha256,
    size: u64,
}

impl Hashing {
    fn end(self) -> (String, u64) {
        use sha2::Digest;
        (crate::hash::hex(&self.hasher.finalize()), self.size)
    }
}

impl Sink for Hashing {
    fn begin(&mut self, offset: u64) -> io::Result<()> {
        if offset == 0 { Ok(()) } else { Err(io::Error::other("bytes from the middle of the object")) }
    }
    fn piece(&mut self, bytes: &[u8]) -> io::Result<()> {
        use sha2::Digest;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }
}

/// Does `work` on each of several things, a few at once (a server answers slowly, not busily); the first error ends it.
pub(super) fn some_at_once<T: Sync>(things: &[T], work: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    const AT_ONCE: usize = 4;
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failed: std::sync::Mutex<Option<RemoteError>> = std::sync::Mutex::new(None);
    let failure = || failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(things.len()) {
            scope.spawn(|| {
                while let Some(thing) = things.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    if failure().is_some() {
                        return;
                    }
                    if let Err(error) = work(thing) {
                        failure().get_or_insert(error);
                        return;
                    }
                }
            });
        }
    });
    let error = failure().take();
    error.map_or(Ok(()), Err)
}
