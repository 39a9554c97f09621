// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Headers as people write them, and what must stay unknown.

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
fn verilog_headers_of_every_form_give_the_same_ports() {
    let want = ["input clk", "input [7:0] d", "output [15:0] q", "inout pad"];
    let forms = [
        "module m(input clk, input [7:0] d, output reg [15:0] q, inout wire pad); endmodule",
        "module m #(parameter W = 8, parameter integer N = 2 * W) (input wire clk, input wire signed [W-1:0] d, output [N-1:0] q, inout pad); endmodule",
        "module m(clk, d, q, pad); parameter W = 8; input clk; input [W-1:0] d; output [2*W-1:0] q; reg [15:0] q; inout pad; function f; input x; f = x; endfunction endmodule",
        "`define W 8\nmodule m (input clk, input [`W-1:0] d, // comment ) (\n output [(`W<<1)-1:0] q, inout pad); endmodule",
        "`ifdef SYNTHESIS\n`ifndef NOT\nmodule m(input clk, [7:0] d, output [15:0] q, inout pad);\n`endif\n`else\nmodule m(input other);\n`endif\nendmodule",
        "(* a = \"module m(x)\" *) module automatic m #(localparam int A = $clog2(200)) (input logic clk, input var logic [A-1:0] d, output logic [A+A-1:0] q = 16'h0, inout tri pad); endmodule",
        "module m(input clk, input [`GIVEN+1:0] d, output [8'd15:0] q, inout pad); endmodule",
        "module m #(parameter [3:0] W = 8)(input clk, input [(W == 8 ? 7 : 3):0] d, output [2*W-1:0] q, inout \\pad ); endmodule",
    ];
    for form in forms {
        assert_eq!(lines(read_text("m.sv", form, &[])), want, "{form}");
    }
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
fn vhdl_entities_are_read() {
    let text = "library ieee; -- entity m is\nentity M is\n generic (W : positive := 4; N : natural := 2**3);\n port (\n clk, reset : in std_logic;\n d : in std_logic_vector(W * 2 - 1 downto 0) := (others => '0');\n q : out ieee.std_logic_1164.std_logic_vector(0 to N)\n );\nend entity M;";
    assert_eq!(
        lines(read_text("m.vhd", text, &[])),
        ["input clk", "input reset", "input [7:0] d", "output [0:8] q"]
    );
}

#[test]
fn what_is_not_certain_is_unknown_and_says_why() {
    let cases = [
        ("m.sv", "module m(input pkg::t d); endmodule", "type `t`"),
        ("m.sv", "module m(input t_s d); endmodule", "type `t_s`"),
        ("m.sv", "module m(input [3:0][7:0] d); endmodule", "more than one dimension"),
        ("m.sv", "module m(input logic d [3:0]); endmodule", "unpacked"),
        ("m.v", "module m #(parameter W = f(3))(input [W-1:0] d); endmodule", "not evaluated"),
        ("m.v", "module m(input [4'd15+4'd1:0] d); endmodule", "sized"),
        ("m.v", "module m(input [W-1:0] d); endmodule", "`W` is not known"),
        ("m.v", "module m #(parameter [1:0] W = 8)(input [W-1:0] d); endmodule", "does not fit"),
        ("m.vhd", "entity m is port (d : in t_bus); end;", "type `t_bus`"),
        ("m.vhd", "entity m is port (d : in std_logic_vector(log2(4) downto 0)); end;", "not evaluated"),
        ("m.v", "module m(input [2147483647+1:0] d); endmodule", "32 bits"),
    ];
    let known = of_stub("module m(d); input [7:0] d; endmodule").unwrap();
    for (name, text, why) in cases {
        let found = read_text(name, text, &[]).unwrap();
        match compare(&known, &found) {
            Comparison::Unknown(reasons) => assert!(reasons.join(" ").contains(why), "{text}: {reasons:?}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    let unread = [
        ("module m(input [`NOWHERE:0] d); endmodule", "`NOWHERE is not defined here"),
        ("`include \"gone.vh\"\nmodule m(input [`W:0] d); endmodule", "gone.vh"),
        ("module m(.a(b)); input b; endmodule", "not understood"),
        ("module m(a", "does not end"),
    ];
    for (text, why) in unread {
        match read_text("m.v", text, &[]) {
            Err(e) => assert!(e.to_string().contains(why), "{text}: {e}"),
            Ok(found) => panic!("{text}: {found:?}"),
        }
    }
    let two = [("m.v", "module m(input [`W:0] d); endmodule"), ("n.v", "`define W 3\nmodule n; endmodule")];
    assert!(read_files(&two, &[]).unwrap_err().to_string().contains("defined in another file"));
    assert!(matches!(
        read_text("m.v", "module other(input m); endmodule", &[]),
        Err(HdlError::NotDeclared(_))
    ));
    let twice = [("a.v", "module m(input a); endmodule"), ("b.v", "module m(input b); endmodule")];
    assert!(matches!(read_files(&twice, &[]), Err(HdlError::Twice { .. })));
}

#[test]
fn a_choice_that_hangs_on_a_doubtful_macro_is_not_made() {
    let text = "`ifdef VIVADO_X\nmodule m(input d);\n`else\nmodule m(input e);\n`endif\nendmodule";
    assert!(matches!(read_text("m.v", text, &[]), Err(HdlError::Unread { .. })));
}

#[test]
fn differences_are_named_on_both_sides() {
    let golden = of_stub("module m(clk, d)\n/* synthesis syn_black_box */;\n  input clk /* synthesis syn_isclock = 1 */;\n  input [7:0]d;\nendmodule").unwrap();
    let now = read_text("m.v", "module m(input clk, input [0:7] d, output q); endmodule", &[]).unwrap();
    assert_eq!(
        compare(&golden, &now),
        Comparison::Different {
            first: vec!["input [7:0] d".into()],
            second: vec!["input [0:7] d".into(), "output q".into()]
        }
    );
    assert_eq!(compare(&golden, &golden), Comparison::Equal);
    let vhdl = "entity m is port (CLK : in std_logic; d : in std_logic_vector(7 downto 0)); end;";
    assert!(matches!(compare(&golden, &read_text("m.vhd", vhdl, &[]).unwrap()), Comparison::Unknown(_)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "(module m|entity m is|port|generic|parameter W = 3|`ifdef|`define|`W|`include \"m.v\"|[#();:,=\\[\\]{}\"'\\\\?]|input|output|[a-z0-9' ]|\n|/\\*|\\(\\*|é){0,60}") {
        let _ = read_text("m.v", &text, &[]);
        let _ = read_text("m.vhd", &text, &[]);
    }
}
