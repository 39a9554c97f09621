// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signatures by programs that people have and trust: `minisign`, or OpenSSH's `ssh-keygen -Y` (SSHSIG) with the namespace [`NAMESPACE`].
//!
//! Which of the two is told from the key file. Secret keys are never read here beyond their first line: the programs do, and ask for the
//! password on the terminal. A minisign signature is checked without any program, one by an SSH key by `ssh-keygen`. Not here: which
//! keys to trust.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use camino::Utf8Path;
use minisign_verify as minisign;
use sha2::{Digest, Sha256};

use crate::hash;

/// Namespace of SSH signatures: one made for something else is none for this.
pub const NAMESPACE: &str = "dfxkit";

/// Largest key or signature that is read.
const MAX_BYTES: usize = 64 << 10;

/// Which program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// minisign
    Minisign,
    /// OpenSSH
    Ssh,
}

impl Tool {
    /// Name of the program.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Minisign => "minisign",
            Self::Ssh => "ssh-keygen",
        }
    }
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Who made it.
    pub key: KeyId,
    /// The signature file.
    pub file: Vec<u8>,
}

/// Name of a key, from the key or from a signature; a hint only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId {
    /// As its program shows it: `1D2546BF233BCC62`, `SHA256:..`.
    pub text: String,
    /// 16 hexadecimal digits, for file names.
    pub short: String,
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why nothing could be signed or checked: the key, the program, the file system.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// A file.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The file is no key of either kind.
    #[error("{path} is no {what} of minisign or OpenSSH")]
    NoKey {
        /// The file.
        path: String,
        /// `secret key`, `public key`.
        what: &'static str,
    },
    /// The program is not installed.
    #[error("{0} is not installed, or not in PATH")]
    NoProgram(&'static str),
    /// The program refused to sign.
    #[error("{program} did not sign: {said}")]
    NotSigned {
        /// The program.
        program: &'static str,
        /// Its words.
        said: String,
    },
}

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Made by another key.
    #[error("it was made by another key: {0}")]
    Foreign(String),
    /// What it is over was altered, or the signature itself was.
    #[error("it is not over these bytes: {0}")]
    Altered(String),
    /// No signature of either program.
    #[error("it is no signature of minisign or OpenSSH")]
    NoSignature,
}

/// Signs bytes with a secret key file (SSH: or a public one, when an agent holds the secret). `comment` goes into a minisign signature.
pub fn sign(key: &Utf8Path, bytes: &[u8], comment: &str) -> Result<Signed, SignError> {
    let io = |source| SignError::Io { path: key.to_string(), source };
    let head = head(key)?;
    let tool = if head.starts_with("untrusted comment:") {
        Tool::Minisign
    } else if head.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") || is_ssh_public(&head) {
        Tool::Ssh
    } else {
        return Err(SignError::NoKey { path: key.to_string(), what: "secret key" });
    };
    let dir = tempfile::tempdir().map_err(io)?;
    let message = dir.path().join("statement");
    let signature = dir.path().join("statement.sig");
    fs_err::write(&message, bytes).map_err(io)?;
    let text = |p: &std::path::Path| p.to_string_lossy().into_owned();
    let args: Vec<String> = match tool {
        Tool::Minisign => {
            ["-S", "-s", key.as_str(), "-m", &text(&message), "-x", &text(&signature), "-t", comment]
                .map(str::to_owned)
                .to_vec()
        }
        Tool::Ssh => {
            ["-Y", "sign", "-f", key.as_str(), "-n", NAMESPACE, &text(&message)].map(str::to_owned).to_vec()
        }
    };
    let done = duct::cmd(tool.program(), args).stdout_capture().stderr_capture().unchecked().run();
    let done = done.map_err(|e| missing(tool, e))?;
    if !done.status.success() {
        let said =
            [done.stdout, done.stderr].map(|b| String::from_utf8_lossy(&b).trim().to_owned()).join(" ");
        return Err(SignError::NotSigned { program: tool.program(), said: said.trim().to_owned() });
    }
    let file = fs_err::read(&signature).map_err(io)?;
    let key = key_of(&file).ok_or_else(|| SignError::NotSigned {
        program: tool.program(),
        said: "what it wrote is no signature".into(),
    })?;
    Ok(Signed { key, file })
}

