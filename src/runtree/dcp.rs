// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Design checkpoints: what can be told of a `.dcp` without Vivado. It is a zip; `dcp.xml` in it is plain text, and so is the port stub.
//!
//! The one place that knows the zip crate. Measured on checkpoints of 2014 to 2024.2; old ones lack tool and stub, so every field is
//! optional. What a checkpoint does not tell: whether its design is locked. The databases inside (placement, routing, netlist) are not read.

use std::io::Read;

use camino::Utf8Path;
use serde::Serialize;
use zip::ZipArchive;

use crate::gates::header::{self, SIMULATED};

/// The most of `dcp.xml` or of a stub that is read: real ones are below 1 MB.
const LIMIT: u64 = 32 << 20;

/// What a checkpoint says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Dcp {
    /// `23` (2024.2), `19` (2022.2), `15` (2020.2).
    pub format: Option<String>,
    /// `2024.2`
    pub release: Option<String>,
    /// `5239630`
    pub build: Option<String>,
    /// Patches of Vivado, as its product name has them: `AR71898`.
    pub patches: Vec<String>,
    /// True when the stand-in wrote it.
    pub simulated: bool,
    /// `xc7a100tcsg324-1`
    pub part: Option<String>,
    /// Board part.
    pub board: Option<String>,
    /// Top module.
    pub top: Option<String>,
    /// Out of context: a module.
    pub out_of_context: bool,
    /// The cell checkpoint of a reconfigurable module out of a routed run.
    pub reconfigurable: bool,
    /// Cells that are black-boxed reconfigurable partitions.
    pub blackboxes: Vec<String>,
    /// Placed and routed, as far as the kinds of its databases tell: routing databases of 2022 on, `XDEF` before.
    pub implemented: bool,
    /// Names of all members.
    pub members: Vec<String>,
    /// The Verilog port stub, without comment lines.
    #[serde(skip)]
    pub stub: Option<String>,
}

/// Why a checkpoint cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DcpError {
    /// The file.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// No zip, or a damaged one.
    #[error("not a checkpoint: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// `dcp.xml` is no XML.
    #[error("its dcp.xml cannot be read: {0}")]
    Xml(#[from] roxmltree::Error),
}

impl Dcp {
    /// Reads a checkpoint file.
    pub fn read(path: &Utf8Path) -> Result<Self, DcpError> {
        Self::from_reader(std::io::BufReader::new(fs_err::File::open(path)?))
    }

    /// Reads a checkpoint from memory or a file.
    pub fn from_reader(reader: impl Read + std::io::Seek) -> Result<Self, DcpError> {
        let mut zip = ZipArchive::new(reader)?;
        let mut members: Vec<String> =
            zip.file_names().filter_map(|n| n.ok().map(|n| n.into_owned())).collect();
        members.sort();
        let mut dcp = Self::from_xml(&text(&mut zip, "dcp.xml")?)?;
        let stub = members
            .iter()
            .find(|m| dcp.top.as_ref().is_some_and(|t| **m == format!("{t}_stub.v")))
            .or_else(|| members.iter().find(|m| m.ends_with("_stub.v")));
        if let Some(stub) = stub {
            let text = text(&mut zip, stub)?;
            dcp.stub = Some(
                text.lines()
                    .filter(|l| !l.starts_with("//") && !l.trim().is_empty())
                    .fold(String::new(), |all, l| all + l.trim_end() + "\n"),
            );
        }
        dcp.members = members;
        Ok(dcp)
    }

    /// The constraints in a checkpoint, `T.xdc`: plain text, with the Pblocks (measured on 2020 to 2024.2). None when it has no such member.
    pub fn constraints(path: &Utf8Path) -> Result<Option<String>, DcpError> {
        let mut zip = ZipArchive::new(std::io::BufReader::new(fs_err::File::open(path)?))?;
        let top = Self::from_xml(&text(&mut zip, "dcp.xml")?)?.top.unwrap_or_default();
        let name = format!("{top}.xdc");
        let there = zip.file_names().filter_map(Result::ok).any(|n| *n == *name);
        if there { text(&mut zip, &name).map(Some) } else { Ok(None) }
    }

    /// Reads the text of `dcp.xml`.
    pub fn from_xml(xml: &str) -> Result<Self, DcpError> {
        let document = roxmltree::Document::parse(xml)?;
        let root = document.root_element();
        let mut dcp = Self { format: root.attribute("Version").map(str::to_owned), ..Self::default() };
        for node in root.children().filter(roxmltree::Node::is_element) {
            let name = node.attribute("Name").unwrap_or_default();
            let some = || Some(name.to_owned()).filter(|n| !n.is_empty());
            match node.tag_name().name() {
                "BUILD_NUMBER" => dcp.build = some(),
                "PRODUCT" => {
                    dcp.release = header::release(name);
                    dcp.patches = header::patches(name);
                    dcp.simulated = name.contains(SIMULATED);
                }
                "Part" => dcp.part = some(),
                "BoardPart" => dcp.board = some(),
                "Top" => dcp.top = some(),
                "OutOfContext" => dcp.out_of_context = name == "1",
                "HDInfo" => dcp.reconfigurable |= name.contains("HD.RECONFIGURABLE"),
                "HDBlackboxInfo" => {
                    dcp.blackboxes.extend(name.strip_suffix(" HD.RECONFIGURABLE").map(str::to_owned));
                }
                "File" => {
                    let kind = node.attribute("Type").unwrap_or_default();
                    dcp.implemented |= matches!(kind, "PHYSDB_ROUTE" | "XDEF");
                }
                _ => {}
            }
        }
        Ok(dcp)
    }
}

fn text<R: Read + std::io::Seek>(zip: &mut ZipArchive<R>, name: &str) -> Result<String, DcpError> {
    let mut bytes = Vec::new();
    zip.by_name(name)?.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_of_dcp_xml() {
        let dcp = Dcp::from_xml(
            r#"<?xml version="1.0"?><Checkpoint Version="23" Minor="0">
            <BUILD_NUMBER Name="5239630"/><PRODUCT Name="Vivado v2024.2 (64-bit) SIMULATED"/><Part Name="xc7a100tcsg324-1"/>
            <Top Name="top"/><OutOfContext Name="0"/><HDPlatform Name="0"/>
            <HDBlackboxInfo Name="a/b[0] HD.RECONFIGURABLE"/><File Type="PHYSDB_ROUTE" Name="top.rdb"/></Checkpoint>"#,
        )
        .unwrap();
        assert_eq!((dcp.release.as_deref(), dcp.simulated), (Some("2024.2"), true));
        assert_eq!(dcp.blackboxes, ["a/b[0]"]);
        assert!(dcp.implemented && !dcp.out_of_context && !dcp.reconfigurable);
    }

    #[test]
    fn what_is_no_zip_is_refused() {
        assert!(matches!(Dcp::from_reader(std::io::Cursor::new(b"nothing".to_vec())), Err(DcpError::Zip(_))));
    }
}
