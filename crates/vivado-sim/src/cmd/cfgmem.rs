// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! write_cfgmem: bitstreams and data files laid out in a configuration memory, as BIN, MCS or HEX, with its `.prm`.
//!
//! The bytes are those of the data part of a `.bit` (UG470: a header of five fields comes before it). Vivado reverses
//! the bits of each byte unless `-disablebitswap` is given or the memory is serial (UG835, UG570 "Bit Swapping"), and
//! for SMAPx16 and SMAPx32 the bytes of each word: real SMAPx32 files hold the sync word as 66 AA 99 55 (measured), and
//! public Zynq flows take the same with `-disablebitswap` for the PCAP's 66 55 99 AA. `-loaddata` is never swapped.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::cmd::project;
use crate::disk;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

/// The data of a `.bit` file; `None` when it is no such file.
fn bit_data(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 13;
    loop {
        let key = *bytes.get(at)?;
        at += 1;
        if key == b'e' {
            let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
            return bytes.get(at + 4..at + 4 + length);
        }
        let length = usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        at += 2 + length;
    }
}

/// The bytes as the interface wants them.
fn swap(bytes: &[u8], interface: &str, bits: bool) -> Vec<u8> {
    let width = match interface {
        "SMAPX16" | "BPIX16" => 2,
        "SMAPX32" => 4,
        _ => 1,
    };
    let serial = interface.starts_with("SPI") || interface == "SERIALX1";
    let bits = bits && !serial;
    let turned = |byte: &u8| if bits { byte.reverse_bits() } else { *byte };
    bytes.chunks(width).flat_map(|word| word.iter().rev().map(turned).collect::<Vec<_>>()).collect()
}

/// `up|down address file ...` of -loadbit and -loaddata.
fn loads(text: &str) -> Option<Vec<(bool, u64, String)>> {
    let words = list::split_loose(text);
    let mut out = Vec::new();
    for triple in words.chunks(3) {
        let [direction, address, file] = triple else { return None };
        let digits = address.trim_start_matches("0x").trim_start_matches("0X");
        out.push((direction == "down", u64::from_str_radix(digits, 16).ok()?, file.clone()));
    }
    Some(out)
}

fn refuse<T>(text: impl AsRef<str>) -> Result<T, Stop> {
    fail("Writecfgmem 68-23", text)
}

pub(crate) fn write_cfgmem(s: &mut Session, args: &Args) -> Outcome {
    let line = args.command_line("write_cfgmem");
    s.command_line(&line);
    let format = args.value("format").unwrap_or("MCS").to_uppercase();
    let end = match format.as_str() {
        "BIN" => "bin",
        "HEX" => "hex",
        "MCS" => "mcs",
        _ => {
            return fail(
                "Common 17-161",
                format!("Invalid option value '{format}' specified for '-format'."),
            );
        }
    };
    let interface = args.value("interface").unwrap_or("SMAPX8").to_uppercase();
    let limit = args.value("size").and_then(|n| n.parse::<u64>().ok()).map(|n| n << 20);
    let mut path = s.path(args.at(0));
    if path.extension().is_none_or(|e| !e.eq_ignore_ascii_case(end)) {
        let mut name = path.into_os_string();
        name.push(format!(".{end}"));
        path = name.into();
    }
    project::check_directory(s, &path)?;
    if disk::exists(&path) && !args.flag("force") {
        return fail(
            "Vivado 12-1351",
            format!("Memory file '{}' already exists. Use -force to overwrite.", path.display()),
        );
    }
    let mut parts: BTreeMap<u64, (Vec<u8>, String)> = BTreeMap::new();
    for (option, is_bit) in [("loadbit", true), ("loaddata", false)] {
        let Some(text) = args.value(option) else { continue };
        let Some(entries) = loads(text) else {
            return refuse(format!("-{option} takes '<up|down> <address> <file>', not '{text}'."));
        };
        for (down, address, file) in entries {
            let source = s.path(&file);
            let Ok(bytes) = disk::read(&source) else {
                return refuse(format!("File '{}' does not exist or cannot be read.", source.display()));
            };
            let data = match (is_bit, bit_data(&bytes)) {
                (true, Some(data)) => swap(data, &interface, !args.flag("disablebitswap")),
                (true, None) => {
                    return refuse(format!("'{}' is not a bitstream file.", source.display()));
                }
                (false, _) => bytes,
            };
            let start = if down { (address + 1).saturating_sub(data.len() as u64) } else { address };
            parts.insert(start, (data, file));
        }
    }
    if parts.is_empty() {
        return refuse("nothing to write: give -loadbit or -loaddata.");
    }
    let mut image: Vec<u8> = Vec::new();
    for (start, (data, file)) in &parts {
        let start = usize::try_from(*start).unwrap_or(usize::MAX);
        if start < image.len() {
            return refuse(format!("'{file}' at 0x{start:08X} overlaps what is before it."));
        }
        if limit.is_some_and(|l| (start + data.len()) as u64 > l) {
            return refuse(format!(
                "'{file}' ends at 0x{:08X}, beyond the memory size of {} MB.",
                start + data.len(),
                limit.unwrap_or(0) >> 20
            ));
        }
        if format != "BIN" && start + data.len() > u32::MAX as usize {
            return refuse("addresses of MCS and HEX files end at 4 GB.");
        }
        image.resize(start, 0xFF);
        image.extend_from_slice(data);
    }
    let written = match format.as_str() {
        "BIN" => disk::write(&path, &image),
        "HEX" => disk::write(&path, image.iter().map(|b| format!("{b:02X}")).collect::<String>() + "\n"),
        _ => disk::write(&path, mcs(&parts)),
    };
    if let Err(error) = written {
        return fail("Common 17-69", format!("Command failed: {error}"));
    }
    tell(s, args, &path, &format, &interface, &parts, image.len())?;
    s.completed("write_cfgmem", 5.0);
    Ok(String::new())
}

