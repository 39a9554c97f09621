// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whose kits are loaded: minisign's public keys, pinned on the target.
//!
//! A kit's `SHA256SUMS` is signed (`SHA256SUMS.minisig`), it holds the digest of `kit.json`, and `kit.json` those of every
//! image, overlay and hand-off file, each of which is checked when it is used. So the signature covers everything that is
//! loaded, and nothing else of the kit has to be read.
//!
//! Keys are files (`minisign.pub`) or the key itself in base64. A system that has any in `/etc/dfxkit/keys/*.pub` loads signed
//! kits only. What a key's owner signed is theirs to answer for: an old release with a fault in it is signed too.

use std::path::{Path, PathBuf};

use dfxkit_handoff::kit::{MANIFEST, SIGNATURE, SUMS, Sums};
use dfxkit_loader::Sha256;
use minisign_verify::{PublicKey, Signature};

/// Larger files are no keys, signatures or lists.
const KEY_BYTES: u64 = 4096;
const SUMS_BYTES: u64 = 8 << 20;

/// Keys that are trusted, each with where it came from. None: nothing is asked for.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vec<(String, PublicKey)>);

/// Why a kit is not taken for one of ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// A file cannot be read.
    #[error("{}: {error}", .path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// No key.
    #[error("{place}: {why}")]
    Key {
        /// Where it was to come from.
        place: String,
        /// Why it is none.
        why: String,
    },
    /// Keys are configured, and the kit has no signature.
    #[error(
        "the kit has no {SIGNATURE}, and keys are configured: only signed kits are loaded. Sign it with `dfxkit kit sign`"
    )]
    Unsigned,
    /// The signature is of none of the keys, or of something else.
    #[error("{SIGNATURE} is not a signature of {SUMS} by any of the configured keys: {why}")]
    Foreign {
        /// What each key says.
        why: String,
    },
    /// What the signature covers is not what is there.
    #[error("{SUMS} is signed, but {what}")]
    Differs {
        /// What differs.
        what: String,
    },
}

fn small(path: &Path, limit: u64) -> Result<Vec<u8>, SignatureError> {
    let io = |error| SignatureError::Io { path: path.to_path_buf(), error };
    let size = fs_err::metadata(path).map_err(io)?.len();
    if size > limit {
        return Err(io(std::io::Error::other(format!("it has {size} bytes, expected at most {limit}"))));
    }
    fs_err::read(path).map_err(io)
}

impl Keys {
    /// No key: unsigned kits are taken.
    pub fn none() -> Self {
        Self::default()
    }

