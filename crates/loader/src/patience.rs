// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Looking again and again until something is there or patience ends.

use std::time::{Duration, Instant};

/// Calls `look` until it finds something. `Ok(Err(waited))`: patience ended first; there is always a first look, and one after
/// the end of patience. Between looks it sleeps for `pause`; none of it for zero.
pub(crate) fn until<T, E>(
    patience: Duration,
    pause: Duration,
    mut look: impl FnMut() -> Result<Option<T>, E>,
) -> Result<Result<T, Duration>, E> {
    let began = Instant::now();
    loop {
        let waited = began.elapsed();
        if let Some(found) = look()? {
            return Ok(Ok(found));
        }
        if waited >= patience {
            return Ok(Err(waited));
        }
        if !pause.is_zero() {
            std::thread::sleep(pause);
        }
    }
}
