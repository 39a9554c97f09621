//! Registers with types: which module they belong to, what may be done with them, and which bits a field has.
//!
//! A [`Window`] is the right to use the registers of one module, or of the static. A module's window exists while the module is
//! loaded and coupled: it borrows the loader, so that no swap can happen in this program, and holds a lease, so that none can
//! happen in another. Registers of another module do not take it: the wrong pairing does not compile.

use std::marker::PhantomData;

use dfxkit_loader::{
    FpgaManager, JournalError, Lease, LoadFailure, Loader, Reason, RegionRecord, RegisterError, Registers,
};

/// Why a register was not accessed.
#[derive(Debug)]
#[non_exhaustive]
pub enum AccessError {
    /// The partition is not loaded and coupled, or somebody swaps it.
    Lease(Box<LoadFailure>),
    /// The register cannot be reached.
    Register(RegisterError),
    /// Another module is loaded.
    OtherModule {
        /// Partition.
        partition: &'static str,
        /// Expected.
        expected: &'static str,
        /// Actual; none: not known.
        actual: Option<String>,
    },
    /// Nobody knows that this kit's static runs.
    StaticUnknown,
    /// The value has more bits than the field.
    TooWide {
        /// Value.
        value: u32,
        /// Bits of the field.
        bits: u32,
    },
}

impl std::fmt::Display for AccessError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lease(error) => error.fmt(f),
            Self::Register(error) => error.fmt(f),
            Self::OtherModule { partition, expected, actual } => write!(
                f,
                "partition {partition}: expected module {expected}, actual {}",
                actual.as_deref().unwrap_or("not known")
            ),
            Self::StaticUnknown => f.write_str(
                "it is not known that this kit's static runs: load it, or answer for it with Options::static_is_running",
            ),
            Self::TooWide { value, bits } => write!(f, "{value:#x} does not fit {bits} bits"),
        }
    }
}

impl std::error::Error for AccessError {}

impl From<RegisterError> for AccessError {
    fn from(error: RegisterError) -> Self {
        Self::Register(error)
    }
}

impl From<LoadFailure> for AccessError {
    fn from(error: LoadFailure) -> Self {
        Self::Lease(Box::new(error))
    }
}

impl From<JournalError> for AccessError {
    fn from(error: JournalError) -> Self {
        Reason::Journal(error).into()
    }
}

impl From<Reason> for AccessError {
    fn from(reason: Reason) -> Self {
        LoadFailure::from(reason).into()
    }
}

/// The right to use the registers of `Of`.
#[derive(Debug)]
pub struct Window<'l, R, Of> {
    registers: &'l mut R,
    /// None: the static, which no swap takes away.
    _lease: Option<Lease>,
    of: PhantomData<fn() -> Of>,
}

impl<'l, R: Registers, Of> Window<'l, R, Of> {
    /// Of a module that must be loaded.
    #[allow(dead_code, reason = "a kit may have no module with registers")]
    pub(crate) fn of_module<M: FpgaManager>(
        loader: &'l mut Loader<M, R>,
        partition: &'static str,
        expected: &'static str,
    ) -> Result<Self, AccessError> {
        let lease = loader.lease(partition)?;
        // The lease holds off every swap from here on.
        let actual = match loader.region(partition)? {
            Some(RegionRecord::Loaded(module)) => Some(module.name),
            Some(_) => None,
            None => loader.kit().partition(partition).and_then(|p| p.power_up).map(str::to_owned),
        };
        if actual.as_deref() != Some(expected) {
            return Err(AccessError::OtherModule { partition, expected, actual });
        }
        Ok(Self { registers: loader.registers(), _lease: Some(lease), of: PhantomData })
    }

    /// Of the static.
    #[allow(dead_code, reason = "a kit may have no static with registers")]
    pub(crate) fn of_static<M: FpgaManager>(loader: &'l mut Loader<M, R>) -> Result<Self, AccessError> {
        if loader.fixed()? != Some(loader.kit().static_id) && !loader.assumes_static() {
            return Err(AccessError::StaticUnknown);
        }
        Ok(Self { registers: loader.registers(), _lease: None, of: PhantomData })
    }
}

/// Can be read.
pub trait Readable {}
/// Can be written.
pub trait Writable {}

/// Access right: reads and writes.
#[derive(Debug)]
pub enum ReadWrite {}
/// Access right: reads.
#[derive(Debug)]
pub enum ReadOnly {}
/// Access right: writes.
#[derive(Debug)]
pub enum WriteOnly {}

impl Readable for ReadWrite {}
impl Writable for ReadWrite {}
impl Readable for ReadOnly {}
impl Writable for WriteOnly {}

/// A register of 32 bits (or fewer) of `Of`.
#[derive(Debug)]
pub struct Register<Of, Access> {
    address: u64,
    of: PhantomData<fn() -> (Of, Access)>,
}

impl<Of, Access> Clone for Register<Of, Access> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Of, Access> Copy for Register<Of, Access> {}

impl<Of, Access> Register<Of, Access> {
    #[allow(dead_code, reason = "a kit may have no register")]
    pub(crate) const fn new(address: u64) -> Self {
        Self { address, of: PhantomData }
    }

    /// Its physical address.
    pub const fn address(self) -> u64 {
        self.address
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn read<R: Registers>(self, window: &mut Window<'_, R, Of>) -> Result<u32, RegisterError>
    where
        Access: Readable,
    {
        window.registers.read(self.address)
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn write<R: Registers>(self, window: &mut Window<'_, R, Of>, value: u32) -> Result<(), RegisterError>
    where
        Access: Writable,
    {
        window.registers.write(self.address, value)
    }
}

/// Bits of a register.
#[derive(Debug)]
pub struct Field<Of, Access> {
    register: Register<Of, Access>,
    shift: u32,
    bits: u32,
}

impl<Of, Access> Clone for Field<Of, Access> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Of, Access> Copy for Field<Of, Access> {}

impl<Of, Access> Field<Of, Access> {
    /// `shift + bits` is at most 32, `bits` at least 1: what is generated holds that.
    #[allow(dead_code, reason = "a kit may have no field")]
    pub(crate) const fn new(address: u64, shift: u32, bits: u32) -> Self {
        assert!(bits >= 1 && shift + bits <= 32, "a field lies in its register");
        Self { register: Register::new(address), shift, bits }
    }

    /// Its bits in the register.
    pub const fn mask(self) -> u32 {
        (u32::MAX >> (32 - self.bits)) << self.shift
    }

    /// Its value in a value of the register.
    pub const fn of(self, register: u32) -> u32 {
        (register & self.mask()) >> self.shift
    }

    /// A value of the register with this field's bits, zeros elsewhere: for registers that can only be written whole.
    ///
    /// # Errors
    /// [`AccessError::TooWide`].
    pub const fn encode(self, value: u32) -> Result<u32, AccessError> {
        if value > u32::MAX >> (32 - self.bits) {
            return Err(AccessError::TooWide { value, bits: self.bits });
        }
        Ok(value << self.shift)
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn get<R: Registers>(self, window: &mut Window<'_, R, Of>) -> Result<u32, RegisterError>
    where
        Access: Readable,
    {
        Ok(self.of(self.register.read(window)?))
    }

    /// Reads the register, replaces the field's bits, writes the register.
    ///
    /// # Errors
    /// [`AccessError`].
    pub fn set<R: Registers>(self, window: &mut Window<'_, R, Of>, value: u32) -> Result<(), AccessError>
    where
        Access: Readable + Writable,
    {
        let new = self.encode(value)?;
        let old = self.register.read(window)?;
        Ok(self.register.write(window, old & !self.mask() | new)?)
    }
}
