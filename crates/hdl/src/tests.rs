// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Texts as people write them, and what must stay unknown.

use std::collections::BTreeSet;

use crate::{
    Comparison, Context, Interface, Language, Library, Netlist, Overrides, Range, compare, elaborate,
    of_stub, read, side_by_side,
};

fn library(files: &[(&str, &str)]) -> Library {
    let mut out = Library::new();
    let defines = [("GIVEN".to_owned(), "6".to_owned())];
    let include = |name: &str, _: &str| {
        files.iter().find(|(n, _)| *n == name).map(|(n, t)| ((*n).to_owned(), (*t).to_owned()))
    };
    for (name, text) in files.iter().filter(|(n, _)| !n.contains(".vh") || n.contains(".vhd")) {
        let context = Context { defines: &defines, include: &include, elsewhere: &[] };
        out.add(read(name, text, Language::of_path(name).unwrap(), &context));
    }
    out
}

fn interface(files: &[(&str, &str)], generics: &[(&str, &str)]) -> Result<Interface, String> {
    let library = library(files);
    let module = library.get("m").ok_or("m is not declared")?;
    library.interface(module, &Overrides::of_texts(generics.iter().copied()))
}

fn lines(files: &[(&str, &str)], generics: &[(&str, &str)]) -> Vec<String> {
    interface(files, generics).unwrap().ports.iter().map(ToString::to_string).collect()
}

fn sv(text: &str) -> Vec<String> {
    lines(&[("m.sv", text)], &[])
}

fn vhdl(text: &str) -> Vec<String> {
    lines(&[("m.vhd", text)], &[])
}

/// Why the range of the first port is unknown.
fn why(name: &str, text: &str) -> String {
    match interface(&[(name, text)], &[]) {
        Err(why) => why,
        Ok(found) => match &found.ports[0].range {
            Range::Unknown(why) => why.clone(),
            other => panic!("{text}: {other:?}"),
        },
    }
}

fn build(files: &[(&str, &str)], top: &str, stubs: &[&str]) -> Netlist {
    let stubs: BTreeSet<String> = stubs.iter().map(|s| (*s).to_owned()).collect();
    elaborate(&library(files), top, &Overrides::default(), &stubs).unwrap()
}

fn paths(net: &Netlist) -> Vec<&str> {
    net.cells.iter().map(|c| c.path.as_str()).collect()
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
        "`define PORT(dir, w, name) dir [w-1:0] name\n`define TWO(a, b = 16) `PORT(input, a, d), `PORT(output, b, q)\nmodule m(input clk, `TWO(8), inout pad); endmodule",
        "`define J(a, b) a``b\nmodule `J(,m)(input `J(c,lk), input [8 'h7:0] d, output [4'd15:0] q, inout pad); endmodule",
        "typedef logic [7:0] byte_t; module m import p::*; (input clk, input byte_t d, output w_t q, inout pad); endmodule package p; typedef logic [15:0] w_t; endpackage",
        "module m(clk, d, q, pad); function integer clogb2; input integer depth; for (clogb2 = 0; depth > 0; clogb2 = clogb2 + 1) depth = depth >> 1; endfunction input clk; input [clogb2(128)-1:0] d; output reg [15:0] q; inout pad; endmodule",
        "package p; localparam W = 4; function automatic int twice(input int x); int y = x; y += x; return y; endfunction endpackage module m(input clk, input [p::twice(p::W)-1:0] d, output [p::twice(8)-1:0] q, inout pad); endmodule",
        "module m #(parameter MODE = \"FAST\", parameter type T = logic [7:0])(input clk, input T d, output [(MODE == \"FAST\" ? 16 : 4)-1:0] q, inout pad); endmodule",
        "typedef enum logic [7:0] {A, B = 15} e; module m(input clk, input e d, output [B:A] q, inout pad); endmodule",
    ];
    for form in forms {
        assert_eq!(sv(form), want, "{form}");
    }
}

