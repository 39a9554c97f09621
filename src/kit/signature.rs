// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signatures of kits, in minisign's format.
//!
//! Of a directory `SHA256SUMS` is signed, which covers everything else; the signature is `SHA256SUMS.minisig` in it. Of an archive
//! the file itself is signed; the signature stands beside it (`NAME.tar.zst.minisig`), because an archive has one exact form.
//! Either can be checked with minisign alone. Signing is done by the `minisign` program, which keeps the secret key and asks for its
//! password; checking needs no program. Only signatures over the pre-hashed file are accepted (minisign's form since 0.9).

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_handoff::kit::{Part, SUMS, Verdict};
use minisign_verify::{PublicKey, Signature};

/// Ending of a signature file.
pub const ENDING: &str = ".minisig";

/// Largest signature or key file that is read.
const MAX_BYTES: u64 = 4096;

/// The file of a kit that is signed: its list of digests, or the archive itself.
pub fn signed_file(kit: &Utf8Path) -> Utf8PathBuf {
    if kit.is_dir() { kit.join(SUMS) } else { kit.to_owned() }
}

/// Checks the signature of a kit against a public key file of minisign's.
///
/// # Errors
/// When the key cannot be read or is no public key. Everything about the kit is in the part: no signature, a damaged one, another
/// key, other content are all refused.
pub fn check(kit: &Utf8Path, public_key: &Utf8Path) -> Result<Part, String> {
    let key = small(public_key)?;
    let key = PublicKey::decode(key.trim_end()).map_err(|e| format!("{public_key}: {e}"))?;
    let signed = signed_file(kit);
    let signature = Utf8PathBuf::from(format!("{signed}{ENDING}"));
    let refused = |detail: String| Part { name: "signature".to_owned(), verdict: Verdict::Refused, detail };
    let text = match small(&signature) {
        Ok(text) => text,
        Err(why) => return Ok(refused(format!("no signature to check: {why}"))),
    };
    let parsed = match Signature::decode(text.trim_end()) {
        Ok(parsed) => parsed,
        Err(e) => return Ok(refused(format!("{signature}: {e}"))),
    };
    let mut verifier = match key.verify_stream(&parsed) {
        Ok(verifier) => verifier,
        Err(e) => return Ok(refused(format!("{signature}: {e}"))),
    };
    let mut file = fs_err::File::open(&signed).map_err(|e| e.to_string())?;
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        match std::io::Read::read(&mut file, &mut buffer).map_err(|e| e.to_string())? {
            0 => break,
            n => verifier.update(&buffer[..n]),
        }
    }
    Ok(match verifier.finalize() {
        Ok(()) => Part {
            name: "signature".to_owned(),
            verdict: Verdict::Passed,
            detail: format!(
                "{} is signed with the key of {public_key}",
                signed.file_name().unwrap_or_default()
            ),
        },
        Err(e) => refused(format!("{}: {e}", signed.file_name().unwrap_or_default())),
    })
}

/// Signs a kit with the `minisign` program. It asks for the key's password on the terminal.
///
/// # Errors
/// What went wrong, for people; [`std::io::ErrorKind::NotFound`] when the program is not installed.
pub fn sign(kit: &Utf8Path, secret_key: &Utf8Path, comment: &str) -> std::io::Result<Utf8PathBuf> {
    let signed = signed_file(kit);
    let signature = Utf8PathBuf::from(format!("{signed}{ENDING}"));
    let args =
        ["-S", "-s", secret_key.as_str(), "-m", signed.as_str(), "-x", signature.as_str(), "-t", comment];
    let done = duct::cmd("minisign", args).stdout_capture().stderr_capture().unchecked().run()?;
    if done.status.success() {
        return Ok(signature);
    }
    let said = [done.stdout, done.stderr].map(|b| String::from_utf8_lossy(&b).trim().to_owned()).join(" ");
    Err(std::io::Error::other(format!("minisign did not sign {signed}: {}", said.trim())))
}

fn small(path: &Utf8Path) -> Result<String, String> {
    let size = fs_err::metadata(path).map_err(|e| e.to_string())?.len();
    if size > MAX_BYTES {
        return Err(format!("{path} has {size} bytes; keys and signatures have less than {MAX_BYTES}"));
    }
    fs_err::read_to_string(path).map_err(|e| e.to_string())
}
