// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! MCAP on a model of its capability, as far as a load needs it.

use std::time::Duration;

use crate::support::{clear, full, partial};
use dfxkit_fabric::codec::{Bitstream, Order};
use dfxkit_loader::{FpgaManager, ImageKind, ManagerError, Mcap, PciConfig, RegisterError, Registers};

const PART: &str = "xcku040-ffva1156-2-e";
const NOOP: u32 = 0x2000_0000;
/// Where the capability lies, behind another one.
const AT: u64 = 0x3a0;

#[derive(Debug, Default)]
struct Device {
    words: Vec<u32>,
    control: u32,
    controls: Vec<u32>,
    /// Looks at the status until EOS is set; none: it never is.
    looks: Option<usize>,
    error: u32,
    /// Looks until whoever has the port lets go; none: never.
    taken: Option<usize>,
}

impl Registers for Device {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        Ok(match address {
            0x100 => 0x1c00_0000 | 0x0001, // AER, next 0x1c0
            0x1c0 => 0x3a00_0000 | 0x000b, // vendor-specific, another one
            0x1c4 => 0x0c01_0020,
            AT => 0x000b,
            a if a == AT + 4 => 0x02c0_0001,
            a if a == AT + 0x10 => {
                let taken = match &mut self.taken {
                    Some(0) => 0,
                    Some(n) => {
                        *n -= 1;
                        1 << 24
                    }
                    None => 1 << 24,
                };
                let eos = match &mut self.looks {
                    Some(0) => 2,
                    Some(n) => {
                        *n -= 1;
                        0
                    }
                    None => 0,
                };
                taken | eos | self.error
            }
            a if a == AT + 0x14 => self.control,
            other => panic!("read of {other:#x}"),
        })
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        match address - AT {
            0x14 => {
                self.control = value;
                self.controls.push(value);
            }
            0x18 => {
                assert_eq!(self.control & 0x1_0133, 0x1_0101, "enabled for writing, no reset, no read");
                self.words.push(value);
            }
            other => panic!("write of {other:#x}"),
        }
        Ok(())
    }
}

fn fast(device: &mut Device) -> Mcap<&mut Device> {
    Mcap::find(device).expect("there").patience(Duration::from_millis(5), Duration::from_millis(1))
}

#[test]
fn every_word_arrives_by_value_and_the_control_register_is_put_back() {
    let image = partial(PART, 3, Order::Normal);
    let words: Vec<u32> = Bitstream::parse_as(&image, Some(PART)).expect("ours").words().iter().collect();
    let mut device = Device { looks: Some(2), taken: Some(0), control: 0x40, ..Device::default() };
    let mut mcap = fast(&mut device);
    assert!(mcap.takes(Order::Normal) && mcap.takes(Order::ByteSwapped) && mcap.is_real());
    mcap.load(&image, &[0; 32], ImageKind::Partial).expect("loads");
    assert_eq!(device.words[..words.len()], words);
    let behind = &device.words[words.len()..];
    assert!(
        !behind.is_empty() && behind.iter().all(|w| *w == NOOP),
        "no-operations until the end of startup"
    );
    assert_eq!(device.control, 0x1040, "as before, and the design of the bitstream runs");

    let image = clear(PART, 3, Order::ByteSwapped);
    let mut device = Device { looks: Some(0), taken: Some(3), ..Device::default() };
    fast(&mut device).load(&image, &[0; 32], ImageKind::Clear).expect("loads");
    assert_eq!(device.control, 0, "a clearing image brings no design");
    assert_eq!(device.controls[0], 0x101, "the port was asked for");
}

#[test]
fn failures_are_seen_and_reset_the_port() {
    let image = partial(PART, 3, Order::Normal);
    for (looks, error) in [(None, 0), (Some(0), 1), (Some(0), 0x100)] {
        let mut device = Device { looks, error, taken: Some(0), control: 0x40, ..Device::default() };
        let failure = fast(&mut device).load(&image, &[0; 32], ImageKind::Partial).expect_err("refused");
        assert!(matches!(failure, ManagerError::NotOperating { .. }), "{failure}");
        assert!(!failure.is_before_the_device());
        assert!(device.controls.iter().any(|c| c & 0x30 == 0x30), "reset: {:x?}", device.controls);
        assert_eq!(device.control, 0x40, "as before");
    }
    // Somebody keeps the port: nothing was written to it.
    let mut device = Device { looks: Some(0), ..Device::default() };
    let failure = fast(&mut device).load(&image, &[0; 32], ImageKind::Partial).expect_err("taken");
    assert!(matches!(failure, ManagerError::Busy { .. }) && failure.is_before_the_device(), "{failure}");
    assert!(device.words.is_empty());
    assert_eq!(device.control, 0);
    let mut device = Device::default();
    let failure =
        fast(&mut device).load(&full("xc7z010clg400-1", 1, Order::Normal), &[0; 32], ImageKind::Full);
    assert!(matches!(failure, Err(ManagerError::Refused(_))));
}

#[test]
fn the_configuration_space_is_a_file_and_its_list_may_be_anything() {
    let dir = tempfile::tempdir().expect("temp");
    let device = dir.path().join("sys/bus/pci/devices/0000:01:00.0");
    fs_err::create_dir_all(&device).expect("made");
    let mut space = vec![0_u8; 4096];
    let put =
        |space: &mut Vec<u8>, at: usize, word: u32| space[at..at + 4].copy_from_slice(&word.to_le_bytes());
    // A list that runs in a ring ends all the same.
    put(&mut space, 0x100, 0x1000_0000 | 0x0001);
    fs_err::write(device.join("config"), &space).expect("written");
    let none = Mcap::open(dir.path(), "0000:01:00.0").expect_err("no MCAP");
    assert!(none.to_string().contains("MCAP enablement"), "{none}");
    put(&mut space, 0x100, 0x2000_0000 | 0x0001);
    put(&mut space, 0x200, 0x000b);
    put(&mut space, 0x204, 0x02c0_0001);
    fs_err::write(device.join("config"), &space).expect("written");
    assert!(Mcap::open(dir.path(), "0000:01:00.0").expect("found").name().contains("0x200"));
    let mut config = PciConfig::open(dir.path(), "0000:01:00.0").expect("there");
    config.write(0x214, 0x0001_0101).expect("written");
    assert_eq!(config.read(0x214), Ok(0x0001_0101));
    // As a user sees it: 64 bytes.
    fs_err::write(device.join("config"), &space[..64]).expect("written");
    assert!(Mcap::open(dir.path(), "0000:01:00.0").is_err());
    assert!(Mcap::open(dir.path(), "0000:02:00.0").expect_err("absent").is_before_the_device());
}