#[test]
fn operands_have_the_widths_of_the_language() {
    let cases = [
        ("4'd15+4'd1", 0),
        ("4'd15+1", 16),
        ("{2'b10,2'b01}", 9),
        ("{2{2'b10}}", 10),
        ("-8'sd1+9", 8),
        ("~4'd3", 12),
        ("8'hff>>4", 15),
        ("(3'd7+3'd2)>3'd1", 0),
        ("5'(35)", 3),
        ("$bits(logic [3:0][1:0])", 8),
        ("7/2*2", 6),
        ("2**3**1", 8),
        ("10%4", 2),
        ("!0+&2'b11", 0),
        ("1 ? 4'd3 : 8'd9", 3),
        ("|4'b0100", 1),
        ("^3'b111", 1),
        ("9'h1a5[7:4]", 10),
    ];
    for (text, value) in cases {
        let text = text.replace("9'h1a5[7:4]", "P[7:4]");
        let module = format!("module m #(parameter [8:0] P = 9'h1a5)(input [{text}:0] d); endmodule");
        assert_eq!(sv(&module), [format!("input [{value}:0] d")], "{text}");
    }
    // What is assigned widens its operands.
    assert_eq!(
        sv("module m #(parameter [7:0] W = 4'd15 + 4'd1)(input [W:0] d); endmodule"),
        ["input [16:0] d"]
    );
}

#[test]
fn generics_of_the_description_count() {
    let text = "module m #(parameter W = 8, localparam L = W)(input [L-1:0] d); endmodule";
    assert_eq!(lines(&[("m.v", text)], &[("W", "16")]), ["input [15:0] d"]);
    assert_eq!(lines(&[("m.v", text)], &[("L", "3")]), ["input [7:0] d"], "a localparam stays");
    let text = "entity M is generic (W : natural := 8); port (d : in std_logic_vector(W-1 downto 0)); end;";
    assert_eq!(lines(&[("m.vhd", text)], &[("w", "4")]), ["input [3:0] d"]);
}

#[test]
fn includes_are_read() {
    let top = "`include \"w.vh\"\nmodule m(input [`W-1:0] d); endmodule";
    assert_eq!(lines(&[("m.v", top), ("w.vh", "`define W 5\n")], &[]), ["input [4:0] d"]);
}

#[test]
fn vhdl_entities_are_read() {
    let text = "library ieee; -- entity m is\nentity M is\n generic (W : positive := 4; N : natural := 2**3);\n port (\n clk, reset : in std_logic;\n d : in std_logic_vector(W * 2 - 1 downto 0) := (others => '0');\n q : out ieee.std_logic_1164.std_logic_vector(0 to N)\n );\nend entity M;";
    assert_eq!(vhdl(text), ["input clk", "input reset", "input [7:0] d", "output [0:8] q"]);
    let packages = "package p is constant W : integer := 8; subtype word is std_logic_vector(W-1 downto 0); type bus_t is record a : word; v : std_logic; end record; function log2c(n : integer) return integer; end package;
        package body p is function log2c(n : integer) return integer is variable m, r : integer; begin m := 0; r := 1; while r < n loop m := m + 1; r := r * 2; end loop; return m; end function; end;
        use work.p.all; entity m is port (d : in word; a : in std_logic_vector(log2c(200) - 1 downto 0); x : in unsigned(integer(ceil(log2(real(100)))) - 1 downto 0); b : out bus_t; c : buffer work.p.word); end;";
    assert_eq!(
        vhdl(packages),
        [
            "input [7:0] d",
            "input [7:0] a",
            "input [6:0] x",
            "output struct { [7:0] a; bit v; } b",
            "output [7:0] c"
        ]
    );
}

