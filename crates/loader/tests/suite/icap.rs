// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The ICAP back ends: what arrives at a character device, and a model of HWICAP's registers.

use std::collections::VecDeque;

use crate::support::{full, partial};
use dfxkit_fabric::codec::{Bitstream, Order};
use dfxkit_loader::{CharDevice, FpgaManager, HwIcap, ImageKind, ManagerError, RegisterError, Registers};

const PART: &str = "xc7z010clg400-1";
const BASE: u64 = 0x4130_0000;

#[test]
fn a_character_device_gets_the_words_in_its_order() {
    let dir = tempfile::tempdir().expect("temp");
    let path = dir.path().join("icap");
    let image = partial(PART, 3, Order::ByteSwapped);
    let mut device = CharDevice::new(&path, Order::BitReversedBytes);
    let missing = device.load(&image, &[0; 32], ImageKind::Partial).expect_err("not there");
    assert!(missing.is_before_the_device());
    fs_err::write(&path, "").expect("made");
    device.load(&image, &[0; 32], ImageKind::Partial).expect("taken");
    let got = fs_err::read(&path).expect("there");
    let stream = Bitstream::parse_as(&got, Some(PART)).expect("a bitstream");
    assert_eq!(stream.order(), Order::BitReversedBytes);
    let sent = Bitstream::parse_as(&image, Some(PART)).expect("ours");
    assert!(stream.words().same(&sent.words()));
    let refused = device.load(&full(PART, 1, Order::Normal), &[0; 32], ImageKind::Full).expect_err("no full");
    assert!(matches!(refused, ManagerError::Refused(_)) && refused.is_before_the_device());
}

/// PG134 as far as a load needs it.
#[derive(Default)]
struct Core {
    fifo: VecDeque<u32>,
    port: Vec<u32>,
    /// Status that it reports at the end.
    status: u32,
    /// Transfers end.
    alive: bool,
    control: u32,
}

impl Registers for Core {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        Ok(match address - BASE {
            0x114 => 64 - self.fifo.len() as u32,
            0x10c => self.control,
            0x110 => self.status,
            other => panic!("read of {other:#x}"),
        })
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        match (address - BASE, value) {
            (0x100, word) => {
                assert!(self.fifo.len() < 64, "no room");
                self.fifo.push_back(word);
            }
            (0x10c, 1) if self.alive => self.port.extend(self.fifo.drain(..)),
            (0x10c, 1) => self.control = 1,
            (0x10c, _) => self.fifo.clear(),
            other => panic!("write of {other:?}"),
        }
        Ok(())
    }
}

#[test]
fn hwicap_gets_every_word_and_its_errors_are_seen() {
    let image = partial(PART, 3, Order::ByteSwapped);
    let words: Vec<u32> = Bitstream::parse_as(&image, Some(PART)).expect("ours").words().iter().collect();
    let mut core = Core { status: 0x105, alive: true, ..Core::default() };
    HwIcap::new(&mut core, BASE).load(&image, &[0; 32], ImageKind::Partial).expect("loads");
    assert_eq!(core.port, words);

    // CFGERR_N low; no EOS.
    for status in [0x005, 0x101] {
        let mut core = Core { status, alive: true, ..Core::default() };
        let error =
            HwIcap::new(&mut core, BASE).load(&image, &[0; 32], ImageKind::Partial).expect_err("refused");
        assert!(matches!(error, ManagerError::NotOperating { .. }), "{error}");
        assert!(!error.is_before_the_device());
    }
    let mut dead = Core::default();
    let mut icap = HwIcap::new(&mut dead, BASE).patience(std::time::Duration::from_millis(5));
    let error = icap.load(&image, &[0; 32], ImageKind::Partial).expect_err("dead");
    assert!(error.to_string().contains("did not come"), "{error}");
}
