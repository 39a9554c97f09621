// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What programs the device.

use std::io;
use std::path::PathBuf;

use dfxkit_fabric::codec::Order;

use crate::kit::ImageKind;

/// A way to program one device.
pub trait FpgaManager {
    /// Name for messages.
    fn name(&self) -> String;
    /// True when configuration data in this byte order reaches the device as it should.
    ///
    /// On Zynq-7000 a partial image in the wrong order is accepted in silence and changes nothing: the one who knows the
    /// port must say.
    fn takes(&self, order: Order) -> bool;
    /// True for a device that exists: a kit of the stand-in is refused then.
    fn is_real(&self) -> bool;
    /// Somebody else who loads images on this machine, if one is found.
    fn rival(&self) -> Option<String>;
    /// Loads an image and waits until the device has taken it. `Ok` means that the device reports that it operates.
    ///
    /// # Errors
    /// [`ManagerError`]. Whether the region was touched is then unknown, unless [`ManagerError::is_before_the_device`].
    fn load(&mut self, image: &[u8], sha256: &[u8; 32], kind: ImageKind) -> Result<(), ManagerError>;
    /// Does what can be done for a load before anything is touched: copies, room, memory. Called under the lock.
    ///
    /// # Errors
    /// [`ManagerError`]; then nothing is touched.
    fn stage(&mut self, _image: &[u8], _sha256: &[u8; 32]) -> Result<(), ManagerError> {
        Ok(())
    }
    /// Takes back what was staged and not loaded.
    fn unstage(&mut self) {}
    /// Does, of what [`FpgaManager::stage`] does, as much as keeps: the image will be loaded many times. Best effort.
    fn keep(&mut self, _image: &[u8], _sha256: &[u8; 32]) {}
    /// Takes that back.
    fn release(&mut self, _sha256: &[u8; 32]) {}
    /// The next loads are for this partition; none: for the whole device.
    fn aim(&mut self, _partition: Option<&'static str>) {}
    /// What the device or its driver says of a failure that it is in; none: nothing, or it cannot be asked.
    fn trouble(&self) -> Option<String> {
        None
    }
    /// Takes away what a process left outside of the device that died; `loading`: in [`FpgaManager::load`]. Called under the
    /// lock.
    fn tidy(&mut self, _loading: bool) {}
}

impl<M: FpgaManager + ?Sized> FpgaManager for Box<M> {
    fn name(&self) -> String {
        (**self).name()
    }
    fn takes(&self, order: Order) -> bool {
        (**self).takes(order)
    }
    fn is_real(&self) -> bool {
        (**self).is_real()
    }
    fn rival(&self) -> Option<String> {
        (**self).rival()
    }
    fn load(&mut self, image: &[u8], sha256: &[u8; 32], kind: ImageKind) -> Result<(), ManagerError> {
        (**self).load(image, sha256, kind)
    }
    fn stage(&mut self, image: &[u8], sha256: &[u8; 32]) -> Result<(), ManagerError> {
        (**self).stage(image, sha256)
    }
    fn unstage(&mut self) {
        (**self).unstage();
    }
    fn keep(&mut self, image: &[u8], sha256: &[u8; 32]) {
        (**self).keep(image, sha256);
    }
    fn release(&mut self, sha256: &[u8; 32]) {
        (**self).release(sha256);
    }
    fn aim(&mut self, partition: Option<&'static str>) {
        (**self).aim(partition);
    }
    fn trouble(&self) -> Option<String> {
        (**self).trouble()
    }
    fn tidy(&mut self, loading: bool) {
        (**self).tidy(loading);
    }
}

/// Why an image was not loaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum ManagerError {
    /// The kernel has no FPGA manager.
    NoManager {
        /// Directory that is not there.
        path: PathBuf,
    },
    /// Preparing failed; the device was not touched.
    Prepare {
        /// What was being done.
        what: &'static str,
        /// File.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The kernel refused or failed.
    Load {
        /// The kernel's error.
        error: io::Error,
        /// `state` afterwards.
        state: String,
    },
    /// Somebody else is loading; this image did not reach the device.
    Busy {
        /// How long was waited.
        waited: std::time::Duration,
    },
    /// `write(2)` took another number of bytes than it was given. Some kernels return an error number as a count.
    OddCount {
        /// Bytes given.
        given: usize,
        /// Bytes taken, as reported.
        taken: usize,
        /// `state` afterwards.
        state: String,
    },
    /// The write succeeded, but the device does not operate.
    NotOperating {
        /// `state`.
        state: String,
        /// `status`.
        status: String,
    },
    /// Too little memory in one piece for the image; the device was not touched.
    NoRoom {
        /// Bytes needed.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// The back end does not take such an image; the device was not touched.
    Refused(String),
    /// A back end's own reason.
    Other(String),
}

impl ManagerError {
    /// True when the device cannot have been touched.
    pub fn is_before_the_device(&self) -> bool {
        match self {
            Self::NoManager { .. }
            | Self::Prepare { .. }
            | Self::Busy { .. }
            | Self::NoRoom { .. }
            | Self::Refused(_) => true,
            // The kernel looked for the file and did not find it: measured, the driver is not called then.
            Self::Load { error, state } => {
                error.kind() == io::ErrorKind::NotFound && state == "firmware request error"
            }
            _ => false,
        }
    }
}

impl std::fmt::Display for ManagerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoManager { path } => write!(
                f,
                "there is no {}: this kernel has no fpga_manager (CONFIG_FPGA and the driver of your device), or the \
                 device tree does not enable it",
                path.display()
            ),
            Self::Prepare { what, path, error } => {
                write!(f, "cannot {what} {}: {error}; the device was not touched", path.display())
            }
            Self::Load { error, state } => {
                write!(f, "the kernel did not load the image: {error} (state: {state})")
            }
            Self::Busy { waited } => write!(
                f,
                "the FPGA manager was still in use by somebody else after {waited:?}; the device was not touched by us"
            ),
            Self::OddCount { given, taken, state } => {
                write!(f, "the kernel took {taken} bytes of {given}: an error in disguise (state: {state})")
            }
            Self::NotOperating { state, status } => {
                write!(
                    f,
                    "the device does not operate after the load: expected state operating, actual {state}"
                )?;
                if status.is_empty() { Ok(()) } else { write!(f, " (status: {status})") }
            }
            Self::NoRoom { needed, free } => write!(
                f,
                "the image needs {needed} bytes of contiguous memory, {free} are free (CmaFree in /proc/meminfo): boot with a \
                 larger cma=, or free what holds it"
            ),
            Self::Refused(why) | Self::Other(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ManagerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Prepare { error, .. } | Self::Load { error, .. } => Some(error),
            _ => None,
        }
    }
}