#[test]
fn what_is_not_certain_is_unknown_and_says_why() {
    let cases = [
        ("m.sv", "module m(input pkg::t d); endmodule", "package pkg is not among"),
        ("m.sv", "module m(input t_s d); endmodule", "type `t_s`"),
        ("m.sv", "module m import gone::*; (input t_s d); endmodule", "package gone"),
        ("m.v", "module m #(parameter W = f(3))(input [W-1:0] d); endmodule", "not evaluated"),
        ("m.v", "module m(input [W-1:0] d); endmodule", "`W` is not known"),
        ("m.v", "module m #(parameter [1:0] W = 8)(input [W-1:0] d); endmodule", "does not fit"),
        ("m.v", "module m #(parameter real W = 8)(input [W-1:0] d); endmodule", "`real`"),
        ("m.v", "module m #(parameter W = 4'b1x)(input [W-1:0] d); endmodule", "no whole number"),
        ("m.vhd", "entity m is port (d : in t_bus); end;", "type `t_bus`"),
        ("m.vhd", "entity m is port (d : in std_logic_vector(log2(4) downto 0)); end;", "not evaluated"),
        ("m.vhd", "entity m is port (d : in integer range 0 to 3); end;", "with a range"),
        ("m.vhd", "entity m is port (d : in std_logic_vector); end;", "left open"),
        ("m.vhd", "entity m is port (d : in std_logic_vector(3 to 0)); end;", "empty"),
        ("m.v", "module m(input [2147483647+1:0] d); endmodule", "32 bits"),
        ("m.v", "module m(input [`NOWHERE:0] d); endmodule", "`NOWHERE is not defined here"),
        ("m.v", "`include \"gone.vh\"\nmodule m(input [`W:0] d); endmodule", "gone.vh"),
        ("m.v", "module m(.a(b)); input b; endmodule", "not understood"),
        ("m.v", "module m(d, e); input d; endmodule", "no declaration"),
        (
            "m.v",
            "`ifdef VIVADO_X\nmodule m(input d);\n`else\nmodule m(input e);\n`endif\nendmodule",
            "VIVADO_X",
        ),
        (
            "m.v",
            "module m(d);\n`ifdef XILINX_Y\ninput [3:0] d;\n`else\ninput d;\n`endif\nendmodule",
            "XILINX_Y",
        ),
        (
            "m.v",
            "module m(d);\nparameter W = 4;\n`ifdef XILINX_Y\nparameter V = 1;\n`else\nparameter V = 2;\n`endif\ninput [V:0] d; endmodule",
            "XILINX_Y",
        ),
        (
            "m.sv",
            "module m(input [f(4):0] d); function int f(int x); while (1) x++; return x; endfunction endmodule",
            "`f` is not known",
        ),
        (
            "m.sv",
            "function int f(int x); while (1) x++; return x; endfunction module m(input [f(4):0] d); endmodule",
            "too long",
        ),
    ];
    for (name, text, want) in cases {
        let found = why(name, text);
        assert!(found.contains(want), "{text}: {found}");
    }
    let other = [("m.v", "module m(input [`W:0] d); endmodule")];
    let mut library = Library::new();
    let context = Context { elsewhere: &["W"], ..Context::EMPTY };
    library.add(read("m.v", other[0].1, Language::Verilog, &context));
    let found = library.interface(library.get("m").unwrap(), &Overrides::default()).unwrap_err();
    assert!(found.contains("defined in another file"), "{found}");
}

#[test]
fn composite_ports_are_compared_with_their_own_kind() {
    let packed = interface(&[("m.sv", "module m(input [3:0][7:0] d); endmodule")], &[]).unwrap();
    assert_eq!(packed.ports[0].range.width(), Some(32));
    let stub = |width: u32| of_stub(&format!("module m(d); input [{width}:0]d; endmodule")).unwrap();
    assert!(matches!(compare(&stub(31), &packed), Comparison::Unknown(_)), "how the bits are named");
    assert!(
        matches!(compare(&stub(7), &packed), Comparison::Different(_)),
        "another width, whatever the names"
    );
    assert_eq!(compare(&packed, &packed.clone()), Comparison::Equal);
    let text = |w: u32| {
        format!(
            "package p; typedef struct packed {{ logic [{w}:0] a; logic v; }} t; endpackage module m(input p::t d, input logic x [2]); endmodule"
        )
    };
    let first = interface(&[("m.sv", &text(3))], &[]).unwrap();
    let second = interface(&[("m.sv", &text(4))], &[]).unwrap();
    assert_eq!(compare(&first, &first.clone()), Comparison::Equal);
    let Comparison::Different(found) = compare(&first, &second) else { panic!() };
    assert_eq!(found.len(), 1);
    // A netlist has the members apart.
    let apart = of_stub("module m(\\x[0] , \\x[1] , \\d[a] , \\d[v] ); input \\x[0] ; input \\x[1] ; input [3:0]\\d[a] ; input \\d[v] ; endmodule").unwrap();
    assert!(matches!(compare(&apart, &first), Comparison::Unknown(_)));
    let bus = "interface bus #(parameter W = 8)(input clk); logic [W-1:0] d; logic v; modport slave(input d, output v); endinterface\n";
    let of = |port: &str| interface(&[("m.sv", &format!("{bus}module m({port}); endmodule"))], &[]).unwrap();
    assert_eq!(compare(&of("bus.slave b, input c"), &of("bus.slave b, input c")), Comparison::Equal);
    assert!(matches!(compare(&of("bus.slave b, input c"), &of("bus b, input c")), Comparison::Unknown(_)));
    assert!(why("m.sv", "module m(gone.slave b); endmodule").contains("not among the sources"));
}

