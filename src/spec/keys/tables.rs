// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables of a `dfx.toml` with their keys. Texts are Markdown, one sentence or two.

use super::Need::{Default, Optional, Required};
use super::{KeyDef, Kind, Need, TableDef};

const fn key(name: &'static str, kind: Kind, need: Need, example: &'static str, doc: &'static str) -> KeyDef {
    KeyDef { name, kind, need, doc, example }
}

/// The top level.
pub static ROOT: TableDef = TableDef {
    header: "",
    doc: "A description of one design with its partitions and modules.",
    keys: &[
        key("project", Kind::Table(&PROJECT), Required, "", "The project."),
        key("static", Kind::Table(&STATIC), Required, "", "The static design."),
        key(
            "partitions",
            Kind::NamedTables(&PARTITION),
            Required,
            "",
            "The reconfigurable partitions, by name.",
        ),
        key("modules", Kind::NamedTables(&MODULE), Required, "", "The reconfigurable modules, by name."),
        key(
            "configurations",
            Kind::NamedTables(&CONFIGURATION),
            Optional,
            "",
            "The configurations, by name. Leave them all out and the smallest covering set is chosen.",
        ),
        key("build", Kind::Table(&BUILD), Optional, "", "How it is built."),
        key("gates", Kind::Table(&GATES), Optional, "", "What a build must pass."),
        key("kit", Kind::Table(&KIT), Optional, "", "What the kit holds."),
    ],
};

/// `[project]`
pub static PROJECT: TableDef = TableDef {
    header: "[project]",
    doc: "What is built, for which part, with which Vivado.",
    keys: &[
        key(
            "name",
            Kind::Text,
            Required,
            "\"conv\"",
            "Name of the project, of its Vivado project and of its kits: letters, digits, `_`, `-` and `.`.",
        ),
        key(
            "version",
            Kind::Text,
            Required,
            "\"1.0.0\"",
            "Version of the product. Free form without blanks; names the kits.",
        ),
        key(
            "part",
            Kind::Text,
            Required,
            "\"xc7z020clg400-1\"",
            "The part with package and speed grade, as Vivado takes it.",
        ),
        key(
            "board",
            Kind::Text,
            Optional,
            "\"tul.com.tw:pynq-z2:part0:1.0\"",
            "The board part: vendor, board, file and version.",
        ),
        key(
            "vivado",
            Kind::Text,
            Optional,
            "\"2024.2\"",
            "The Vivado release that the project is bound to. A golden archive can only be used with the release that made it.",
        ),
    ],
};

/// `[static]`
pub static STATIC: TableDef = TableDef {
    header: "[static]",
    doc: "The part of the design that stays.",
    keys: &[
        key("top", Kind::Text, Required, "\"top\"", "The top module."),
        key(
            "sources",
            Kind::TextList,
            Required,
            "[\"rtl/static/**/*.v\"]",
            "Source files and patterns, relative to the description: Verilog, SystemVerilog, VHDL, `.xci`, `.bd`, `.dcp`, netlists, memory files, or a block-design `.tcl`.",
        ),
        key(
            "constraints",
            Kind::TextList,
            Default("[]"),
            "[\"xdc/pins.xdc\"]",
            "Constraint files and patterns: `.xdc`, or `.tcl` that Vivado reads as unmanaged Tcl.",
        ),
        key(
            "include-dirs",
            Kind::TextList,
            Default("[]"),
            "[\"rtl/include\"]",
            "Directories for Verilog includes.",
        ),
        key("defines", Kind::TextMap, Default("{}"), "{ WIDTH = 8 }", "Verilog macros."),
        key("generics", Kind::TextMap, Default("{}"), "{ WIDTH = 8 }", "Generics and parameters of the top."),
    ],
};

