// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Single lines of a log: messages, times, Tcl words.

use serde::Serialize;

/// Severity of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// `INFO`; `Advisory` in DRC reports.
    Info,
    /// `STATUS`, rare.
    Status,
    /// `WARNING`
    Warning,
    /// `CRITICAL WARNING`
    CriticalWarning,
    /// `ERROR`; `Fatal` in DRC reports.
    Error,
}

impl Severity {
    /// By the word of a log or a report, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "INFO" | "ADVISORY" => Severity::Info,
            "STATUS" => Severity::Status,
            "WARNING" => Severity::Warning,
            "CRITICAL WARNING" => Severity::CriticalWarning,
            "ERROR" | "FATAL" => Severity::Error,
            _ => return None,
        })
    }

    /// The word as Vivado's logs have it.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "INFO",
            Severity::Status => "STATUS",
            Severity::Warning => "WARNING",
            Severity::CriticalWarning => "CRITICAL WARNING",
            Severity::Error => "ERROR",
        }
    }
}

/// One message: `ERROR: [Common 17-39] 'opt_design' failed due to earlier errors.`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Severity.
    pub severity: Severity,
    /// `Common 17-39`; empty for a message that a script printed.
    pub id: String,
    /// The text, without the place.
    pub text: String,
    /// Source file that it is about.
    pub file: Option<String>,
    /// Line in that file.
    pub file_line: Option<u32>,
    /// Line in the log, from 1.
    pub line: usize,
}

impl Message {
    /// As in the log, without the place.
    pub fn headline(&self) -> String {
        if self.id.is_empty() {
            format!("{}: {}", self.severity.word(), self.text)
        } else {
            format!("{}: [{}] {}", self.severity.word(), self.id, self.text)
        }
    }
}

/// A message, if the line is one.
pub(super) fn message(line: &str, number: usize) -> Option<Message> {
    let (word, rest) = line.split_once(": ")?;
    // `CRITICAL WARNING` is the longest; the words stand at the start of the line in capitals.
    if word.len() > 16 || !word.bytes().all(|b| b.is_ascii_uppercase() || b == b' ') {
        return None;
    }
    let severity = Severity::of_word(word)?;
    let (id, text) = match id(rest) {
        Some((id, text)) => (id.to_owned(), text),
        None => (String::new(), rest),
    };
    let (text, place) = place(text.trim());
    Some(Message {
        severity,
        id,
        text: text.to_owned(),
        file: place.map(|(f, _)| f.to_owned()),
        file_line: place.map(|(_, l)| l),
        line: number,
    })
}

/// `[DRC INBB-3] text` -> `DRC INBB-3`, `text`.
fn id(text: &str) -> Option<(&str, &str)> {
    let (id, rest) = text.strip_prefix('[')?.split_once(']')?;
    let (facility, number) = id.rsplit_once(' ')?;
    let (major, minor) = number.rsplit_once('-')?;
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    let good = facility.split(' ').all(word) && word(major) && minor.bytes().all(|b| b.is_ascii_digit());
    (good && !minor.is_empty()).then_some((id, rest.trim_start()))
}

/// The place at the end: `.. [/abs/file.xdc:12]`.
fn place(text: &str) -> (&str, Option<(&str, u32)>) {
    let found = text.strip_suffix(']').and_then(|t| t.rsplit_once(" [")).and_then(|(before, inside)| {
        let (file, line) = inside.rsplit_once(':')?;
        let line: u32 = line.parse().ok()?;
        // Tells a file from a bus index such as `[3:0]`.
        (file.contains('.') || file.contains('/')).then_some((before.trim_end(), (file, line)))
    });
    found.map_or((text, None), |(before, place)| (before, Some(place)))
}

/// `place_design: Time (s): cpu = 00:00:49 ; elapsed = 00:00:16 . Memory ..` -> name, cpu and elapsed in milliseconds.
pub(super) fn time(line: &str) -> Option<(&str, u64, u64)> {
    let (name, rest) = line.split_once(": Time (s): cpu = ")?;
    let (cpu, rest) = rest.split_once(" ; elapsed = ")?;
    let elapsed = rest.split_whitespace().next()?;
    command_name(name).then_some((name, milliseconds(cpu)?, milliseconds(elapsed)?))
}

/// `00:01:16.25` in milliseconds.
fn milliseconds(text: &str) -> Option<u64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut seconds = 0_u64;
    for part in clock.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    let fraction: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    seconds.checked_mul(1000)?.checked_add(fraction)
}

/// True for the name of a Vivado command: `place_design`.
pub(super) fn command_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The words of a Tcl list or a plain command: blanks separate, braces and quotes group. No substitution: the echo of a command
/// shows arguments as Vivado got them.
pub fn tcl_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let Some(&first) = chars.peek() else { return words };
        let mut word = String::new();
        if first == '{' {
            chars.next();
            let mut depth = 1_usize;
            for c in chars.by_ref() {
                depth = match c {
                    '{' => depth + 1,
                    '}' => depth - 1,
                    _ => depth,
                };
                if depth == 0 {
                    break;
                }
                word.push(c);
            }
        } else if first == '"' {
            chars.next();
            word.extend(chars.by_ref().take_while(|c| *c != '"'));
        } else {
            while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                word.push(c);
            }
        }
        words.push(word);
    }
}

/// Text between the first pair of `'` after `before`.
pub(super) fn quoted<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    let (_, rest) = rest.split_once('\'')?;
    Some(rest.split_once('\'')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let m = message(
            "CRITICAL WARNING: [Vivado 12-1433] Expecting a non-empty list. [/a b/pblocks.xdc:12]",
            7,
        )
        .unwrap();
        assert_eq!((m.severity, m.id.as_str()), (Severity::CriticalWarning, "Vivado 12-1433"));
        assert_eq!((m.file.as_deref(), m.file_line, m.line), (Some("/a b/pblocks.xdc"), Some(12), 7));
        assert_eq!(m.text, "Expecting a non-empty list.");
        assert_eq!(message("ERROR: [DRC INBB-3] Black Box", 1).unwrap().id, "DRC INBB-3");
        assert_eq!(message("ERROR: [Vivado_Tcl 4-78] Error(s)", 1).unwrap().id, "Vivado_Tcl 4-78");
        let own = message("ERROR: dfx: run impl_1 failed [3:0]", 1).unwrap();
        assert_eq!((own.id.as_str(), own.text.as_str()), ("", "dfx: run impl_1 failed [3:0]"));
        for line in ["Command: place_design", "# puts \"ERROR: x\"", " ERROR: x", "error: x", ": x"] {
            assert_eq!(message(line, 1), None, "{line}");
        }
    }

    #[test]
    fn times() {
        let line =
            "place_design: Time (s): cpu = 00:00:49 ; elapsed = 00:01:16.25 . Memory (MB): peak = 2798.020";
        assert_eq!(time(line), Some(("place_design", 49_000, 76_250)));
        assert_eq!(time("Netlist sorting complete. Time (s): cpu = 00:00:00"), None);
        assert_eq!(time("Read PlaceDB: Time (s): cpu = 00:00:00.42 ; elapsed = 00:00:00.43 ."), None);
    }

    #[test]
    fn words() {
        assert_eq!(
            tcl_words("link_design -top t -reconfig_partitions {a/b {c d}} \"x y\" z"),
            ["link_design", "-top", "t", "-reconfig_partitions", "a/b {c d}", "x y", "z"]
        );
        assert_eq!(tcl_words("  "), Vec::<String>::new());
        assert_eq!(tcl_words("{open"), ["open"]);
    }
}