#[test]
fn differences_are_named_on_both_sides_with_their_lines() {
    let golden = of_stub("module m(clk, d)\n/* synthesis syn_black_box */;\n  input clk /* synthesis syn_isclock = 1 */;\n  input [7:0]d;\nendmodule").unwrap();
    let now =
        interface(&[("m.v", "module m(\n  input clk,\n  input [0:7] d,\n  output q);\nendmodule")], &[])
            .unwrap();
    let Comparison::Different(found) = compare(&golden, &now) else { panic!() };
    assert_eq!(
        side_by_side(("golden", &golden), ("m.v", &now), &found),
        [
            "golden (port stub)   | m.v",
            "   4: input [7:0] d  |    3: input [0:7] d",
            "      (no such port) |    4: output q"
        ]
    );
    assert_eq!(compare(&golden, &golden.clone()), Comparison::Equal);
    let vhdl = "entity m is port (CLK : in std_logic; d : in std_logic_vector(7 downto 0)); end;";
    let vhdl = interface(&[("m.vhd", vhdl)], &[]).unwrap();
    assert!(matches!(compare(&golden, &vhdl), Comparison::Unknown(_)));
}

const TOP: &str = "// comment\nmodule top #(parameter N = 2) (input clk, input [7:0] a, output wire [N*4-1:0] q, z);\n genvar i;\n generate for (i = 0; i < N; i = i + 1) begin : rpus\n rp #(.W(i+1)) u (.clk(clk), .q(q[i*4 +: 4])); end endgenerate\n BUFG b (.I(clk), .O());\n always @(posedge clk) begin if (a) z <= 1; else begin z <= 0; end end\nendmodule\n";
const RP: &str = "module rp (clk, q, w); parameter W = 3; input clk; output [3:0] q; output [W-1:0] w; assign q = 4'h3; leaf l (clk); endmodule\nmodule leaf(input c); wire x = c; endmodule";

#[test]
fn hierarchy_ports_and_parameters_come_out() {
    let net = build(&[("a.v", TOP), ("b.v", RP)], "top", &[]);
    assert_eq!(paths(&net), ["rpus[0].u", "rpus[0].u/l", "rpus[1].u", "rpus[1].u/l", "b"]);
    let widths: Vec<_> = net.ports.iter().map(|p| (p.name.as_str(), p.range.width())).collect();
    assert_eq!(widths, [("clk", Some(1)), ("a", Some(8)), ("q", Some(8)), ("z", Some(8))]);
    let last = &net.cells[2].ports;
    assert_eq!((last[2].name.as_str(), last[2].range.width()), ("w", Some(2)));
    assert!(net.cells[4].primitive && net.missing.is_empty() && net.doubts.is_empty());
}

#[test]
fn generates_choose_and_name_as_the_language_says() {
    let text = "module top #(parameter MODE = \"B\", parameter N = 3)(input c);
        generate
          case (MODE) \"A\": leaf x(c); \"B\", \"C\": begin : sel leaf y(c); end default: leaf z(c); endcase
          if (N > 2) leaf w(c); else leaf v(c);
          if (N == 1) begin : one leaf a(c); end else if (N == 3) begin leaf b(c); end else begin : other leaf d(c); end
          for (genvar i = N; i > 0; i -= 2) begin localparam M = i * 2; leaf #(.W(M)) e(c); end
        endgenerate
        leaf arr [1:0] (c), second(c);
        and (c, c); and g1(c, c, c);
        endmodule module leaf #(parameter W = 1)(input [W-1:0] c); wire x = c; endmodule";
    let net = build(&[("t.sv", text)], "top", &[]);
    assert_eq!(
        paths(&net),
        ["sel.y", "genblk2.w", "genblk3.b", "genblk4[3].e", "genblk4[1].e", "arr[0]", "arr[1]", "second"]
    );
    assert_eq!(net.cells[3].ports[0].range.width(), Some(6));
    assert!(net.doubts.is_empty(), "{:?}", net.doubts);
}

#[test]
fn what_is_open_about_the_cells_is_said() {
    for (text, want) in [
        ("module top; `GONE(x) leaf l(); endmodule", "`GONE"),
        ("module top; if (W > 2) leaf l(); endmodule", "`W` is not known"),
        ("module top; `ifdef VIVADO_Z leaf l(); `endif endmodule", "VIVADO_Z"),
        ("module top; leaf l(); defparam l.W = 3; endmodule", "defparam"),
        (
            "module top;\n`pragma protect begin_protected\nZ2Fy' `x \"\n`pragma protect end_protected\nleaf l();\nendmodule",
            "encrypted",
        ),
    ] {
        let net = build(&[("t.sv", text)], "top", &[]);
        assert!(net.doubts.iter().any(|d| d.contains(want)), "{text}: {:?}", net.doubts);
    }
}

