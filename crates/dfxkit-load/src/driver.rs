// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers: told when an IP that they know appears, and when a swap takes it away.

use crate::ip::Ip;
use crate::window::Window;

/// A level of the design: everything below one path.
#[derive(Debug, Clone, Copy)]
pub struct Hierarchy<'m> {
    /// Its path: `conv/dma`.
    pub path: &'m str,
    /// The IP in it and below.
    pub ip: &'m [&'m Ip],
}

/// A driver in this process.
pub trait Driver<R> {
    /// Does it know this IP? By VLNV, path, registers, whatever it likes.
    fn knows(&self, ip: &Ip) -> bool;
    /// An IP that it knows is there. An error leaves the IP unbound and is reported; the next driver is asked.
    ///
    /// # Errors
    /// Why it cannot drive it.
    fn bind(&mut self, window: Window<R>) -> Result<(), String>;
    /// The IP, or the hierarchy, is about to go, or went in a swap that failed: no access succeeds from here on.
    fn unbind(&mut self, path: &str);
    /// Does it know this hierarchy? Its IP may have drivers of their own all the same.
    fn knows_hierarchy(&self, _hierarchy: &Hierarchy<'_>) -> bool {
        false
    }
    /// A hierarchy that it knows is there: a window for each IP in it.
    ///
    /// # Errors
    /// Why it cannot drive it.
    fn bind_hierarchy(&mut self, _path: &str, _windows: Vec<Window<R>>) -> Result<(), String> {
        Err("this driver binds no hierarchies".to_owned())
    }
}

/// A driver for hierarchies that a predicate chooses, made of a function that is called with each.
pub struct ByHierarchy<P, F> {
    knows: P,
    bound: F,
}

impl<P, F> ByHierarchy<P, F> {
    /// For hierarchies that `knows` says yes to.
    pub fn new(knows: P, bound: F) -> Self {
        Self { knows, bound }
    }
}

impl<R, P, F> Driver<R> for ByHierarchy<P, F>
where
    P: Fn(&Hierarchy<'_>) -> bool,
    F: FnMut(&str, Vec<Window<R>>),
{
    fn knows(&self, _ip: &Ip) -> bool {
        false
    }
    fn bind(&mut self, _window: Window<R>) -> Result<(), String> {
        Err("this driver binds hierarchies".to_owned())
    }
    fn unbind(&mut self, _path: &str) {}
    fn knows_hierarchy(&self, hierarchy: &Hierarchy<'_>) -> bool {
        (self.knows)(hierarchy)
    }
    fn bind_hierarchy(&mut self, path: &str, windows: Vec<Window<R>>) -> Result<(), String> {
        (self.bound)(path, windows);
        Ok(())
    }
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
