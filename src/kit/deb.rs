// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A Debian package of a kit: what the kernel and dfx-mgr load, in the places where they look.
//!
//! ```text
//! /lib/firmware/<project>/static/*.bin, modules/<partition>/*.bin   as the kit's overlays name them, and the overlays (.dtbo)
//! /lib/firmware/xilinx/<project>/                                   dfx-mgr's tree, when the kit has one
//! /usr/share/doc/<package>/                                         README.txt, kit.json, SHA256SUMS
//! ```
//!
//! Made by `dpkg-deb`; the same kit gives the same bytes with the same dpkg-deb (times are clamped, owners are root, gzip).
//! Installing it copies files and starts nothing.

use std::os::unix::fs::PermissionsExt;

use camino::Utf8Path;
use dfxkit_handoff::kit::{FileKind, KitPath, MANIFEST, Manifest, SUMS};

/// Name of the package: `kit-<project>`, in the characters that Debian allows.
fn package_name(project: &str) -> String {
    let clean: String = project
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '+' { c } else { '-' })
        .collect();
    format!("kit-{}", clean.trim_matches('-'))
}

/// The version as Debian takes it: it begins with a digit; other characters become dots.
fn version(text: &str) -> String {
    let clean: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() || ".+~".contains(c) { c } else { '.' }).collect();
    if clean.starts_with(|c: char| c.is_ascii_digit()) { clean } else { format!("0~{clean}") }
}

/// Name of the package's file, as Debian names them.
pub fn file_name(m: &Manifest) -> String {
    format!("{}_{}_all.deb", package_name(&m.project.name), version(&m.project.version))
}

/// Writes the package of the verified kit that lies in `root`.
///
/// # Errors
/// Of the file system, or what dpkg-deb said; [`std::io::ErrorKind::NotFound`] with "dpkg-deb" when it is not installed;
/// [`std::io::ErrorKind::InvalidInput`] when the kit holds nothing that Linux loads.
pub fn deb(
    root: &Utf8Path,
    m: &Manifest,
    maintainer: &str,
    epoch: &str,
    output: &Utf8Path,
) -> std::io::Result<()> {
    let bins: Vec<&KitPath> = m
        .files()
        .filter(|f| matches!(f.kind, FileKind::FullBin | FileKind::PartialBin | FileKind::ClearBin))
        .map(|f| &f.path)
        .collect();
    if bins.is_empty() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "the kit holds no image for the FPGA manager (.bin)",
        ));
    }
    let draft = tempfile::tempdir()?;
    let tree =
        Utf8Path::from_path(draft.path()).ok_or_else(|| std::io::Error::other("temporary directory"))?;
    fs_err::set_permissions(tree, std::fs::Permissions::from_mode(0o755))?;
    let put = |from: &str, to: String| copy(&root.join(from), &tree.join(to));
    let project = KitPath::part_from(&m.project.name);
    for path in bins {
        put(path.as_str(), format!("lib/firmware/{project}/{path}"))?;
    }
    for place in ["static", "modules"] {
        for entry in walkdir::WalkDir::new(root.join(place)) {
            let entry = entry.map_err(std::io::Error::from)?;
            let path = Utf8Path::from_path(entry.path()).filter(|p| p.extension() == Some("dtbo"));
            if let Some(name) = path.and_then(|p| p.strip_prefix(root).ok()) {
                put(name.as_str(), format!("lib/firmware/{project}/{name}"))?;
            }
        }
    }
    let dfx_mgr = root.join("dfx-mgr");
    if dfx_mgr.is_dir() {
        for entry in walkdir::WalkDir::new(&dfx_mgr) {
            let entry = entry.map_err(std::io::Error::from)?;
            let path = Utf8Path::from_path(entry.path()).filter(|_| entry.file_type().is_file());
            if let Some(name) = path.and_then(|p| p.strip_prefix(&dfx_mgr).ok()) {
                put(&format!("dfx-mgr/{name}"), format!("lib/firmware/xilinx/{name}"))?;
            }
        }
    }
    let package = package_name(&m.project.name);
    for name in ["README.txt", MANIFEST, SUMS] {
        put(name, format!("usr/share/doc/{package}/{name}"))?;
    }
    let line = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let mark = if m.simulated { "SIMULATED, configures no device: " } else { "" };
    let control = format!(
        "Package: {package}\nVersion: {}\nArchitecture: all\nMaintainer: {}\nSection: misc\nPriority: optional\n\
         Description: {mark}bitstreams of {} for {}\n Static {}, gates {}.\n Written by dfxkit {}.\n",
        version(&m.project.version),
        line(maintainer),
        line(&m.project.name),
        line(&m.device.part),
        m.fixed.identity,
        m.verdict,
        m.dfxkit
    );
    let control_path = tree.join("DEBIAN/control");
    fs_err::create_dir_all(tree.join("DEBIAN"))?;
    fs_err::write(&control_path, control)?;
    for entry in walkdir::WalkDir::new(tree) {
        let entry = entry.map_err(std::io::Error::from)?;
        let mode = if entry.file_type().is_dir() { 0o755 } else { 0o644 };
        fs_err::set_permissions(entry.path(), std::fs::Permissions::from_mode(mode))?;
    }
    let args = ["--root-owner-group", "-Zgzip", "-b", tree.as_str(), output.as_str()];
    let done = duct::cmd("dpkg-deb", args)
        .env("SOURCE_DATE_EPOCH", epoch)
        .stdout_null()
        .stderr_capture()
        .unchecked()
        .run()
        .map_err(|e| std::io::Error::new(e.kind(), format!("dpkg-deb: {e}")))?;
    if done.status.success() {
        return Ok(());
    }
    Err(std::io::Error::other(format!("dpkg-deb: {}", String::from_utf8_lossy(&done.stderr).trim())))
}

fn copy(from: &Utf8Path, to: &Utf8Path) -> std::io::Result<()> {
    if let Some(dir) = to.parent() {
        fs_err::create_dir_all(dir)?;
    }
    fs_err::copy(from, to).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::{package_name, version};

    #[test]
    fn names_and_versions_of_debian() {
        assert_eq!(package_name("My_Design 2"), "kit-my-design-2");
        assert_eq!((version("1.2.0").as_str(), version("v1-2").as_str()), ("1.2.0", "0~v1.2"));
    }
}
