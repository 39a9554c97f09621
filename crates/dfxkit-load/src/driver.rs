// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers: told when an IP that they know appears, and when a swap takes it away.

use crate::ip::Ip;
use crate::window::Window;

/// A driver in this process.
pub trait Driver<R> {
    /// Does it know this IP? By VLNV, path, registers, whatever it likes.
    fn knows(&self, ip: &Ip) -> bool;
    /// An IP that it knows is there. An error leaves the IP unbound and is reported; the next driver is asked.
    ///
    /// # Errors
    /// Why it cannot drive it.
    fn bind(&mut self, window: Window<R>) -> Result<(), String>;
    /// The IP is about to go, or went in a swap that failed: no access succeeds from here on.
    fn unbind(&mut self, path: &str);
}

/// A driver for one VLNV, made of a function that is called with each window.
pub struct ByVlnv<F> {
    vlnv: String,
    any_version: bool,
    bound: F,
}

impl<F> ByVlnv<F> {
    /// For exactly this VLNV.
    pub fn new(vlnv: &str, bound: F) -> Self {
        Self { vlnv: vlnv.to_owned(), any_version: false, bound }
    }

    /// For this IP in any version.
    #[must_use]
    pub fn any_version(mut self) -> Self {
        self.any_version = true;
        self
    }
}

impl<R, F: FnMut(Window<R>)> Driver<R> for ByVlnv<F> {
    fn knows(&self, ip: &Ip) -> bool {
        let Some(vlnv) = ip.vlnv.as_deref() else { return false };
        let bare = |v: &str| v.rsplit_once(':').map_or_else(|| v.to_owned(), |(ip, _)| ip.to_owned());
        vlnv == self.vlnv || self.any_version && bare(vlnv) == bare(&self.vlnv)
    }
    fn bind(&mut self, window: Window<R>) -> Result<(), String> {
        (self.bound)(window);
        Ok(())
    }
    fn unbind(&mut self, _path: &str) {}
}
