// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hardware hand-off of a block design: modules, external ports, address ranges.

use std::fmt::Write as _;

use crate::model::bd::{BdDesign, BdKind};
use crate::model::device::{Family, Part};
use crate::release::Release;
use crate::util::{self, xml};

/// The text of a `.hwh` with the byte-order mark that real ones start with.
pub(crate) fn write(bd: &BdDesign, name: &str, part: &str, board: &str, release: Release) -> String {
    let of = Part::read(part);
    let arch = match &of {
        Some(p) if p.device.starts_with("xc7z") => "zynq",
        Some(p) if p.device.starts_with("xczu") || p.device.starts_with("xck") => "zynquplus",
        Some(p) => p.family.architecture(),
        None => "",
    };
    let short = |d: &str| d.strip_prefix("xc").unwrap_or(d).to_owned();
    let (device, package, speed) =
        of.as_ref().map_or_else(Default::default, |p| (short(&p.device), p.package.clone(), p.speed.clone()));
    let speed = if of.as_ref().is_some_and(|p| p.family != Family::Series7) {
        speed.trim_start_matches('-').split('-').next().map(|s| format!("-{s}")).unwrap_or_default()
    } else {
        speed
    };
    let mut out = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\" ?>\n<EDKSYSTEM EDWVERSION=\"1.2\" TIMESTAMP=\"{}\" VIVADOVERSION=\"{} SIMULATED\">\n\n  <SYSTEMINFO ARCH=\"{arch}\" BOARD=\"{}\" DEVICE=\"{device}\" NAME=\"{}\" PACKAGE=\"{package}\" SPEEDGRADE=\"{speed}\"/>\n\n  <EXTERNALPORTS>\n",
        util::asctime(util::local_now()),
        release.name,
        xml(board),
        xml(name),
    );
    for (port, pin) in bd.ports().filter(|(_, p)| !p.interface) {
        let bounds =
            pin.left.zip(pin.right).map(|(l, r)| format!(" LEFT=\"{l}\" RIGHT=\"{r}\"")).unwrap_or_default();
        let kind = if pin.kind.is_empty() { "undef" } else { &pin.kind };
        let _ = writeln!(
            out,
            "    <PORT DIR=\"{}\"{bounds} NAME=\"{}\" SIGIS=\"{kind}\" SIGNAME=\"External_Ports_{}\"/>",
            xml(&pin.dir),
            xml(port),
            xml(port)
        );
    }
    out.push_str("  </EXTERNALPORTS>\n\n  <EXTERNALINTERFACES>\n");
    for (port, pin) in bd.ports().filter(|(_, p)| p.interface) {
        let _ = writeln!(
            out,
            "    <BUSINTERFACE BUSNAME=\"{0}\" NAME=\"{0}\" TYPE=\"{1}\" VLNV=\"{2}\"/>",
            xml(port),
            xml(&pin.dir.to_uppercase()),
            xml(&pin.kind)
        );
    }
    out.push_str("  </EXTERNALINTERFACES>\n\n  <MODULES>\n");
    for (path, cell) in bd.cells.iter().filter(|(_, c)| c.kind != BdKind::Hier) {
        let instance = path.rsplit('/').next().unwrap_or(path);
        let mut vlnv = cell.vlnv.split(':').skip(2);
        let kind = vlnv.next().unwrap_or(&cell.reference).to_owned();
        let version = vlnv.next().unwrap_or("1.0");
        let (bd_type, reference) = match cell.kind {
            BdKind::Container => (
                " BD=\"BLOCK_CONTAINER\"".replace(
                    "BD=\"BLOCK_CONTAINER\"",
                    &format!("BD=\"{}\" BDTYPE=\"BLOCK_CONTAINER\"", xml(&cell.reference)),
                ),
                String::new(),
            ),
            _ => (String::new(), cell.vlnv.clone()),
        };
        let _ = writeln!(
            out,
            "    <MODULE{bd_type} FULLNAME=\"{}\" HWVERSION=\"{}\" INSTANCE=\"{}\" IPTYPE=\"PERIPHERAL\" IS_ENABLE=\"1\" MODCLASS=\"PERIPHERAL\" MODTYPE=\"{}\" VLNV=\"{}\">",
            xml(path),
            xml(version),
            xml(instance),
            xml(&kind),
            xml(&reference)
        );
        out.push_str("      <PARAMETERS>\n");
        for (name, value) in cell.props.iter().filter_map(|(n, v)| n.strip_prefix("CONFIG.").map(|n| (n, v)))
        {
            let _ = writeln!(out, "        <PARAMETER NAME=\"{}\" VALUE=\"{}\"/>", xml(name), xml(value));
        }
        out.push_str("      </PARAMETERS>\n      <PORTS/>\n      <BUSINTERFACES/>\n");
        let own = format!("{path}/");
        let segments: Vec<_> =
            bd.segments.iter().filter(|s| s.space.starts_with(&own) || s.space == *path).collect();
        if !segments.is_empty() {
            out.push_str("      <MEMORYMAP>\n");
            for s in segments {
                let slave = s.slave.trim_start_matches('/');
                let (instance, interface) = slave.split_once('/').unwrap_or((slave, ""));
                let interface = interface.split('/').next().unwrap_or(interface);
                let master = s.space.rsplit('/').next().unwrap_or("");
                let high = s.offset.saturating_add(s.range.saturating_sub(1));
                let _ = writeln!(
                    out,
                    "        <MEMRANGE ADDRESSBLOCK=\"Reg\" BASENAME=\"C_BASEADDR\" BASEVALUE=\"0x{:08X}\" HIGHNAME=\"C_HIGHADDR\" HIGHVALUE=\"0x{high:08X}\" INSTANCE=\"{}\" IS_DATA=\"TRUE\" IS_INSTRUCTION=\"TRUE\" MASTERBUSINTERFACE=\"{}\" MEMTYPE=\"REGISTER\" SLAVEBUSINTERFACE=\"{}\"/>",
                    s.offset,
                    xml(instance),
                    xml(master),
                    xml(interface)
                );
            }
            out.push_str("      </MEMORYMAP>\n");
        }
        out.push_str("    </MODULE>\n");
    }
    out.push_str("  </MODULES>\n\n</EDKSYSTEM>\n");
    out
}
