// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Small shared helpers: asctime dates, digests, glob matching, file-name mangling, path arithmetic.

use std::path::{Component, Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

/// Seconds since the epoch.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// Seconds since the epoch with the zone's offset added: what [`asctime`] and [`civil`] make local time of, as Vivado's dates are.
pub(crate) fn local_now() -> u64 {
    let now = now();
    let offset = i64::try_from(now)
        .ok()
        .and_then(|n| chrono::DateTime::from_timestamp(n, 0))
        .map_or(0, |utc| utc.with_timezone(&chrono::Local).offset().local_minus_utc());
    now.saturating_add_signed(offset.into())
}

/// Broken-down UTC time: year, month 1-12, day, hour, minute, second, weekday 0 = Sunday.
pub(crate) fn civil(seconds: u64) -> (u64, usize, u64, u64, u64, u64, usize) {
    let days = seconds / 86_400;
    let rest = seconds % 86_400;
    // Days since 0000-03-01, by 400-year eras.
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u64::from(month <= 2);
    (year, month as usize, day, rest / 3600, rest / 60 % 60, rest % 60, ((days + 4) % 7) as usize)
}

/// `Sat Nov 15 00:23:43 2025`; see [`local_now`] for the zone.
pub(crate) fn asctime(seconds: u64) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day, h, m, s, weekday) = civil(seconds);
    format!("{} {} {day:2} {h:02}:{m:02}:{s:02} {year}", DAYS[weekday], MONTHS[month - 1])
}

/// SHA-256 of parts, each length-prefixed so that boundaries count; lower-case hexadecimal.
pub(crate) fn digest<T: AsRef<[u8]>>(parts: &[T]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.as_ref().len() as u64).to_le_bytes());
        hash.update(part.as_ref());
    }
    hex(&hash.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A number below `limit` that `text` always gives.
pub(crate) fn pick(text: &str, limit: u64) -> u64 {
    let hash = digest(&[text]);
    u64::from_str_radix(&hash[..15], 16).unwrap_or(0) % limit.max(1)
}

/// Glob match of Vivado's get_ commands: `*` and `?`; brackets are plain characters, because bus names hold them.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let p: Vec<char> = pattern.chars().collect();
    let t: Vec<char> = text.chars().collect();
    let (mut i, mut j, mut star, mut mark) = (0, 0, None, 0);
    while j < t.len() {
        if i < p.len() && p[i] == '*' {
            star = Some(i);
            mark = j;
            i += 1;
        } else if i < p.len() && (p[i] == '?' || p[i] == t[j]) {
            i += 1;
            j += 1;
        } else if let Some(s) = star {
            i = s + 1;
            mark += 1;
            j = mark;
        } else {
            return false;
        }
    }
    p[i..].iter().all(|c| *c == '*')
}

/// The file-name form of a cell path: `/`, `[` and `]` become `_`, a dot stays (measured on 2020.2 and 2024.2 trees).
pub(crate) fn mangle(cell: &str) -> String {
    cell.replace(['/', '[', ']'], "_")
}

/// `path` made absolute against `base`, with `.` and `..` taken out by text.
pub(crate) fn absolute(base: &Path, path: &str) -> PathBuf {
    let mut out = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

pub(crate) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `00:01:05`.
pub(crate) fn hms(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// XML attribute text.
pub(crate) fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{asctime, glob, mangle};

    #[test]
    fn dates_print_as_c_does() {
        assert_eq!(asctime(0), "Thu Jan  1 00:00:00 1970");
        assert_eq!(asctime(1_763_166_223), "Sat Nov 15 00:23:43 2025");
        assert_eq!(asctime(951_782_400), "Tue Feb 29 00:00:00 2000");
    }

    #[test]
    fn globs_and_names() {
        assert!(glob("*pr_[0]*", "x/pr_[0]/y") && glob("a?c*", "abcd") && !glob("a", "ab"));
        assert_eq!(mangle("core_inst/rpus[0].rpu_PR_inst"), "core_inst_rpus_0_.rpu_PR_inst");
    }
}
