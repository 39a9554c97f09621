// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Board parts that public DFX scripts name. The catalogue is open: any full board VLNV is a board.

/// Vendor, board, latest file version seen in public scripts.
pub(crate) const BOARDS: [(&str, &str, &str); 44] = [
    ("avnet.com", "auboard_15p", "1.0"),
    ("avnet.com", "zedboard", "1.4"),
    ("digilentinc.com", "arty-a7-100", "1.1"),
    ("digilentinc.com", "arty-a7-35", "1.1"),
    ("digilentinc.com", "arty-z7-20", "1.1"),
    ("digilentinc.com", "basys3", "1.2"),
    ("digilentinc.com", "cora-z7-10", "1.1"),
    ("digilentinc.com", "genesys2", "1.1"),
    ("digilentinc.com", "nexys-a7-100t", "1.3"),
    ("digilentinc.com", "zedboard", "1.1"),
    ("digilentinc.com", "zybo-z7-10", "1.2"),
    ("digilentinc.com", "zybo-z7-20", "1.2"),
    ("realdigital.org", "aup-zu3-8gb", "1.0"),
    ("tul.com.tw", "pynq-z2", "1.0"),
    ("www.digilentinc.com", "pynq-z1", "1.0"),
    ("xilinx.com", "ac701", "1.4"),
    ("xilinx.com", "au200", "1.3"),
    ("xilinx.com", "au250", "1.4"),
    ("xilinx.com", "au280", "1.3"),
    ("xilinx.com", "au50", "1.3"),
    ("xilinx.com", "au55c", "1.0"),
    ("xilinx.com", "k26c", "1.4"),
    ("xilinx.com", "k26i", "1.4"),
    ("xilinx.com", "kc705", "1.6"),
    ("xilinx.com", "kcu105", "1.7"),
    ("xilinx.com", "kcu116", "1.5"),
    ("xilinx.com", "kr260_som", "1.1"),
    ("xilinx.com", "kv260_som", "1.4"),
    ("xilinx.com", "vc707", "1.4"),
    ("xilinx.com", "vck190", "3.2"),
    ("xilinx.com", "vck5000", "1.0"),
    ("xilinx.com", "vcu108", "1.7"),
    ("xilinx.com", "vcu118", "2.4"),
    ("xilinx.com", "vcu128", "1.0"),
    ("xilinx.com", "vhk158", "1.1"),
    ("xilinx.com", "vmk180", "3.2"),
    ("xilinx.com", "vpk120", "1.2"),
    ("xilinx.com", "zc702", "1.4"),
    ("xilinx.com", "zc706", "1.4"),
    ("xilinx.com", "zcu102", "3.4"),
    ("xilinx.com", "zcu104", "1.1"),
    ("xilinx.com", "zcu106", "2.6"),
    ("xilinx.com", "zcu111", "1.4"),
    ("xilinx.com", "zcu208", "2.0"),
];

/// `vendor:board:part0:version` of every listed board.
pub(crate) fn all() -> Vec<String> {
    BOARDS.iter().map(|(vendor, board, version)| format!("{vendor}:{board}:part0:{version}")).collect()
}

/// Whether a word has the shape of a board part.
pub(crate) fn is_board(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    parts.len() == 4 && parts.iter().all(|p| !p.is_empty() && !p.contains(['*', '?']))
}
