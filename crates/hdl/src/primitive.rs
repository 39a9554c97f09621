// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cells of AMD's libraries.

/// AMD library cells and macros that need no source. By family of names, not one by one.
pub fn is_primitive(name: &str) -> bool {
    const STARTS: [&str; 50] = [
        "IBUF",
        "OBUF",
        "IOBUF",
        "BUFG",
        "BUFR",
        "BUFH",
        "BUFIO",
        "BUFMR",
        "MMCM",
        "PLL",
        "DCM",
        "FD",
        "LD",
        "LUT",
        "CARRY",
        "MUXF",
        "RAMB",
        "RAM3",
        "RAM6",
        "RAM1",
        "RAM2",
        "RAMD",
        "URAM",
        "FIFO",
        "SRL",
        "DSP",
        "ISERDES",
        "OSERDES",
        "IDELAY",
        "ODELAY",
        "IDDR",
        "ODDR",
        "STARTUP",
        "ICAP",
        "BSCAN",
        "FRAME_ECC",
        "DNA_PORT",
        "EFUSE",
        "XADC",
        "SYSMON",
        "GTP",
        "GTX",
        "GTH",
        "GTY",
        "GTM",
        "PCIE",
        "PS7",
        "PS8",
        "VCC",
        "GND",
    ];
    const GATES: [&str; 16] = [
        "and", "or", "nand", "nor", "xor", "xnor", "not", "buf", "bufif0", "bufif1", "notif0", "notif1",
        "tran", "pullup", "pulldown", "cmos",
    ];
    name.starts_with("xpm_")
        || GATES.contains(&name)
        || (name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            && STARTS.iter().any(|s| name.starts_with(s)))
}