/// `[partitions.NAME]`
pub static PARTITION: TableDef = TableDef {
    header: "[partitions.NAME]",
    doc: "A reconfigurable partition: a cell of the static design whose contents can be exchanged.",
    keys: &[
        key(
            "cell",
            Kind::Text,
            Required,
            "\"system_i/conv\"",
            "Hierarchical path of the cell in the static design.",
        ),
        key(
            "module",
            Kind::Text,
            Required,
            "\"conv_rp\"",
            "The RTL module that the static design instantiates there.",
        ),
        key(
            "pblock",
            Kind::Table(&PBLOCK),
            Optional,
            "{ ranges = [\"SLICE_X50Y50:SLICE_X57Y99\"] }",
            "The Pblock. Leave it out when a constraint file of the static design holds it.",
        ),
        key(
            "constraints",
            Kind::TextList,
            Default("[]"),
            "[\"xdc/conv_boundary.xdc\"]",
            "Constraints of the partition's boundary, applied with the static design.",
        ),
        key(
            "decoupler",
            Kind::Table(&DECOUPLER),
            Optional,
            "{ address = 0x4120_0000 }",
            "The decoupler, for the loader.",
        ),
        key(
            "reset",
            Kind::Table(&RESET),
            Optional,
            "{ address = 0x4121_0000 }",
            "The partition's reset, which the loader holds while it loads.",
        ),
    ],
};

/// `partitions.NAME.pblock`
pub static PBLOCK: TableDef = TableDef {
    header: "[partitions.NAME.pblock]",
    doc: "The Pblock of a partition, written to a generated XDC file.",
    keys: &[
        key(
            "ranges",
            Kind::TextList,
            Required,
            "[\"SLICE_X50Y50:SLICE_X57Y99\", \"RAMB36_X3Y10:RAMB36_X3Y19\"]",
            "Site ranges, each `TYPE_XaYb:TYPE_XcYd`.",
        ),
        key(
            "snapping-mode",
            Kind::Word(&[
                ("off", "the edges stay as drawn"),
                ("on", "shrunk to legal edges"),
                ("routing", "shrunk, and columns that cannot be reconfigured are spanned for routing"),
            ]),
            Optional,
            "\"on\"",
            "`SNAPPING_MODE`. Later families than 7 series always snap.",
        ),
        key(
            "reset-after-reconfig",
            Kind::Bool,
            Optional,
            "true",
            "`RESET_AFTER_RECONFIG`: 7 series only; needs a Pblock that is aligned to clock regions vertically.",
        ),
        key(
            "name",
            Kind::Text,
            Optional,
            "\"pblock_conv\"",
            "Name of the Pblock; by default `pblock_` and the cell path.",
        ),
    ],
};

/// `partitions.NAME.decoupler`
pub static DECOUPLER: TableDef = TableDef {
    header: "[partitions.NAME.decoupler]",
    doc: "The logic that isolates the partition while it is loaded.",
    keys: &[key(
        "address",
        Kind::Integer { min: 0, max: u64::MAX as i128 },
        Required,
        "0x4120_0000",
        "Physical address of its register.",
    )],
};

/// `partitions.NAME.reset`
pub static RESET: TableDef = TableDef {
    header: "[partitions.NAME.reset]",
    doc: "Bits of a register (of a GPIO, usually) that reset what is in the partition. The loader asserts them before it loads and releases them after.",
    keys: &[
        key(
            "address",
            Kind::Integer { min: 0, max: u64::MAX as i128 },
            Required,
            "0x4121_0000",
            "Physical address of the register.",
        ),
        key("mask", Kind::Integer { min: 1, max: u32::MAX as i128 }, Default("1"), "0x4", "Its bits."),
        key("active-low", Kind::Bool, Default("false"), "true", "True when zeros reset."),
        key(
            "hold-us",
            Kind::Integer { min: 0, max: 10_000_000 },
            Default("10"),
            "100",
            "Microseconds that it stays asserted after the load: some clocks of the module's slowest clock.",
        ),
    ],
};

/// `modules.NAME.id`
pub static ID: TableDef = TableDef {
    header: "[modules.NAME.id]",
    doc: "A register that only this module answers so. The loader reads it after every load, and closes the partition again when another value is there.",
    keys: &[
        key(
            "address",
            Kind::Integer { min: 0, max: u64::MAX as i128 },
            Required,
            "0x43c0_0070",
            "Physical address of the register.",
        ),
        key("value", Kind::Integer { min: 0, max: u32::MAX as i128 }, Required, "0x33", "What it reads."),
        key(
            "mask",
            Kind::Integer { min: 1, max: u32::MAX as i128 },
            Default("0xffff_ffff"),
            "0xff",
            "Bits that count.",
        ),
        key(
            "timeout-us",
            Kind::Integer { min: 0, max: 10_000_000 },
            Default("0"),
            "1000",
            "Microseconds that the module may take until it answers so; 0: one look.",
        ),
    ],
};

