// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Versal, by the names that PYNQ 4.0 reads: a made-up file, since no public one was at hand. `scripts/pynq_compare.py crates/handoff/tests/data`
//! compares the same file with PYNQ itself.

use dfxkit_handoff::hwh::{self, ClockSource, Dialect, IsolationKind};

#[test]
fn clocks_interrupts_gpio_and_regions_of_a_versal() {
    let model = hwh::parse(include_bytes!("data/versal.hwh")).expect("well formed");
    let clocks = model.ps_clocks();
    let found: Vec<_> = clocks.iter().map(|c| (c.index, c.enabled, c.requested_mhz, c.actual_mhz)).collect();
    assert_eq!(
        found,
        [
            (0, true, Some(100.0), Some(99.999_001)),
            (1, false, None, None),
            (2, true, Some(250.0), None),
            (3, false, None, None)
        ]
    );
    assert_eq!(model.clock_source("dec", "aclk"), Some(ClockSource::Processor(0)));

    let interrupts = model.interrupts();
    let of = |module: &str, port: &str| {
        let found = interrupts.iter().find(|i| i.source.module == module && i.source.port == port);
        found.map(|i| (i.controller.as_deref(), i.index, i.raw))
    };
    assert_eq!(of("rp", "irq"), Some((None, 0, Some(116))), "through the decoupler");
    assert_eq!(of("intc", "irq"), Some((None, 0, Some(119))));
    assert_eq!(of("timer", "interrupt"), Some((Some("intc"), 0, None)));
    assert_eq!(of("timer", "second"), Some((Some("intc"), 1, None)));

    let gpio = model.gpio();
    assert_eq!((gpio.len(), gpio[0].slice.as_str(), gpio[0].index), (1, "bit2", 2));

    let regions = model.partial_regions();
    assert_eq!(regions[0].dialect, Dialect::BlockContainer);
    assert_eq!(regions[0].candidates, ["adder", "multer"]);
    assert_eq!(regions[0].apertures[0].base, 0x201_0000_0000, "beyond 32 bits");
    assert_eq!(regions[0].guarded_by, ["dec"]);
    let isolation = model.isolation();
    assert_eq!((isolation[0].kind, isolation[0].address), (IsolationKind::Decoupler, Some(0xa401_0000)));

    // What crosses the boundary of a module that is loaded there, and a join beyond 32 bits.
    let rm = model.without_modules("adder_inst_0", "made up").replace(
        "<EXTERNALPORTS/>\n  <EXTERNALINTERFACES/>\n  <MODULES/>",
        "<EXTERNALPORTS><PORT DIR=\"O\" NAME=\"irq\" SIGIS=\"INTERRUPT\" SIGNAME=\"x\"><CONNECTIONS><CONNECTION INSTANCE=\"add\" PORT=\"interrupt\"/>\
         </CONNECTIONS></PORT></EXTERNALPORTS><EXTERNALINTERFACES><BUSINTERFACE NAME=\"S_AXI\" TYPE=\"SLAVE\" BUSNAME=\"b\"><MEMORYMAP>\
         <MEMRANGE ADDRESSBLOCK=\"Reg\" BASEVALUE=\"0x100\" HIGHVALUE=\"0x1FF\" INSTANCE=\"add\" MASTERBUSINTERFACE=\"S_AXI\" MEMTYPE=\"REGISTER\" \
         SLAVEBUSINTERFACE=\"s\"/></MEMORYMAP></BUSINTERFACE></EXTERNALINTERFACES><MODULES><MODULE FULLNAME=\"/add\" INSTANCE=\"add\" \
         VLNV=\"example.org:user:add:1.0\"><PORTS><PORT DIR=\"O\" NAME=\"interrupt\" SIGIS=\"INTERRUPT\" SIGNAME=\"x\"/></PORTS></MODULE></MODULES>",
    );
    let rm_model = hwh::parse(rm.as_bytes()).expect("well formed");
    let own = model.module_interrupts("rp", &rm_model);
    assert_eq!((own.len(), own[0].source.module.as_str(), own[0].raw), (1, "add", Some(116)));
    let joined = hwh::join(&model, &rm_model, "rp").expect("it fits");
    assert_eq!((joined.ranges[0].base, joined.ranges[0].high), (0x201_0000_0100, 0x201_0000_01ff));
    // A module that is larger than its window is refused.
    let large = hwh::parse(rm.replace("0x1FF", "0x10000").as_bytes()).expect("well formed");
    assert!(hwh::join(&model, &large, "rp").is_err());
}
