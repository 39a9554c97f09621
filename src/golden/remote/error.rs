// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong with a store on the network. No message ever holds a secret: places are shown without user names, and texts of libraries have
//! passed the network module's filter.

use crate::golden::GoldenError;
use crate::golden::manifest::Manifest;

/// An error of a remote store.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The local archive, or a text of the remote one.
    #[error(transparent)]
    Golden(#[from] GoldenError),
    /// The address cannot be used.
    #[error("{shown} cannot be a store: {why}")]
    Address {
        /// The address, without what may be a secret.
        shown: String,
        /// Why.
        why: String,
    },
    /// A variable of the environment cannot be used.
    #[error("{name} cannot be used: {why}")]
    Variable {
        /// Which; its value may hold a secret.
        name: String,
        /// Why.
        why: String,
    },
    /// This program was built without the feature.
    #[error("this dfxkit was built without stores on the network, which {place} needs")]
    NotBuilt {
        /// The store.
        place: String,
    },
    /// No usable credentials.
    #[error("no credentials for {place}: {why}")]
    Credentials {
        /// The store.
        place: String,
        /// What was looked at, or what is wrong with it.
        why: String,
    },
    /// The server refused.
    #[error("{place} refuses access to {key}: {answer}")]
    Denied {
        /// The store.
        place: String,
        /// The object.
        key: String,
        /// What it said.
        answer: String,
    },
    /// The server could not be asked, or answered nonsense, also when asked again.
    #[error("{place}: cannot {what} {key}: {answer}")]
    Failed {
        /// The store.
        place: String,
        /// `read`, `send`, ...
        what: &'static str,
        /// The object.
        key: String,
        /// What happened.
        answer: String,
    },
    /// The server has no way to create an object only when nothing is there.
    #[error(
        "{place} offers no safe way to create a file only when none is there: two pushes could overwrite each other ({tried})"
    )]
    NoCreate {
        /// The store.
        place: String,
        /// What was tried, and what came of it.
        tried: String,
    },
    /// Another release of this name is there.
    #[error(
        "release {release} is already in {place}, with another content: expected {ours}, actual {theirs}; a golden is never overwritten"
    )]
    Exists {
        /// Release.
        release: String,
        /// The store.
        place: String,
        /// Ours.
        ours: Box<Summary>,
        /// What is there.
        theirs: Box<Summary>,
    },
    /// A file beside the release is there with another content.
    #[error(
        "{what} {name} of release {release} is already in {place}, with another content: expected sha256:{}, actual sha256:{}; what is there is never overwritten", hashes[0], hashes[1]
    )]
    Taken {
        /// Release.
        release: String,
        /// The store.
        place: String,
        /// `update`, `signature`.
        what: &'static str,
        /// Its name.
        name: String,
        /// SHA-256 of ours, and of what is there.
        hashes: Box<[String; 2]>,
    },
    /// No such release.
    #[error("release {release} is not in {place}; there: {known}")]
    NotFound {
        /// Release.
        release: String,
        /// The store.
        place: String,
        /// Those that are there.
        known: String,
    },
    /// An object did not arrive as it was sent, or is not what its name says, also when tried again.
    #[error(
        "{name} {which} {place}: expected sha256:{} of {} bytes, actual sha256:{} of {} bytes, tried {tries} times", found.expected, found.expected_size, found.actual, found.actual_size
    )]
    Arrived {
        /// Role and name of the file.
        name: String,
        /// `did not arrive whole in`, `does not come whole from`
        which: &'static str,
        /// The store.
        place: String,
        /// What should be, and what is.
        found: Box<Found>,
        /// How often.
        tries: u32,
    },
    /// An object of the release is not in the store.
    #[error("{name} is missing from {place}: expected object sha256:{expected}")]
    Missing {
        /// Role and name of the file.
        name: String,
        /// The store.
        place: String,
        /// Expected hash.
        expected: String,
    },
}

impl RemoteError {
    /// What to do next.
    pub fn help(&self) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match self {
            Self::Golden(_) | Self::NotFound { .. } => Vec::new(),
            Self::Address { .. } => one("a store is a directory, s3://BUCKET/PREFIX, or https://SERVER/PATH; credentials come from the environment or the usual files"),
            Self::Variable { .. } => one("give it as scheme://server:port; user name and password are allowed for proxies alone"),
            Self::NotBuilt { .. } => one("build it with them: `cargo install --path . --features remote` in a checkout of dfxkit"),
            Self::Credentials { .. } => vec![
                "for s3://: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile of ~/.aws/credentials (AWS_PROFILE)".into(),
                "for http(s)://: DFXKIT_HTTP_TOKEN, or DFXKIT_HTTP_USER and DFXKIT_HTTP_PASSWORD, or an entry of ~/.netrc".into(),
            ],
            Self::Denied { .. } => one("look at the rights of these credentials: reading and creating are needed, and on WebDAV moving and removing folders of its own (.push-..)"),
            Self::Failed { .. } => one("what has arrived stays: the same command goes on from there"),
            Self::NoCreate { .. } => vec![
                "use a server with WebDAV (MKCOL and MOVE with Overwrite: F) or one that honours If-None-Match on PUT; or S3; or a directory".into(),
            ],
            Self::Exists { .. } => one("push under another name, or look at what is there: `dfxkit golden verify-remote`"),
            Self::Taken { .. } => one("keep it under another name"),
            Self::Arrived { .. } => one("something between here and the disk of the server changes bytes; nothing of it is used. Try again, then look at proxies and at the server"),
            Self::Missing { .. } => one("push the release again from an archive that has it: only what is missing is sent"),
        }
    }
}

/// Hash and size of an object: what should be, and what is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Expected hash.
    pub expected: String,
    /// Expected size.
    pub expected_size: u64,
    /// Found hash.
    pub actual: String,
    /// Found size.
    pub actual_size: u64,
}

/// Whose release, and which: what the loser of two pushers is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// SHA-256 of the manifest.
    pub sha256: String,
    /// What the manifest says, when it can be read.
    pub says: Option<String>,
}

impl Summary {
    /// Of a manifest's bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let manifest = std::str::from_utf8(bytes).ok().and_then(|text| Manifest::parse(text).ok());
        let says = manifest.map(|m| {
            let git =
                m.git.as_ref().map_or_else(|| "no commit".to_owned(), |g| format!("commit {}", g.commit));
            format!("{} {} for {}, {git}, written by {}", m.project, m.version, m.part, m.written_by)
        });
        Self { sha256: crate::hash::sha256(bytes), says }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let says = self.says.as_deref().unwrap_or("a manifest that this dfxkit does not read");
        write!(f, "{says} (manifest sha256:{})", self.sha256)
    }
}