/// `[modules.NAME]`
pub static MODULE: TableDef = TableDef {
    header: "[modules.NAME]",
    doc: "A reconfigurable module: one content of a partition.",
    keys: &[
        key("partition", Kind::Text, Required, "\"conv\"", "The partition that it fits."),
        key(
            "top",
            Kind::Text,
            Optional,
            "\"conv_rp\"",
            "Top module of its sources; by default the partition's `module`.",
        ),
        key(
            "sources",
            Kind::TextList,
            Default("[]"),
            "[\"rtl/conv/**/*.v\"]",
            "Source files and patterns; needed unless it is a greybox.",
        ),
        key(
            "constraints",
            Kind::TextList,
            Default("[]"),
            "[\"xdc/conv.xdc\"]",
            "Its own constraints, scoped to the cell.",
        ),
        key(
            "include-dirs",
            Kind::TextList,
            Default("[]"),
            "[\"rtl/include\"]",
            "Directories for Verilog includes.",
        ),
        key("defines", Kind::TextMap, Default("{}"), "{ WIDTH = 8 }", "Verilog macros."),
        key("generics", Kind::TextMap, Default("{}"), "{ WIDTH = 8 }", "Generics and parameters of its top."),
        key(
            "greybox",
            Kind::Bool,
            Default("false"),
            "true",
            "True for the blank module that Vivado makes itself (constant outputs): no sources, no top.",
        ),
        key(
            "drivers",
            Kind::TextList,
            Default("[]"),
            "[\"acme.com:hls:conv:1.0\"]",
            "Names that the kit's user binds drivers to.",
        ),
        key(
            "id",
            Kind::Table(&ID),
            Optional,
            "{ address = 0x43c0_0070, value = 0x33 }",
            "Its id register, which the loader reads after every load.",
        ),
    ],
};

/// `[configurations.NAME]`
pub static CONFIGURATION: TableDef = TableDef {
    header: "[configurations.NAME]",
    doc: "One module in every partition. Exactly one configuration is the parent, which implements the static design.",
    keys: &[
        key(
            "parent",
            Kind::Bool,
            Default("false"),
            "true",
            "True for the one that implements the static design.",
        ),
        key("modules", Kind::TextMap, Required, "{ conv = \"conv3x3-8bit\" }", "Partition to module."),
    ],
};

/// `[build]`
pub static BUILD: TableDef = TableDef {
    header: "[build]",
    doc: "How it is built.",
    keys: &[
        key(
            "flow",
            Kind::Word(&[
                ("project", "Vivado's project mode: partition definitions, configurations, child runs"),
                ("non-project", "one checkpoint-to-checkpoint script a step"),
            ]),
            Default("\"project\""),
            "\"project\"",
            "The flow.",
        ),
        key(
            "shell",
            Kind::Word(&[
                ("standard", "children link against the whole locked static design"),
                (
                    "abstract",
                    "children link against an abstract shell of their partition (UltraScale+ and Versal)",
                ),
            ]),
            Default("\"standard\""),
            "\"standard\"",
            "What children link against.",
        ),
        key(
            "abstract-shells",
            Kind::Bool,
            Default("false"),
            "true",
            "Also write an abstract shell of every partition after the parent, for the golden archive (UltraScale+).",
        ),
        key("jobs", Kind::Integer { min: 1, max: 512 }, Default("2"), "4", "Vivado runs at once."),
        key(
            "directory",
            Kind::Text,
            Default("\"build\""),
            "\"build\"",
            "Where everything is built: a directory below the description.",
        ),
        key("synth", Kind::Table(&RUN), Optional, "", "Synthesis of the static design."),
        key("module-synth", Kind::Table(&RUN), Optional, "", "Out-of-context synthesis of the modules."),
        key("implementation", Kind::Table(&RUN), Optional, "", "Implementation, parent and children."),
        key(
            "hooks",
            Kind::NamedTables(&HOOK),
            Optional,
            "",
            "Tcl scripts of the user around Vivado's steps: `place_design.pre = \"hooks/before.tcl\"`.",
        ),
        key("bin-file", Kind::Bool, Default("false"), "true", "Also write `.bin` from Vivado."),
        key(
            "bitstream",
            Kind::TextMap,
            Default("{}"),
            "{ \"BITSTREAM.GENERAL.COMPRESS\" = \"TRUE\" }",
            "Bitstream properties of the design.",
        ),
        key(
            "timeout-minutes",
            Kind::Integer { min: 1, max: 100_000 },
            Optional,
            "600",
            "Minutes after which a Vivado step is given up; left out, it is waited for.",
        ),
    ],
};