/// Intel-hex records: 16 bytes a line, an extended address record at each 64K.
fn mcs(parts: &BTreeMap<u64, (Vec<u8>, String)>) -> String {
    let mut out = String::new();
    let record = |out: &mut String, address: u16, kind: u8, data: &[u8]| {
        let mut sum = data.len() as u8;
        for byte in address.to_be_bytes().iter().chain([&kind]).chain(data) {
            sum = sum.wrapping_add(*byte);
        }
        let _ = write!(out, ":{:02X}{address:04X}{kind:02X}", data.len());
        for byte in data {
            let _ = write!(out, "{byte:02X}");
        }
        let _ = writeln!(out, "{:02X}", sum.wrapping_neg());
    };
    let mut page = None;
    for (start, (data, _)) in parts {
        let mut at = *start;
        let mut rest = data.as_slice();
        while !rest.is_empty() {
            let high = (at >> 16) as u16;
            if page != Some(high) {
                record(&mut out, 0, 4, &high.to_be_bytes());
                page = Some(high);
            }
            // A record does not run over the end of its page.
            let room = (0x1_0000 - (at & 0xFFFF)) as usize;
            let (now, later) = rest.split_at(rest.len().min(16).min(room));
            record(&mut out, at as u16, 0, now);
            at += now.len() as u64;
            rest = later;
        }
    }
    record(&mut out, 0, 1, &[]);
    out
}

/// The summary on the console and in the `.prm` beside the file.
fn tell(
    s: &mut Session,
    args: &Args,
    path: &Path,
    format: &str,
    interface: &str,
    parts: &BTreeMap<u64, (Vec<u8>, String)>,
    size: usize,
) -> Result<(), Stop> {
    let mut text = format!(
        "Creating config memory files...\nCreating bitstream load up from address 0x00000000\nLoading bitfile {}\nWriting file {}\nWriting log file {}\n",
        parts.values().map(|(_, f)| f.as_str()).collect::<Vec<_>>().join(" "),
        path.display(),
        path.with_extension("prm").display()
    );
    s.say(text.trim_end());
    text = format!(
        "SIMULATED by vivado-sim\n===================================\nConfiguration Memory information\n===================================\nFile Format        {format}\nInterface          {interface}\nSize               {}\nStart Address      0x00000000\nEnd Address        0x{:08X}\n\nAddr1         Addr2         Date                    File(s)\n",
        args.value("size").map_or_else(|| format!("{}M", size.div_ceil(1 << 20)), |n| format!("{n}M")),
        size.saturating_sub(1)
    );
    for (start, (data, file)) in parts {
        let _ = writeln!(
            text,
            "0x{start:08X}    0x{:08X}    {}    {file}",
            start + (data.len() as u64).saturating_sub(1),
            util::asctime(util::local_now())
        );
    }
    s.say(text.trim_start_matches("SIMULATED by vivado-sim\n").trim_end());
    match disk::write(path.with_extension("prm"), text) {
        Ok(()) => Ok(()),
        Err(error) => fail("Common 17-69", format!("Command failed: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{bit_data, loads, mcs, swap};

    #[test]
    fn the_data_part_of_a_bitstream_is_found() {
        let mut file = vec![0; 13];
        file.extend(b"a\0\x02x\0e\0\0\0\x03abc");
        assert_eq!(bit_data(&file), Some(b"abc".as_slice()));
        assert_eq!(bit_data(b"short"), None);
    }

    #[test]
    fn words_are_swapped_as_the_interface_wants_them() {
        let sync = [0xAA, 0x99, 0x55, 0x66];
        assert_eq!(swap(&sync, "SMAPX8", true), [0x55, 0x99, 0xAA, 0x66]);
        assert_eq!(swap(&sync, "SMAPX32", true), [0x66, 0xAA, 0x99, 0x55]);
        assert_eq!(swap(&sync, "SMAPX32", false), [0x66, 0x55, 0x99, 0xAA]);
        assert_eq!(swap(&sync, "SPIX4", true), sync);
    }

    #[test]
    fn load_lists_are_triples_with_hexadecimal_addresses() {
        let entries = loads("up 0x0 a.bit up 100000 b.bit").unwrap();
        assert_eq!(entries[1], (false, 0x10_0000, "b.bit".to_owned()));
        assert!(loads("up 0x0").is_none());
    }

    #[test]
    fn mcs_records_carry_their_checksum_and_page() {
        let parts = BTreeMap::from([(0xFFFF, (vec![1, 2], "f".to_owned()))]);
        assert_eq!(
            mcs(&parts),
            ":020000040000FA\n:01FFFF000100\n:020000040001F9\n:0100000002FD\n:00000001FF\n"
        );
    }
}
