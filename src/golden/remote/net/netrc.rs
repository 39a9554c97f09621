// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `~/.netrc`: user name and password for a machine, as ftp(1) and curl read it.

/// Which entry is being read.
#[derive(Clone, Copy, PartialEq)]
enum Entry {
    Wanted,
    Other,
}

/// User name and password for a machine; those of `default` when it is not named. The first that fits counts (`default` stands last in the file).
pub(super) fn lookup(text: &str, machine: &str) -> Option<(String, String)> {
    let mut found: Option<(String, String)> = None;
    let mut entry = Entry::Other;
    let (mut login, mut password): (Option<String>, Option<String>) = (None, None);
    let mut in_macro = false;
    for line in text.lines() {
        // A macro reaches to the next empty line.
        if in_macro {
            in_macro = !line.trim().is_empty();
            continue;
        }
        let mut words = line.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "machine" | "default" => {
                    let pair = login.take().zip(password.take());
                    if entry == Entry::Wanted {
                        found = found.or(pair);
                    }
                    let wanted = word == "default" || words.next() == Some(machine);
                    entry = if wanted { Entry::Wanted } else { Entry::Other };
                }
                "login" => login = words.next().map(str::to_owned),
                "password" => password = words.next().map(str::to_owned),
                "account" => drop(words.next()),
                "macdef" => {
                    in_macro = true;
                    break;
                }
                comment if comment.starts_with('#') => break,
                _ => {}
            }
        }
    }
    if entry == Entry::Wanted { found.or(login.zip(password)) } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "((machine|default|login|password|macdef|account|a|#)[ \n]){0,20}", other in ".{0,80}") {
            let _ = lookup(&text, "a");
            let _ = lookup(&other, "a");
        }
    }

    #[test]
    fn entries() {
        let text = "machine a login u password p # c\nmacdef x\nmachine b login no password no\n\nmachine b\n  login v\n  account z\n  password q\ndefault login anonymous password w\n";
        let pair = |m: &str| lookup(text, m).map(|(u, p)| format!("{u}:{p}"));
        assert_eq!(pair("a").as_deref(), Some("u:p"));
        assert_eq!(pair("b").as_deref(), Some("v:q"));
        assert_eq!(pair("c").as_deref(), Some("anonymous:w"));
        assert_eq!(lookup("machine a login u", "a"), None);
    }
}