/// `[build.synth]` and its like
pub static RUN: TableDef = TableDef {
    header: "[build.synth], [build.module-synth], [build.implementation]",
    doc: "Options of Vivado runs.",
    keys: &[
        key("strategy", Kind::Text, Optional, "\"Performance_Explore\"", "`STRATEGY` of the run."),
        key(
            "directives",
            Kind::TextMap,
            Default("{}"),
            "{ place_design = \"Explore\" }",
            "Step to directive.",
        ),
    ],
};

/// `[build.hooks.STEP]`
pub static HOOK: TableDef = TableDef {
    header: "[build.hooks.STEP]",
    doc: "Scripts around one of Vivado's steps, for instance `place_design`.",
    keys: &[
        key(
            "pre",
            Kind::Text,
            Optional,
            "\"hooks/before.tcl\"",
            "Sourced before the step, in the run's directory.",
        ),
        key(
            "post",
            Kind::Text,
            Optional,
            "\"hooks/after.tcl\"",
            "Sourced after the step, in the run's directory.",
        ),
    ],
};

/// `[gates]`
pub static GATES: TableDef = TableDef {
    header: "[gates]",
    doc: "What a build must pass. All are on by default; one that is turned off is named in every report and kit.",
    keys: &[
        key("timing", Kind::Bool, Default("true"), "true", "Timing met in every configuration."),
        key("route", Kind::Bool, Default("true"), "true", "No net with routing errors."),
        key(
            "critical-warnings",
            Kind::Bool,
            Default("true"),
            "true",
            "No critical warning outside the reviewed list.",
        ),
        key("pr-verify", Kind::Bool, Default("true"), "true", "`pr_verify` passed and was not vacuous."),
        key("bit-proofs", Kind::Bool, Default("true"), "true", "The bit proofs on the bitstreams."),
        key("allow", Kind::TableList(&ALLOW), Default("[]"), "", "Reviewed critical warnings."),
    ],
};

/// `[[gates.allow]]`
pub static ALLOW: TableDef = TableDef {
    header: "[[gates.allow]]",
    doc: "A critical warning that somebody reviewed.",
    keys: &[
        key("id", Kind::Text, Required, "\"Constraints 18-5648\"", "Message id: facility and number."),
        key(
            "contains",
            Kind::Text,
            Optional,
            "\"pblock_conv\"",
            "Only when the message holds this text; left out: any text.",
        ),
        key(
            "reason",
            Kind::Text,
            Required,
            "\"reviewed 2026-11-20: narrow on purpose\"",
            "Why it is harmless here.",
        ),
    ],
};

/// `[kit]`
pub static KIT: TableDef = TableDef {
    header: "[kit]",
    doc: "What the kit holds.",
    keys: &[
        key(
            "formats",
            Kind::WordList(&[
                ("pynq", "pairs of .bit and .hwh with equal stems"),
                ("fpga-manager", ".bin in the byte order of the target's FPGA manager"),
                ("dfx-mgr", "the tree of dfx-mgr"),
                ("raw", "plain .bit"),
            ]),
            Default("[\"pynq\", \"fpga-manager\", \"raw\"]"),
            "[\"raw\"]",
            "What goes in.",
        ),
        key(
            "signing-key",
            Kind::Text,
            Optional,
            "\"env:RELEASE_KEY\"",
            "File with the secret key (minisign) that kits are signed with, relative to the description, or `env:NAME`: the variable NAME holds the file's name. Never the key itself.",
        ),
    ],
};
