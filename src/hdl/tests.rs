// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sources of a module as a description names them: the reading itself is tested in `dfxkit_hdl`.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use proptest::prelude::{ProptestConfig, proptest};

use super::{Comparison, Given, HdlError, Interface, compare, of_stub, read};
use crate::design::{SourceFile, SourceKind};

fn read_text(name: &str, text: &str, generics: &[(&str, &str)]) -> Result<Interface, HdlError> {
    read_files(&[(name, text)], generics)
}

fn read_files(files: &[(&str, &str)], generics: &[(&str, &str)]) -> Result<Interface, HdlError> {
    let dir = tempfile::tempdir().unwrap();
    let base = Utf8Path::from_path(dir.path()).unwrap();
    let mut sources = Vec::new();
    for (name, text) in files {
        fs_err::write(base.join(name), text).unwrap();
        let kind = SourceKind::of_path(Utf8Path::new(name)).unwrap();
        if Utf8Path::new(name).extension() != Some("vh") {
            sources.push(SourceFile { path: base.join(name), name: Utf8PathBuf::from(*name), kind });
        }
    }
    let generics: IndexMap<String, String> =
        generics.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let defines = IndexMap::from([("GIVEN".to_owned(), "6".to_owned())]);
    read(&sources, "m", Given { defines: &defines, generics: &generics, include_dirs: &[] })
}

fn lines(interface: Result<Interface, HdlError>) -> Vec<String> {
    interface.unwrap().ports.iter().map(ToString::to_string).collect()
}

#[test]
fn generics_of_the_description_count() {
    let text = "module m #(parameter W = 8, localparam L = W)(input [L-1:0] d); endmodule";
    assert_eq!(lines(read_text("m.v", text, &[("W", "16")])), ["input [15:0] d"]);
    assert_eq!(lines(read_text("m.v", text, &[("L", "3")])), ["input [7:0] d"], "a localparam stays");
    let text = "entity M is generic (W : natural := 8); port (d : in std_logic_vector(W-1 downto 0)); end;";
    assert_eq!(lines(read_text("m.vhd", text, &[("w", "4")])), ["input [3:0] d"]);
}

#[test]
fn includes_are_read() {
    let top = "`include \"w.vh\"\nmodule m(input [`W-1:0] d); endmodule";
    assert_eq!(lines(read_files(&[("m.v", top), ("w.vh", "`define W 5\n")], &[])), ["input [4:0] d"]);
}

#[test]
fn packages_and_macros_of_other_files_count_or_leave_a_doubt() {
    let files = [
        ("p.sv", "package p; localparam W = 5; typedef logic [W-1:0] t; endpackage"),
        ("m.sv", "module m import p::*; (input t d, input [W:0] e); endmodule"),
    ];
    assert_eq!(lines(read_files(&files, &[])), ["input [4:0] d", "input [5:0] e"]);
    let files = [
        ("p.vhd", "package p is type r is record a, b : bit; end record; end;"),
        ("m.vhd", "use work.p.all; entity m is port (d : in r); end;"),
    ];
    assert_eq!(lines(read_files(&files, &[])), ["input struct { bit a; bit b; } d"]);
    let two = [("m.v", "module m(input [`W:0] d); endmodule"), ("n.v", "`define W 3\nmodule n; endmodule")];
    assert!(read_files(&two, &[]).unwrap_err().to_string().contains("defined in another file"));
}

#[test]
fn a_module_is_declared_once_or_alike() {
    assert!(matches!(
        read_text("m.v", "module other(input m); endmodule", &[]),
        Err(HdlError::NotDeclared(_))
    ));
    let twice = [("a.v", "module m(input a); endmodule"), ("b.v", "module m(input b); endmodule")];
    assert!(matches!(read_files(&twice, &[]), Err(HdlError::Twice { .. })));
    let alike = [("a.v", "module m(input a); endmodule"), ("b.v", "\nmodule m(input wire a); endmodule")];
    assert_eq!(lines(read_files(&alike, &[])), ["input a"]);
    let broken = read_text("m.v", "module m(a", &[]).unwrap_err();
    assert!(broken.to_string().contains("syntax error"), "{broken}");
}

#[test]
fn a_block_design_is_a_module_of_its_name() {
    let text = r#"{"design": {"design_info": {"name": "m"}, "interface_ports": {"s_axi": {"mode": "Slave", "vlnv": "xilinx.com:interface:aximm_rtl:1.0",
        "port_maps": {"ARADDR": {"physical_name": "s_axi_araddr", "direction": "I", "left": "31", "right": "0"}}}},
        "ports": {"clk": {"type": "clk", "direction": "I"}, "led": {"direction": "O", "left": "3", "right": "0"}}}}"#;
    let found = read_text("m.bd", text, &[]);
    assert_eq!(lines(found), ["input [31:0] s_axi_araddr", "input clk", "output [3:0] led"]);
    // An interface whose signals are not listed is not compared.
    let open = text.replace("port_maps", "other");
    let stub = of_stub(
        "module m(s_axi_araddr, clk, led); input [31:0]s_axi_araddr; input clk; output [3:0]led; endmodule",
    )
    .unwrap();
    let Comparison::Unknown(why) = compare(&stub, &read_text("m.bd", &open, &[]).unwrap()) else { panic!() };
    assert!(why.iter().all(|w| w.contains("s_axi")), "{why:?}");
    assert!(matches!(read_text("m.bd", "{}", &[]), Err(HdlError::Unread { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "(module m|entity m is|port|generic|parameter W = 3|`ifdef|`define|`W|`include \"m.v\"|[#();:,=\\[\\]{}\"'\\\\?]|input|output|[a-z0-9' ]|\n|/\\*|\\(\\*|é){0,60}") {
        let _ = read_text("m.v", &text, &[]);
        let _ = read_text("m.vhd", &text, &[]);
    }
}
