// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The HDL reader: any text is read in either language, its ports and its tree worked out, within bounded time and stack.
#![no_main]

use std::collections::BTreeSet;

use dfxkit_hdl::{Context, Language, Library, Overrides, bd, compare, elaborate, of_stub, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut library = Library::new();
    library.add(read("a.sv", text, Language::Verilog, &Context::EMPTY));
    library.add(read("a.vhd", text, Language::Vhdl, &Context::EMPTY));
    let given = Overrides::of_texts([("W", text.get(..8).unwrap_or("3"))]);
    for module in library.modules().take(4) {
        if let Ok(interface) = library.interface(module, &given) {
            let _ = compare(&interface, &interface);
        }
        let _ = elaborate(&library, &module.name, &given, &BTreeSet::new());
    }
    let _ = of_stub(text);
    let _ = bd::read(text);
});
