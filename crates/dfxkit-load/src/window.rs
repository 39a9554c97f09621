// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers of one IP. Those of a module end with the next swap of its partition.

use std::sync::Arc;

use dfxkit_loader::{Lease, LeaseError, RegisterError, Registers, Shared};

use crate::ip::Ip;

/// The registers of one IP.
#[derive(Debug)]
pub struct Window<R> {
    ip: Arc<Ip>,
    registers: Shared<R>,
    /// None: the static, which no swap takes away.
    lease: Option<Lease>,
}

/// Why an access was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// The module was swapped away.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The register cannot be reached.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Outside of the IP's range, or not aligned.
    #[error("offset {offset:#x} of {path}: expected a multiple of 4 below {size:#x}")]
    Offset {
        /// IP.
        path: String,
        /// Asked for.
        offset: u64,
        /// Size of its range.
        size: u64,
    },
    /// No register or field of that name.
    #[error("{path} has no {name}")]
    NoSuch {
        /// IP.
        path: String,
        /// Asked for.
        name: String,
    },
    /// The value does not fit the field.
    #[error("{value:#x} does not fit the {bits} bits of {name}")]
    TooWide {
        /// Register and field.
        name: String,
        /// Value.
        value: u32,
        /// Width.
        bits: u64,
    },
}

impl<R> Clone for Window<R> {
    fn clone(&self) -> Self {
        Self { ip: Arc::clone(&self.ip), registers: self.registers.clone(), lease: self.lease.clone() }
    }
}

impl<R: Registers> Window<R> {
    pub(crate) fn new(ip: Arc<Ip>, registers: Shared<R>, lease: Option<Lease>) -> Self {
        Self { ip, registers, lease }
    }

    /// The IP.
    pub fn ip(&self) -> &Ip {
        &self.ip
    }

    /// True while an access would be made.
    pub fn is_valid(&self) -> bool {
        self.lease.as_ref().is_none_or(Lease::is_valid)
    }

    /// The lease behind it; none: the static. A pinned lease holds swaps off.
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    fn access<T>(
        &self,
        offset: u64,
        act: impl FnOnce(&mut Shared<R>, u64) -> Result<T, RegisterError>,
    ) -> Result<T, WindowError> {
        let size = (self.ip.high - self.ip.base).saturating_add(1);
        if !offset.is_multiple_of(4) || offset >= size || size - offset < 4 {
            return Err(WindowError::Offset { path: self.ip.path.clone(), offset, size });
        }
        let address = self.ip.base + offset;
        let mut registers = self.registers.clone();
        let result = match &self.lease {
            Some(lease) => lease.with(|| act(&mut registers, address))?,
            None => act(&mut registers, address),
        };
        Ok(result?)
    }

    /// Reads 32 bits at a byte offset.
    ///
    /// # Errors
    /// [`WindowError`].
    pub fn read(&self, offset: u64) -> Result<u32, WindowError> {
        self.access(offset, |r, a| r.read(a))
    }

    /// Writes 32 bits at a byte offset.
    ///
    /// # Errors
    /// [`WindowError`].
    pub fn write(&self, offset: u64, value: u32) -> Result<(), WindowError> {
        self.access(offset, |r, a| r.write(a, value))
    }

    fn no_such(&self, name: String) -> WindowError {
        WindowError::NoSuch { path: self.ip.path.clone(), name }
    }

    fn offset(&self, register: &str) -> Result<u64, WindowError> {
        let found = self.ip.register(register).map(|r| r.offset);
        found.ok_or_else(|| self.no_such(format!("register {register}")))
    }

    /// Reads a register by name.
    ///
    /// # Errors
    /// [`WindowError`].
    pub fn get(&self, register: &str) -> Result<u32, WindowError> {
        self.read(self.offset(register)?)
    }

    /// Writes a register by name.
    ///
    /// # Errors
    /// [`WindowError`].
    pub fn set(&self, register: &str, value: u32) -> Result<(), WindowError> {
        self.write(self.offset(register)?, value)
    }

    /// Shift and mask of a field within its 32 bits.
    fn field(&self, register: &str, field: &str) -> Result<(u64, u32, u32), WindowError> {
        let name = || format!("field {register}.{field}");
        let found = self.ip.register(register).and_then(|r| {
            r.fields.iter().find(|f| f.name == field).map(|f| (r.offset, f.bit_offset, f.bit_width))
        });
        let (offset, shift, width) = found.ok_or_else(|| self.no_such(name()))?;
        if width == 0 || shift.checked_add(width).is_none_or(|end| end > 32) {
            return Err(self.no_such(format!("{} within 32 bits", name())));
        }
        Ok((offset, shift as u32, u32::MAX >> (32 - width)))
    }

    /// Reads a field by name.
    ///
    /// # Errors
    /// [`WindowError`].
    pub fn get_field(&self, register: &str, field: &str) -> Result<u32, WindowError> {
        let (offset, shift, mask) = self.field(register, field)?;
        Ok(self.read(offset)? >> shift & mask)
    }

    /// Writes a field by name and leaves the other bits as they read. Two accesses: not atomic against the hardware.
    ///
    /// # Errors
    /// [`WindowError`].
    pub fn set_field(&self, register: &str, field: &str, value: u32) -> Result<(), WindowError> {
        let (offset, shift, mask) = self.field(register, field)?;
        if value & !mask != 0 {
            let bits = u64::from(mask.count_ones());
            return Err(WindowError::TooWide { name: format!("{register}.{field}"), value, bits });
        }
        self.access(offset, |r, a| {
            let before = r.read(a)?;
            r.write(a, before & !(mask << shift) | value << shift)
        })
    }
}
