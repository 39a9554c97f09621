// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From modules to a tree of cells under a top, with widths and a netlist digest.

use std::collections::{BTreeMap, BTreeSet};

use super::expr::{Expr, Scope};
use super::{Instance, Item, Module, Port};
use crate::util;

/// One cell below the top.
#[derive(Debug, Clone)]
pub(crate) struct ElabCell {
    pub(crate) path: String,
    pub(crate) module: String,
    pub(crate) ports: Vec<Port>,
    pub(crate) black_box: bool,
    pub(crate) primitive: bool,
    /// File and line of the instance.
    pub(crate) at: (String, usize),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Netlist {
    pub(crate) ports: Vec<Port>,
    pub(crate) cells: Vec<ElabCell>,
    /// Digest of all modules reached, with their parameter values.
    pub(crate) digest: String,
    pub(crate) weight: u64,
    /// Modules reached, in order of first use: name, file, line.
    pub(crate) reached: Vec<(String, String, usize)>,
    /// Instances whose module was not found: module, file, line.
    pub(crate) missing: Vec<(String, String, usize)>,
}

/// More cells than this means that a loop bound was misread.
const MOST_CELLS: usize = 50_000;

/// All modules by name, the later definition of a name winning, as Vivado's compile order has it.
pub(crate) type Library = BTreeMap<String, Module>;

/// Elaborates `top`; modules named in `stubs` become black boxes with their ports.
pub(crate) fn elaborate(
    library: &Library,
    top: &str,
    generics: &Scope,
    stubs: &BTreeSet<String>,
) -> Option<Netlist> {
    let module = library.get(top).or_else(|| library.get(&top.to_lowercase()))?;
    let mut work =
        Work { library, stubs, out: Netlist::default(), parts: Vec::new(), depth: 0, known: BTreeSet::new() };
    let scope = scope(module, generics);
    work.out.ports = ports(module, &scope);
    work.enter(module, &scope, "");
    work.out.digest = util::digest(&work.parts);
    Some(work.out)
}

struct Work<'a> {
    library: &'a Library,
    stubs: &'a BTreeSet<String>,
    out: Netlist,
    parts: Vec<String>,
    depth: u32,
    known: BTreeSet<String>,
}

/// Parameter values of a module under given overrides.
pub(crate) fn scope(module: &Module, overrides: &Scope) -> Scope {
    let mut scope = Scope::new();
    for (name, default, local) in &module.params {
        let given = overrides.get(name).copied().filter(|_| !local);
        if let Some(value) = given.or_else(|| default.value(&scope)) {
            scope.insert(name.clone(), value);
        }
    }
    scope
}

pub(crate) fn ports(module: &Module, scope: &Scope) -> Vec<Port> {
    let range = |r: &Option<(Expr, Expr)>| {
        let (left, right) = r.as_ref()?;
        Some((left.value(scope)?, right.value(scope)?))
    };
    module.ports.iter().map(|p| Port { name: p.name.clone(), dir: p.dir, range: range(&p.range) }).collect()
}

impl Work<'_> {
    fn enter(&mut self, module: &Module, scope: &Scope, prefix: &str) {
        self.parts.push(format!("{prefix} {} {} {scope:?}", module.name, module.digest));
        self.out.weight += module.weight;
        if self.known.insert(module.name.clone()) {
            self.out.reached.push((module.name.clone(), module.file.clone(), module.line));
        }
        self.depth += 1;
        if self.depth < 64 {
            self.items(module, &module.items, scope, prefix);
        }
        self.depth -= 1;
    }

    fn items(&mut self, module: &Module, items: &[Item], scope: &Scope, prefix: &str) {
        // A label makes a scope `label.`; Vivado names the cell `label.inst`, in one level of the path.
        let labelled =
            |label: &str| if label.is_empty() { prefix.to_owned() } else { format!("{prefix}{label}.") };
        for item in items {
            match item {
                Item::Instance(instance) => self.instances(module, instance, scope, prefix),
                Item::Block { label, items } => self.items(module, items, scope, &labelled(label)),
                Item::If { cond, label, then, other_label, other } => {
                    // A condition that cannot be worked out is taken as true: its cells then exist to be found.
                    if cond.value(scope).unwrap_or(1) != 0 {
                        self.items(module, then, scope, &labelled(label));
                    } else {
                        self.items(module, other, scope, &labelled(other_label));
                    }
                }
                Item::For { var, from, until, step, label, items } => {
                    let mut inner = scope.clone();
                    let Some(mut value) = from.value(scope) else { continue };
                    for _ in 0..4096 {
                        inner.insert(var.clone(), value);
                        if until.value(&inner).unwrap_or(0) == 0 || self.out.cells.len() > MOST_CELLS {
                            break;
                        }
                        let name = if label.is_empty() {
                            format!("genblk1[{value}]")
                        } else {
                            format!("{label}[{value}]")
                        };
                        self.items(module, items, &inner, &labelled(&name));
                        match step.value(&inner) {
                            Some(next) if next != value => value = next,
                            _ => break,
                        }
                    }
                }
            }
        }
    }

    fn instances(&mut self, parent: &Module, instance: &Instance, scope: &Scope, prefix: &str) {
        let Some((left, right)) = &instance.range else {
            return self.instance(parent, instance, scope, &format!("{prefix}{}", instance.name));
        };
        let (left, right) = (left.value(scope).unwrap_or(0), right.value(scope).unwrap_or(0));
        for i in left.min(right)..=left.max(right).min(left.min(right) + 4095) {
            self.instance(parent, instance, scope, &format!("{prefix}{}[{i}]", instance.name));
        }
    }

    fn instance(&mut self, parent: &Module, instance: &Instance, scope: &Scope, path: &str) {
        if self.out.cells.len() > MOST_CELLS {
            return;
        }
        let at = (parent.file.clone(), instance.line);
        let name = &instance.module;
        let Some(module) = self.library.get(name).or_else(|| self.library.get(&name.to_lowercase())) else {
            let primitive = is_primitive(name);
            let stub = self.stubs.contains(name);
            if !primitive && !stub {
                self.out.missing.push((name.clone(), at.0.clone(), at.1));
            }
            self.out.cells.push(ElabCell {
                path: path.to_owned(),
                module: name.clone(),
                ports: Vec::new(),
                black_box: !primitive,
                primitive,
                at,
            });
            return;
        };
        let mut given = Scope::new();
        for (i, (key, value)) in instance.params.iter().enumerate() {
            let open = || module.params.iter().filter(|(_, _, local)| !local);
            let key = key.clone().or_else(|| open().nth(i).map(|(n, _, _)| n.clone()));
            if let (Some(key), Some(value)) = (key, value.value(scope)) {
                given.insert(key, value);
            }
        }
        let inner = self::scope(module, &given);
        let stub = self.stubs.contains(name) || module.empty;
        self.out.cells.push(ElabCell {
            path: path.to_owned(),
            module: module.name.clone(),
            ports: ports(module, &inner),
            black_box: stub,
            primitive: false,
            at,
        });
        if stub {
            self.parts.push(format!("{path} {name} black box"));
        } else {
            self.enter(module, &inner, &format!("{path}/"));
        }
    }
}