#[test]
fn a_stub_hides_what_is_below_from_the_digest() {
    let one = build(&[("a.v", TOP), ("b.v", RP)], "top", &["rp"]);
    let changed = RP.replace("4'h3", "4'h4");
    let other = build(&[("a.v", &TOP.replace("comment", "words")), ("b.v", &changed)], "top", &["rp"]);
    assert_eq!(one.digest, other.digest);
    assert!(one.cells[0].black_box);
    let changed = build(&[("a.v", &TOP.replace("z <= 1", "z <= 2")), ("b.v", RP)], "top", &["rp"]);
    assert_ne!(one.digest, changed.digest);
}

#[test]
fn vhdl_entities_and_instances_are_read() {
    let text = "library ieee; use ieee.all;\nentity Top is generic (W : integer := 4); port (clk, rst : in std_logic; q : out std_logic_vector(W-1 downto 0)); end Top;\narchitecture rtl of Top is component cnt port (c : in std_logic); end component; begin\n u0 : cnt port map (c => clk);\n g : for i in 0 to 1 generate\n u : entity work.leaf generic map (N => 3) port map (c => clk);\n end generate;\n p : process (clk) begin end process;\nend rtl;\nentity leaf is port (c : in std_logic); end entity;\narchitecture a of leaf is begin end;";
    let net = build(&[("t.vhd", text)], "top", &["cnt"]);
    assert_eq!(paths(&net), ["u0", "g[0].u", "g[1].u"]);
    assert_eq!(net.ports[2].range.width(), Some(4));
    let text = "entity top is generic (M : string := \"B\"; N : integer := 2); end;
        architecture rtl of top is component cell is generic (K : integer); port (c : in std_logic); end component;
          for x : cell use entity work.other(deep);
          function f(a : integer) return integer is begin if a > 1 then return 1 + f(a / 2); else return 0; end if; end;
          signal s : std_logic; constant L : integer := f(8); begin
          x : cell generic map (K => 1) port map (c => s);
          y : component cell generic map (1) port map (c => s);
          a : if M = \"A\" generate u : entity work.other; elsif M = \"B\" generate signal t : bit; begin v : entity work.other(flat); end; else generate w : entity work.other; end generate;
          c : case L generate when 1 | 2 => u : entity work.other; when 3 => v : entity work.other(flat); when others => w : entity work.other; end generate;
          d : for i in N downto 1 generate e : if i = 2 generate u : entity work.other(flat); end generate; end generate;
          process begin wait; end process;
        end;
        entity cell is generic (K : integer := 0); port (c : in std_logic); end; architecture a of cell is begin end;
        entity other is end; architecture flat of other is begin end;
        architecture deep of other is begin i : entity work.cell port map (c => '0'); end;";
    let net = build(&[("t.vhd", text)], "top", &[]);
    assert_eq!(paths(&net), ["x", "x/i", "y", "a.v", "c.v", "d[2].e.u"]);
    assert!(net.doubts.is_empty(), "{:?}", net.doubts);
}

#[test]
fn an_architecture_of_another_file_belongs_to_its_entity() {
    let net = build(
        &[
            ("e.vhd", "entity top is end;"),
            ("a.vhd", "architecture a of TOP is begin u : entity work.leaf; end;"),
            ("l.vhd", "entity leaf is end;"),
        ],
        "top",
        &[],
    );
    assert_eq!(paths(&net), ["u"]);
    assert!(net.cells[0].black_box, "an entity without architecture");
}

#[test]
fn faults_name_their_line_and_hide_nothing_else() {
    let unit = read(
        "x.v",
        "module a(input b);\nassign c = (b;\nendmodule\nmodule n(input c); endmodule",
        Language::Verilog,
        &Context::EMPTY,
    );
    assert_eq!((unit.faults[0].line, unit.faults[0].near.as_str()), (3, "endmodule"));
    assert_eq!(unit.modules.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["a", "n"]);
    assert!(unit.modules[0].doubts[0].contains("not understood"));
    let unit = read("x.v", "module a(input b);\nassign c = b;\n", Language::Verilog, &Context::EMPTY);
    assert_eq!(unit.faults.len(), 1);
}

#[test]
fn a_direction_is_not_taken_over_from_an_interface_port() {
    let text = "interface bus; logic d; modport s(input d); endinterface\nmodule m(input a, bus.s b, logic c); endmodule";
    let found = interface(&[("m.sv", text)], &[]).unwrap();
    let last = found.ports.last().unwrap();
    assert_eq!(last.name, "c");
    assert!(matches!(last.direction, crate::Direction::Unknown(_)), "{:?}", last.direction);
}