/// Checks a signature file over bytes with a public key file. The outer error: the key or the program; the inner: the signature.
pub fn verify(key: &Utf8Path, bytes: &[u8], signature: &[u8]) -> Result<Result<(), Refusal>, SignError> {
    let text = small(key)?;
    let no_key = || SignError::NoKey { path: key.to_string(), what: "public key" };
    let Some(id) = key_of(signature) else { return Ok(Err(Refusal::NoSignature)) };
    let of_ssh = signature.starts_with(SSH_BEGIN.as_bytes());
    if is_ssh_public(&text) {
        if !of_ssh {
            return Ok(Err(Refusal::Foreign(id.text)));
        }
        return verify_ssh(&text, &id, bytes, signature).ok_or_else(no_key)?;
    }
    let public = minisign::PublicKey::decode(text.trim_end())
        .or_else(|_| minisign::PublicKey::from_base64(text.trim()))
        .map_err(|_| no_key())?;
    if of_ssh {
        return Ok(Err(Refusal::Foreign(id.text)));
    }
    let parsed =
        std::str::from_utf8(signature).ok().and_then(|s| minisign::Signature::decode(s.trim_end()).ok());
    let Some(parsed) = parsed else { return Ok(Err(Refusal::NoSignature)) };
    Ok(match public.verify(bytes, &parsed, false) {
        Ok(()) => Ok(()),
        Err(minisign::Error::UnexpectedKeyId) => Err(Refusal::Foreign(id.text)),
        Err(e) => Err(Refusal::Altered(e.to_string())),
    })
}

/// The key that a signature file names; none when it is no signature.
pub fn key_of(signature: &[u8]) -> Option<KeyId> {
    let text = std::str::from_utf8(signature).ok()?;
    if let Some(armoured) = text.strip_prefix(SSH_BEGIN) {
        let body: String =
            armoured.split(SSH_END).next()?.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let blob = STANDARD.decode(body).ok()?;
        // PROTOCOL.sshsig: "SSHSIG", version, public key, ..; strings have a length of 32 bits before them.
        let rest = blob.strip_prefix(b"SSHSIG")?.get(4..)?;
        let len = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        return Some(ssh_id(rest.get(4..4 + len)?));
    }
    let line = text.strip_prefix("untrusted comment:")?.lines().nth(1)?;
    let bytes = STANDARD.decode(line.trim()).ok()?;
    // Two bytes of algorithm, eight of the key, little end first; minisign shows them as one number.
    let mut key = bytes.get(2..10)?.to_vec();
    key.reverse();
    let digits = hash::hex(&key).to_uppercase();
    Some(KeyId { text: digits.clone(), short: digits })
}

const SSH_BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const SSH_END: &str = "-----END SSH SIGNATURE-----";

fn ssh_id(key: &[u8]) -> KeyId {
    let digest = Sha256::digest(key);
    KeyId {
        text: format!("SHA256:{}", STANDARD_NO_PAD.encode(digest)),
        short: hash::hex(&digest)[..16].to_uppercase(),
    }
}

/// Keys of a `.pub` file: type and key of each line that is one.
fn ssh_keys(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let kind = words.next().filter(|k| is_ssh_kind(k))?;
        Some((kind, words.next()?))
    })
}

fn is_ssh_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|p| word.starts_with(p))
}

fn is_ssh_public(text: &str) -> bool {
    ssh_keys(text).next().is_some()
}

/// None: the file holds no key.
fn verify_ssh(
    keys: &str,
    id: &KeyId,
    bytes: &[u8],
    signature: &[u8],
) -> Option<Result<Result<(), Refusal>, SignError>> {
    let known: Vec<(&str, &str, Vec<u8>)> =
        ssh_keys(keys).filter_map(|(kind, key)| Some((kind, key, STANDARD.decode(key).ok()?))).collect();
    if known.is_empty() {
        return None;
    }
    if !known.iter().any(|(_, _, blob)| ssh_id(blob) == *id) {
        return Some(Ok(Err(Refusal::Foreign(id.text.clone()))));
    }
    Some(run_ssh(&known, bytes, signature))
}

fn run_ssh(
    keys: &[(&str, &str, Vec<u8>)],
    bytes: &[u8],
    signature: &[u8],
) -> Result<Result<(), Refusal>, SignError> {
    let io = |source| SignError::Io { path: "a temporary file".into(), source };
    let dir = tempfile::tempdir().map_err(io)?;
    let (signers, file) = (dir.path().join("signers"), dir.path().join("signature"));
    let line = |(kind, key, _): &(&str, &str, Vec<u8>)| {
        format!("{NAMESPACE} namespaces=\"{NAMESPACE}\" {kind} {key}\n")
    };
    let lines = keys.iter().map(line).collect::<Vec<_>>().concat();
    fs_err::write(&signers, lines).map_err(io)?;
    fs_err::write(&file, signature).map_err(io)?;
    let (signers, file) = (signers.to_string_lossy().into_owned(), file.to_string_lossy().into_owned());
    let args = ["-Y", "verify", "-f", &signers, "-I", NAMESPACE, "-n", NAMESPACE, "-s", &file];
    let done = duct::cmd(Tool::Ssh.program(), args)
        .stdin_bytes(bytes)
        .stdout_capture()
        .stderr_capture()
        .unchecked()
        .run()
        .map_err(|e| missing(Tool::Ssh, e))?;
    if done.status.success() {
        return Ok(Ok(()));
    }
    let said = [done.stdout, done.stderr].map(|b| String::from_utf8_lossy(&b).trim().to_owned()).join(" ");
    Ok(Err(Refusal::Altered(said.trim().to_owned())))
}

