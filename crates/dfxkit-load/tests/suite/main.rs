// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kits on a root directory like a target's: the overlay library, the command, and the command killed and raced.

mod command;
mod killed;
mod overlay;
mod race;
mod support;
