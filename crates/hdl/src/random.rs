// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Any text is read: no panic, no endless loop, no deep stack.

use std::collections::BTreeSet;

use proptest::prelude::{ProptestConfig, Strategy, proptest};

use crate::{Context, Language, Library, Overrides, bd, compare, elaborate, of_stub, read};

const SEEDS: [&str; 4] = [
    include_str!("../../../fuzz/seeds/hdl/module.sv"),
    include_str!("../../../fuzz/seeds/hdl/entity.vhd"),
    include_str!("../../../crosscheck/hdl/headers.sv"),
    include_str!("../../../crosscheck/hdl/trees.sv"),
];

fn all(text: &str) {
    for language in [Language::Verilog, Language::Vhdl] {
        let mut library = Library::new();
        library.add(read("a", text, language, &Context::EMPTY));
        for module in library.modules().take(4) {
            if let Ok(interface) = library.interface(module, &Overrides::default()) {
                let _ = compare(&interface, &interface);
            }
            let _ = elaborate(&library, &module.name, &Overrides::default(), &BTreeSet::new());
        }
    }
    let _ = of_stub(text);
    let _ = bd::read(text);
}

/// A seed with some of its words taken out, doubled or exchanged.
fn mutated() -> impl Strategy<Value = String> {
    let edits = proptest::collection::vec((0..2000_usize, 0..2000_usize, 0..4_u8), 1..6);
    (0..SEEDS.len(), edits).prop_map(|(seed, edits)| {
        let mut words: Vec<&str> = SEEDS[seed].split(' ').collect();
        for (a, b, kind) in edits {
            let (a, b) = (a % words.len(), b % words.len());
            match kind {
                0 => words[a] = "",
                1 => words[a] = words[b],
                2 => words.swap(a, b),
                _ => words.insert(a, words[b]),
            }
        }
        words.join(" ")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn words_of_the_languages(text in "(module m|entity m is|endmodule|architecture a of m is|begin|end|port|generic|generate|for|if|case|function|parameter W = 3|`ifdef|`define|`endif|`W|`include \"m.v\"|package|import|typedef struct|enum|[#();:,=\\[\\]{}\"'\\\\?]|input|output|[a-z0-9' ]|\n|/\\*|\\(\\*|é){0,80}") {
        all(&text);
    }

    #[test]
    fn mutated_sources(text in mutated()) {
        all(&text);
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        all(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn nesting_and_doubling_end() {
    let deep = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    for text in [
        format!("module m(input [{}:0] a); endmodule", deep("(", ")", 20_000)),
        format!("module m(input [{}1:0] a); endmodule", "-".repeat(100_000)),
        format!("module m(input [{}:0] a); endmodule", "1?".repeat(50_000)),
        format!("module m(input [1{}:0] a); endmodule", "**1".repeat(50_000)),
        format!("module m; {} endmodule", "begin ".repeat(100_000)),
        format!("module m; {} u(); endmodule", "if (1) ".repeat(100_000)),
        format!("module m; initial {} ; endmodule", "if (1) ".repeat(100_000)),
        format!("module m; initial {} ; endmodule", "# 1 ".repeat(100_000)),
        format!("module m; for (genvar i = 0; i < 2000000000; i++) {} endmodule", "leaf u();"),
        format!("entity m is generic (a : integer := {}); end;", deep("(", ")", 50_000)),
        format!("entity m is generic (a : integer := {} 1); end;", "not ".repeat(50_000)),
        format!("architecture a of m is begin {}", "g : if 1 generate ".repeat(20_000)),
        format!("package p is function f return integer is begin {}", "if 1 then ".repeat(20_000)),
        format!("typedef {} t;", "struct {".repeat(20_000)),
        "module m #(parameter N = 1) (); m #(N + 1) a(); m #(N + 2) b(); endmodule".to_owned(),
    ] {
        all(&text);
    }
    // Macros that double themselves.
    let mut doubling = String::from("`define A0 x x x x x x x x\n");
    for i in 1..16 {
        doubling.push_str(&format!("`define A{i} `A{} `A{0} `A{0} `A{0}\n", i - 1));
    }
    all(&format!("{doubling}module m; `A15 endmodule"));
    all("`define A `A\nmodule m; `A endmodule");
}
