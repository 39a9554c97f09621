// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Back ends without a device, for tests and dry runs: they record what they are told and fail on demand.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::rc::Rc;

use dfxkit_fabric::codec::Order;

use crate::kit::ImageKind;
use crate::manager::{FpgaManager, ManagerError};
use crate::registers::{RegisterError, Registers};
use crate::sha256::hex;

/// What happened, in order, of a [`Recorder`] and a [`Bank`] that share it.
#[derive(Debug, Clone, Default)]
pub struct Trace(Rc<RefCell<Vec<String>>>);

impl Trace {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
    /// Lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
    /// Lines so far, taken away.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.borrow_mut())
    }
    fn push(&self, line: String) {
        self.0.borrow_mut().push(line);
    }
}

/// An FPGA manager that records.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    trace: Trace,
    /// Results of the next loads; when used up, loads succeed.
    pub results: Rc<RefCell<VecDeque<Result<(), String>>>>,
}

impl Recorder {
    /// Records into `trace`.
    pub fn new(trace: Trace) -> Self {
        Self { trace, results: Rc::default() }
    }
    /// Lets the next loads fail or succeed in this order.
    pub fn then(&self, results: impl IntoIterator<Item = Result<(), String>>) {
        self.results.borrow_mut().extend(results);
    }
}

impl FpgaManager for Recorder {
    fn name(&self) -> String {
        "recording fake".to_owned()
    }
    fn takes(&self, _order: Order) -> bool {
        true
    }
    fn is_real(&self) -> bool {
        false
    }
    fn rival(&self) -> Option<String> {
        None
    }
    fn load(&mut self, image: &[u8], sha256: &[u8; 32], kind: ImageKind) -> Result<(), ManagerError> {
        let result = self.results.borrow_mut().pop_front().unwrap_or(Ok(()));
        let outcome = if result.is_ok() { "ok" } else { "failed" };
        let name = &hex(sha256)[..8];
        self.trace.push(format!("load {kind} {name}, {} bytes: {outcome}", image.len()));
        result.map_err(ManagerError::Other)
    }
}

/// Registers that behave like isolation IP: they read what was written, shutdown managers drain after some reads.
#[derive(Debug, Clone, Default)]
pub struct Bank {
    trace: Trace,
    values: BTreeMap<u64, u32>,
    /// Addresses of shutdown managers, and how many reads a drain takes.
    pub shutdown: BTreeMap<u64, u32>,
    /// Addresses that ignore writes.
    pub stuck: Vec<u64>,
}

impl Bank {
    /// Records into `trace`.
    pub fn new(trace: Trace) -> Self {
        Self { trace, ..Self::default() }
    }
    /// Value of a register, 0 at first.
    pub fn value(&self, address: u64) -> u32 {
        self.values.get(&address).copied().unwrap_or(0)
    }
}

impl Registers for Bank {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        let mut value = self.value(address);
        if let Some(reads) = self.shutdown.get_mut(&address).filter(|_| value & 1 == 1) {
            if *reads == 0 {
                value = 0xf;
            } else if *reads != u32::MAX {
                *reads -= 1;
            }
        }
        Ok(value)
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        self.trace.push(format!("write {address:#x} {value}"));
        if !self.stuck.contains(&address) {
            self.values.insert(address, value);
        }
        Ok(())
    }
}
