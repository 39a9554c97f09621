// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Board parts that public DFX scripts name. The catalogue is open: any full board VLNV is a board.

/// Vendor, board, latest file version seen in public scripts, the part on it (the boards' user guides).
pub(crate) const BOARDS: [(&str, &str, &str, &str); 44] = [
    ("avnet.com", "auboard_15p", "1.0", "xcau15p-ffvb676-2-e"),
    ("avnet.com", "zedboard", "1.4", "xc7z020clg484-1"),
    ("digilentinc.com", "arty-a7-100", "1.1", "xc7a100tcsg324-1"),
    ("digilentinc.com", "arty-a7-35", "1.1", "xc7a35ticsg324-1L"),
    ("digilentinc.com", "arty-z7-20", "1.1", "xc7z020clg400-1"),
    ("digilentinc.com", "basys3", "1.2", "xc7a35tcpg236-1"),
    ("digilentinc.com", "cora-z7-10", "1.1", "xc7z010clg400-1"),
    ("digilentinc.com", "genesys2", "1.1", "xc7k325tffg900-2"),
    ("digilentinc.com", "nexys-a7-100t", "1.3", "xc7a100tcsg324-1"),
    ("digilentinc.com", "zedboard", "1.1", "xc7z020clg484-1"),
    ("digilentinc.com", "zybo-z7-10", "1.2", "xc7z010clg400-1"),
    ("digilentinc.com", "zybo-z7-20", "1.2", "xc7z020clg400-1"),
    ("realdigital.org", "aup-zu3-8gb", "1.0", "xczu3eg-sfvc784-2-e"),
    ("tul.com.tw", "pynq-z2", "1.0", "xc7z020clg400-1"),
    ("www.digilentinc.com", "pynq-z1", "1.0", "xc7z020clg400-1"),
    ("xilinx.com", "ac701", "1.4", "xc7a200tfbg676-2"),
    ("xilinx.com", "au200", "1.3", "xcu200-fsgd2104-2-e"),
    ("xilinx.com", "au250", "1.4", "xcu250-figd2104-2L-e"),
    ("xilinx.com", "au280", "1.3", "xcu280-fsvh2892-2L-e"),
    ("xilinx.com", "au50", "1.3", "xcu50-fsvh2104-2-e"),
    ("xilinx.com", "au55c", "1.0", "xcu55c-fsvh2892-2L-e"),
    ("xilinx.com", "k26c", "1.4", "xck26-sfvc784-2LV-c"),
    ("xilinx.com", "k26i", "1.4", "xck26-sfvc784-2LVI-i"),
    ("xilinx.com", "kc705", "1.6", "xc7k325tffg900-2"),
    ("xilinx.com", "kcu105", "1.7", "xcku040-ffva1156-2-e"),
    ("xilinx.com", "kcu116", "1.5", "xcku5p-ffvb676-2-e"),
    ("xilinx.com", "kr260_som", "1.1", "xck26-sfvc784-2LV-c"),
    ("xilinx.com", "kv260_som", "1.4", "xck26-sfvc784-2LV-c"),
    ("xilinx.com", "vc707", "1.4", "xc7vx485tffg1761-2"),
    ("xilinx.com", "vck190", "3.2", "xcvc1902-vsva2197-2MP-e-S"),
    ("xilinx.com", "vck5000", "1.0", "xcvc1902-vsvd1760-2MP-e-S"),
    ("xilinx.com", "vcu108", "1.7", "xcvu095-ffva2104-2-e"),
    ("xilinx.com", "vcu118", "2.4", "xcvu9p-flga2104-2L-e"),
    ("xilinx.com", "vcu128", "1.0", "xcvu37p-fsvh2892-2L-e"),
    ("xilinx.com", "vhk158", "1.1", "xcvh1582-vsva3697-2MP-e-S"),
    ("xilinx.com", "vmk180", "3.2", "xcvm1802-vsva2197-2MP-e-S"),
    ("xilinx.com", "vpk120", "1.2", "xcvp1202-vsva2785-2MP-e-S"),
    ("xilinx.com", "zc702", "1.4", "xc7z020clg484-1"),
    ("xilinx.com", "zc706", "1.4", "xc7z045ffg900-2"),
    ("xilinx.com", "zcu102", "3.4", "xczu9eg-ffvb1156-2-e"),
    ("xilinx.com", "zcu104", "1.1", "xczu7ev-ffvc1156-2-e"),
    ("xilinx.com", "zcu106", "2.6", "xczu7ev-ffvc1156-2-e"),
    ("xilinx.com", "zcu111", "1.4", "xczu28dr-ffvg1517-2-e"),
    ("xilinx.com", "zcu208", "2.0", "xczu48dr-fsvg1517-2-e"),
];

/// `vendor:board:part0:version` of every listed board.
pub(crate) fn all() -> Vec<String> {
    BOARDS.iter().map(|(vendor, board, version, _)| format!("{vendor}:{board}:part0:{version}")).collect()
}

/// The part on a board, whatever version of its files: `None` for one that is not listed.
pub(crate) fn part_of(board_part: &str) -> Option<&'static str> {
    let mut words = board_part.split(':');
    let (vendor, board) = (words.next()?, words.next()?);
    let named = |b: &&(&str, &str, &str, &'static str)| b.1 == board;
    let own = BOARDS.iter().filter(named).find(|b| b.0 == vendor);
    own.or_else(|| BOARDS.iter().find(named)).map(|b| b.3)
}

/// Whether a word has the shape of a board part.
pub(crate) fn is_board(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    parts.len() == 4 && parts.iter().all(|p| !p.is_empty() && !p.contains(['*', '?']))
}
