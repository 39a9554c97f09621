// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The last door before a message: texts of libraries and servers are shortened, and every secret that this process knows of is taken out of them. None should
//! be in there; this is for the day when one is.

/// Longest text that is passed on.
const LONGEST: usize = 600;

/// What must not be shown.
#[derive(Clone, Default)]
pub(super) struct Filter {
    secrets: Vec<String>,
}

impl Filter {
    /// Hides a secret.
    pub(super) fn hide(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.push(secret.to_owned());
            // The longest first: one may be a part of another.
            self.secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
        }
    }

    /// Hides what stands before the last `@` of an address.
    pub(super) fn hide_user(&mut self, url: &str) {
        if let Some((user, _)) = url.rsplit_once('@') {
            let user = user.split_once("://").map_or(user, |(_, u)| u);
            self.hide(user);
            if let Some((_, password)) = user.split_once(':') {
                self.hide(password);
            }
        }
    }

    /// An error with its causes, cleaned: the first line of an HTTP library alone says little ("error sending request").
    pub(super) fn chain(&self, error: &dyn std::error::Error) -> String {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Many say their cause themselves.
            if !text.contains(&cause_text) {
                text += &format!(": {cause_text}");
            }
            source = cause.source();
        }
        self.clean(&text)
    }

    /// A text without secrets, on one line, not too long.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in &self.secrets {
            text = text.replace(secret.as_str(), "***");
        }
        if text.chars().count() > LONGEST {
            text = text.chars().take(LONGEST).chain("..".chars()).collect();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_long_texts_are_cut() {
        let mut filter = Filter::default();
        filter.hide("hunter2");
        filter.hide("hunter2-longer");
        filter.hide_user("http://me:pass@proxy:3128");
        filter.hide("");
        assert_eq!(filter.clean("a hunter2-longer\n  b hunter2 me:pass pass"), "a *** b *** *** ***");
        assert_eq!(filter.clean(&"ä".repeat(1000)).chars().count(), LONGEST + 2);
    }
}
