// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state that scripts see: projects, designs, and the objects in them.

pub(crate) mod bd;
mod bd_pins;
mod bd_wrapper;
pub(crate) mod boards;
pub(crate) use bd_pins::direction as pin_direction;
pub(crate) mod design;
pub(crate) mod device;
pub(crate) mod filter;
pub(crate) mod object;
pub(crate) mod project;
pub(crate) mod props;
pub(crate) mod xpr;