fn missing(tool: Tool, error: io::Error) -> SignError {
    if error.kind() == io::ErrorKind::NotFound {
        return SignError::NoProgram(tool.program());
    }
    SignError::Io { path: tool.program().to_owned(), source: error }
}

/// The first bytes of a secret key's file: enough to tell whose it is.
fn head(path: &Utf8Path) -> Result<String, SignError> {
    let io = |source| SignError::Io { path: path.to_string(), source };
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(fs_err::File::open(path).map_err(io)?, 1024), &mut bytes)
        .map_err(io)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn small(path: &Utf8Path) -> Result<String, SignError> {
    let io = |source| SignError::Io { path: path.to_string(), source };
    let mut text = String::new();
    let file = io::Read::take(fs_err::File::open(path).map_err(io)?, MAX_BYTES as u64);
    io::Read::read_to_string(&mut { file }, &mut text).map_err(io)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8PathBuf;

    /// A pair of keys of a program; none, said on stderr, when the program is not there.
    fn keys(tool: Tool, dir: &Utf8Path, name: &str) -> Option<(Utf8PathBuf, Utf8PathBuf)> {
        let (secret, public) = (dir.join(name), dir.join(format!("{name}.pub")));
        let args: Vec<&str> = match tool {
            Tool::Minisign => vec!["-G", "-W", "-f", "-p", public.as_str(), "-s", secret.as_str()],
            Tool::Ssh => vec!["-q", "-t", "ed25519", "-N", "", "-C", "t", "-f", secret.as_str()],
        };
        match duct::cmd(tool.program(), args).stdin_null().stdout_null().stderr_null().run() {
            Ok(_) => Some((secret, public)),
            Err(error) => {
                eprintln!("SKIPPED: {}: {error}", tool.program());
                None
            }
        }
    }

    #[test]
    fn what_is_signed_verifies_and_what_is_foreign_or_altered_does_not() {
        let keep = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(keep.path()).unwrap();
        let mut made = Vec::new();
        for tool in [Tool::Minisign, Tool::Ssh] {
            let (Some(ours), Some(other)) =
                (keys(tool, dir, &format!("{tool:?}1")), keys(tool, dir, &format!("{tool:?}2")))
            else {
                continue;
            };
            let signed = sign(&ours.0, b"payload", "release 1.0").unwrap();
            assert_eq!(key_of(&signed.file), Some(signed.key.clone()));
            assert_eq!(signed.key.short.len(), 16);
            assert_eq!(verify(&ours.1, b"payload", &signed.file).unwrap(), Ok(()));
            assert!(matches!(verify(&ours.1, b"payloaD", &signed.file).unwrap(), Err(Refusal::Altered(_))));
            let foreign = verify(&other.1, b"payload", &signed.file).unwrap();
            assert_eq!(foreign, Err(Refusal::Foreign(signed.key.text.clone())));
            // Every cut of the signature is refused, none passes and none is a panic.
            let cuts = signed.file.len() - 2;
            // Beyond its first lines each cut of an SSH signature is a run of the program.
            let cuts = if tool == Tool::Ssh { 150.min(cuts) } else { cuts };
            for cut in 0..cuts {
                let refused = verify(&ours.1, b"payload", &signed.file[..cut]).unwrap();
                assert!(refused.is_err(), "{tool:?} cut at {cut}");
            }
            made.push((ours.1, signed.file));
        }
        // A signature of one program against a key of the other.
        if let [(a, of_a), (b, of_b)] = made.as_slice() {
            assert!(matches!(verify(a, b"payload", of_b).unwrap(), Err(Refusal::Foreign(_))));
            assert!(matches!(verify(b, b"payload", of_a).unwrap(), Err(Refusal::Foreign(_))));
        }
    }

    #[test]
    fn files_that_are_no_keys_are_refused_by_name() {
        let keep = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(keep.path()).unwrap().join("x");
        fs_err::write(&path, "not a key\n").unwrap();
        assert!(matches!(sign(&path, b"", ""), Err(SignError::NoKey { what: "secret key", .. })));
        let line = "RURizDsjv0YlHcz/CVWo0hknhHLcojXZIDr7CqZvDum7kuOD6jWoy29bajWnPHRlHioP+YX1NT1CnUL3TWkamw2A9WDBjDePnQE=";
        let signature = format!("untrusted comment: x\n{line}\n");
        assert!(matches!(
            verify(&path, b"", signature.as_bytes()),
            Err(SignError::NoKey { what: "public key", .. })
        ));
        assert_eq!(verify(&path, b"", b"nothing").unwrap(), Err(Refusal::NoSignature));
        assert!(matches!(sign(&path.with_extension("none"), b"", ""), Err(SignError::Io { .. })));
    }
}