/// AMD library cells and macros that need no source. By family of names, not one by one.
pub(crate) fn is_primitive(name: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Library, Netlist, Scope, elaborate};

    fn build(files: &[(&str, &str)], top: &str, stubs: &[&str]) -> Netlist {
        let mut library = Library::new();
        for (file, text) in files {
            for module in crate::hdl::read_file(file, text, &[], &|_| None).unwrap() {
                library.insert(module.name.clone(), module);
            }
        }
        let stubs: BTreeSet<String> = stubs.iter().map(|s| (*s).to_owned()).collect();
        elaborate(&library, top, &Scope::new(), &stubs).unwrap()
    }

    const TOP: &str = "// comment\nmodule top #(parameter N = 2) (input clk, input [7:0] a, output wire [N*4-1:0] q, z);\n genvar i;\n generate for (i = 0; i < N; i = i + 1) begin : rpus\n rp #(.W(i+1)) u (.clk(clk), .q(q[i*4 +: 4])); end endgenerate\n BUFG b (.I(clk), .O());\n always @(posedge clk) begin if (a) z <= 1; else begin z <= 0; end end\nendmodule\n";
    const RP: &str = "module rp (clk, q, w); parameter W = 3; input clk; output [3:0] q; output [W-1:0] w; assign q = 4'h3; leaf l (clk); endmodule\nmodule leaf(input c); wire x = c; endmodule";

    #[test]
    fn hierarchy_ports_and_parameters_come_out() {
        let net = build(&[("a.v", TOP), ("b.v", RP)], "top", &[]);
        let paths: Vec<_> = net.cells.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["rpus[0].u", "rpus[0].u/l", "rpus[1].u", "rpus[1].u/l", "b"]);
        let widths: Vec<_> = net.ports.iter().map(|p| (p.name.as_str(), p.width())).collect();
        assert_eq!(widths, [("clk", 1), ("a", 8), ("q", 8), ("z", 8)]);
        let last = &net.cells[2].ports;
        assert_eq!((last[2].name.as_str(), last[2].width()), ("w", 2));
        assert!(net.cells[4].primitive && net.missing.is_empty());
    }

    #[test]
    fn a_stub_hides_what_is_below_from_the_digest() {
        let one = build(&[("a.v", TOP), ("b.v", RP)], "top", &["rp"]);
        let other = build(
            &[("a.v", &TOP.replace("comment", "words")), ("b.v", &RP.replace("4'h3", "4'h4"))],
            "top",
            &["rp"],
        );
        assert_eq!(one.digest, other.digest);
        assert!(one.cells[0].black_box);
        let changed = build(&[("a.v", &TOP.replace("z <= 1", "z <= 2")), ("b.v", RP)], "top", &["rp"]);
        assert_ne!(one.digest, changed.digest);
    }

    #[test]
    fn vhdl_entities_and_instances_are_read() {
        let text = "library ieee; use ieee.all;\nentity Top is generic (W : integer := 4); port (clk, rst : in std_logic; q : out std_logic_vector(W-1 downto 0)); end Top;\narchitecture rtl of Top is component cnt port (c : in std_logic); end component; begin\n u0 : cnt port map (c => clk);\n g : for i in 0 to 1 generate\n u : entity work.leaf generic map (N => 3) port map (c => clk);\n end generate;\n p : process (clk) begin end process;\nend rtl;\nentity leaf is port (c : in std_logic); end entity;";
        let net = build(&[("t.vhd", text)], "top", &["cnt"]);
        let paths: Vec<_> = net.cells.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["u0", "g[0].u", "g[1].u"]);
        assert_eq!(net.ports[2].width(), 4);
    }

    #[test]
    fn faults_name_their_line() {
        let error =
            crate::hdl::read_file("x.v", "module a(input b);\nassign c = (b;\nendmodule\n", &[], &|_| None)
                .unwrap_err();
        assert_eq!((error.line, error.near.as_str()), (3, "endmodule"));
        assert!(crate::hdl::read_file("x.v", "module a(input b);\nassign c = b;\n", &[], &|_| None).is_err());
    }
}
