// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bitstreams: any bytes are read or refused, in every byte order, and their frames can be listed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(bitstream) = dfxkit_fabric::codec::Bitstream::parse(bytes) {
        let _ = (bitstream.written().len(), bitstream.crc_ok(), bitstream.kind());
    }
    // Without a header the parts of small dies keep the inputs short.
    if let Ok(bitstream) = dfxkit_fabric::codec::Bitstream::parse_as(bytes, Some("xc7z010clg400-1")) {
        let _ = bitstream.written().len();
    }
});