    /// The keys in `etc/dfxkit/keys/*.pub` below `root`.
    ///
    /// # Errors
    /// [`SignatureError`] for a file there that is no key: a system that wants signatures must not go on without.
    pub fn of_system(root: &Path) -> Result<Self, SignatureError> {
        let dir = root.join("etc/dfxkit/keys");
        let entries = match fs_err::read_dir(&dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::none()),
            Err(error) => return Err(SignatureError::Io { path: dir, error }),
        };
        let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|e| e.path()).collect();
        paths.retain(|p| p.extension().is_some_and(|e| e == "pub"));
        paths.sort();
        let mut keys = Self::none();
        for path in paths {
            keys.add_file(&path)?;
        }
        Ok(keys)
    }

    /// Adds the key of a file.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn add_file(&mut self, path: &Path) -> Result<(), SignatureError> {
        let place = path.display().to_string();
        let wrong = |why: String| SignatureError::Key { place: place.clone(), why };
        let text = String::from_utf8(small(path, KEY_BYTES)?).map_err(|e| wrong(e.to_string()))?;
        let key = PublicKey::decode(text.trim_end()).map_err(|e| wrong(e.to_string()))?;
        self.0.push((place, key));
        Ok(())
    }

    /// Adds a key: the path of its file, or itself in base64.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn add(&mut self, key: &str) -> Result<(), SignatureError> {
        match PublicKey::from_base64(key) {
            Ok(parsed) => {
                self.0.push((format!("key {key}"), parsed));
                Ok(())
            }
            Err(_) => self.add_file(Path::new(key)),
        }
    }

    /// True when nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the keys came from.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(place, _)| place.as_str())
    }

    /// Checks that `manifest`, which was read from the kit in `dir`, is signed by one of the keys. Where that key came from;
    /// none: no keys, nothing was checked.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn check(&self, dir: &Path, manifest: &[u8]) -> Result<Option<&str>, SignatureError> {
        if self.is_empty() {
            return Ok(None);
        }
        let signature = dir.join(SIGNATURE);
        if !signature.exists() {
            return Err(SignatureError::Unsigned);
        }
        let foreign = |why: String| SignatureError::Foreign { why };
        let text = String::from_utf8(small(&signature, KEY_BYTES)?).map_err(|e| foreign(e.to_string()))?;
        let signature = Signature::decode(text.trim_end()).map_err(|e| foreign(e.to_string()))?;
        let sums = small(&dir.join(SUMS), SUMS_BYTES)?;
        let mut why = Vec::new();
        let mut signer = None;
        for (place, key) in &self.0 {
            // Not the old kind without a digest ahead: minisign has not made it since 2021.
            match key.verify(&sums, &signature, false) {
                Ok(()) => signer = signer.or(Some(place.as_str())),
                Err(e) => why.push(format!("{place}: {e}")),
            }
        }
        let signer = signer.ok_or_else(|| foreign(why.join("; ")))?;
        let differs = |what: String| SignatureError::Differs { what };
        let list = Sums::parse(&sums).map_err(|e| differs(e.to_string()))?;
        let actual = hex(&Sha256::digest(manifest));
        match list.get(MANIFEST) {
            Some(expected) if expected == actual => Ok(Some(signer)),
            Some(expected) => {
                Err(differs(format!("{MANIFEST} is another one: expected {expected}, actual {actual}")))
            }
            None => Err(differs(format!("it does not list {MANIFEST}"))),
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::{Keys, SignatureError};
    use std::path::Path;

    /// Made with minisign 0.11 for this test: two keys, and the first one's signature of the list below.
    const KEY: &str = "RWQTARN+o9KwVf5ifvWn6iIrs8RRMpagqIQ4Lrzi+k0OHh7Ue9VPgfM6";
    const OTHER: &str = "RWTLcy6mgsYBZADueeVnUBMVoRFIDFucyFoB1XuaGGc6HoHe5d2VfiZe";
    const SUMS: &str = "9f9d889dee3526ae199ca3587114fc9524019eeb04c631c16e1bb3337b116abd  kit.json\n\
                        2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  static.bit\n";
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key\n\
        RUQTARN+o9KwVTMPAVEi2WnzUtnQ6I0dU9h1y+Zi4+Thli6lTjjU6cGDh3jEv5YiVwYqkOgyYAYusqF6ZB3q//Bg2s0/u80OwgY=\n\
        trusted comment: kit of a test\n\
        Xosdf+neBbTcFuFTkLwFt2JEtlFW1A9puNNghzQ6sGvHhMajc5qZrsoH+AXIbSXoDy7miIZIv4ZkroN1Kcr6BA==\n";
    const MANIFEST: &[u8] = b"{ \"a\": \"manifest\" }\n";

    fn keys(list: &[&str]) -> Keys {
        let mut keys = Keys::none();
        for key in list {
            keys.add(key).expect("a key");
        }
        keys
    }

    fn kit(dir: &Path, sums: &str, signature: &str) {
        fs_err::write(dir.join("SHA256SUMS"), sums).expect("written");
        fs_err::write(dir.join("SHA256SUMS.minisig"), signature).expect("written");
    }

    #[test]
    fn a_kit_is_taken_when_one_of_the_keys_signed_it_and_its_manifest() {
        let dir = tempfile::tempdir().expect("temp");
        kit(dir.path(), SUMS, SIGNATURE);
        let check = |keys: &Keys, manifest| keys.check(dir.path(), manifest).map(|s| s.map(str::to_owned));
        assert_eq!(check(&Keys::none(), b"anything").expect("nobody asked"), None);
        let signer = check(&keys(&[OTHER, KEY]), MANIFEST).expect("signed").expect("asked for");
        assert!(signer.contains(KEY), "{signer}");
        assert!(matches!(check(&keys(&[OTHER]), MANIFEST), Err(SignatureError::Foreign { .. })));
        assert!(matches!(
            check(&keys(&[KEY]), b"{ \"a\": \"Manifest\" }\n"),
            Err(SignatureError::Differs { .. })
        ));

        // The list was changed, the signature was changed, there is none.
        kit(dir.path(), &SUMS.replace("static.bit", "static.bin"), SIGNATURE);
        assert!(matches!(check(&keys(&[KEY]), MANIFEST), Err(SignatureError::Foreign { .. })));
        for (n, _) in SIGNATURE.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric()).step_by(7) {
            // What stands behind "untrusted comment:" is signed by nobody.
            if n < SIGNATURE.find("RUQ").expect("there") {
                continue;
            }
            let mut text = SIGNATURE.as_bytes().to_vec();
            text[n] = if text[n] == b'A' { b'B' } else { b'A' };
            kit(dir.path(), SUMS, &String::from_utf8(text).expect("ASCII"));
            assert!(check(&keys(&[KEY]), MANIFEST).is_err(), "character {n}");
        }
        fs_err::remove_file(dir.path().join("SHA256SUMS.minisig")).expect("removed");
        assert!(matches!(check(&keys(&[KEY]), MANIFEST), Err(SignatureError::Unsigned)));
    }

    #[test]
    fn a_system_that_has_keys_goes_on_with_all_of_them_or_not_at_all() {
        let root = tempfile::tempdir().expect("temp");
        assert!(Keys::of_system(root.path()).expect("none").is_empty());
        let dir = root.path().join("etc/dfxkit/keys");
        fs_err::create_dir_all(&dir).expect("made");
        fs_err::write(dir.join("README"), "not a key").expect("written");
        fs_err::write(dir.join("a.pub"), format!("untrusted comment: x\n{KEY}\n")).expect("written");
        let system = Keys::of_system(root.path()).expect("one key");
        assert_eq!(system.places().count(), 1);
        fs_err::write(dir.join("b.pub"), "nonsense").expect("written");
        assert!(matches!(Keys::of_system(root.path()), Err(SignatureError::Key { .. })));
        assert!(Keys::none().add("/nowhere/x.pub").is_err());
    }
}
