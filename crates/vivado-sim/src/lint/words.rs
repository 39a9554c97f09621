// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tcl scripts as commands of words with their lines: enough of Tcl's twelve rules to look without running.

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) line: usize,
    /// In braces: nothing in it is substituted.
    pub(super) braced: bool,
    /// Holds a variable or a command: its value is not known.
    pub(super) dynamic: bool,
    /// `{*}`: stands for any number of words.
    pub(super) expanded: bool,
    /// Scripts in brackets within it, with their lines.
    pub(super) inner: Vec<(String, usize)>,
}

/// The commands of a script; `line` is that of its first character. An unbalanced script ends at the fault.
pub(super) fn commands(text: &str, line: usize) -> Vec<Vec<Word>> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, line };
    let mut out = Vec::new();
    while reader.at < reader.chars.len() {
        match reader.command() {
            Some(words) if !words.is_empty() => out.push(words),
            Some(_) => {}
            None => break,
        }
    }
    out
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn bump(&mut self) -> char {
        let c = self.peek(0);
        self.at += 1;
        self.line += usize::from(c == '\n');
        c
    }

    /// Blanks and continued lines between words.
    fn blanks(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (' ' | '\t' | '\r', _) => {
                    self.bump();
                }
                ('\\', '\n') => {
                    self.bump();
                    self.bump();
                }
                _ => return,
            }
        }
    }

    fn command(&mut self) -> Option<Vec<Word>> {
        while matches!(self.peek(0), ' ' | '\t' | '\r' | '\n' | ';') {
            self.bump();
        }
        if self.peek(0) == '#' {
            while self.at < self.chars.len() && self.peek(0) != '\n' {
                if self.peek(0) == '\\' {
                    self.bump();
                }
                self.bump();
            }
            return Some(Vec::new());
        }
        let mut words = Vec::new();
        loop {
            self.blanks();
            match self.peek(0) {
                '\n' | ';' => {
                    self.bump();
                    return Some(words);
                }
                '\0' if self.at >= self.chars.len() => return Some(words),
                _ => words.push(self.word()?),
            }
        }
    }

    fn word(&mut self) -> Option<Word> {
        let mut word = Word {
            text: String::new(),
            line: self.line,
            braced: false,
            dynamic: false,
            expanded: false,
            inner: Vec::new(),
        };
        if (self.peek(0), self.peek(1), self.peek(2)) == ('{', '*', '}') && !self.peek(3).is_whitespace() {
            self.at += 3;
            word.expanded = true;
        }
        match self.peek(0) {
            '{' => {
                self.bump();
                word.braced = true;
                word.line = self.line;
                word.text = self.braces()?;
            }
            '"' => {
                self.bump();
                self.parts(&mut word, |c| c == '"')?;
                self.bump();
            }
            _ => self.parts(&mut word, |c| matches!(c, ' ' | '\t' | '\r' | '\n' | ';'))?,
        }
        Some(word)
    }

    /// To the brace that closes, which is taken.
    fn braces(&mut self) -> Option<String> {
        let mut depth = 1;
        let mut text = String::new();
        while self.at < self.chars.len() {
            let c = self.bump();
            match c {
                '\\' => {
                    text.push(c);
                    if self.at < self.chars.len() {
                        text.push(self.bump());
                    }
                    continue;
                }
                '{' => depth += 1,
                '}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(text);
                    }
                }
                _ => {}
            }
            text.push(c);
        }
        None
    }

    /// A word with substitutions, up to `ends`.
    fn parts(&mut self, word: &mut Word, ends: impl Fn(char) -> bool) -> Option<()> {
        while self.at < self.chars.len() && !ends(self.peek(0)) {
            match self.peek(0) {
                '[' => {
                    let line = self.line;
                    self.bump();
                    let script = self.brackets()?;
                    word.inner.push((script, line));
                    word.dynamic = true;
                }
                '$' => {
                    word.dynamic = true;
                    word.text.push(self.bump());
                    if self.peek(0) == '{' {
                        while self.at < self.chars.len() && self.peek(0) != '}' {
                            word.text.push(self.bump());
                        }
                    }
                }
                // A continued line ends a bare word; `blanks` takes it.
                '\\' if self.peek(1) == '\n' && !ends('"') => return Some(()),
                '\\' => {
                    self.bump();
                    word.text.push(self.bump());
                }
                _ => word.text.push(self.bump()),
            }
        }
        Some(())
    }

    /// To the bracket that closes, which is taken; braces and quotes inside hide brackets.
    fn brackets(&mut self) -> Option<String> {
        let mut depth = 1;
        let mut text = String::new();
        while self.at < self.chars.len() {
            let c = self.bump();
            match c {
                '\\' => {
                    text.push(c);
                    text.push(self.bump());
                    continue;
                }
                '{' => {
                    let inner = self.braces()?;
                    text.push('{');
                    text += &inner;
                    text.push('}');
                    continue;
                }
                '[' => depth += 1,
                ']' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(text);
                    }
                }
                _ => {}
            }
            text.push(c);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::commands;
    use proptest::prelude::{ProptestConfig, any, proptest};

    #[test]
    fn words_and_lines_come_out() {
        let all = commands(
            "set a 1\nputs \"x [get_cells -hier *] $a\" ; # note\nif {$a} {\n  bad one\n}\nfoo {*}$list\\\n  last",
            1,
        );
        assert_eq!(all.len(), 4);
        assert_eq!((all[1][1].inner[0].0.as_str(), all[1][1].line), ("get_cells -hier *", 2));
        assert_eq!((all[2][2].text.as_str(), all[2][2].line), ("\n  bad one\n", 3));
        assert!(all[3][1].expanded && all[3][1].dynamic);
        assert_eq!(all[3][2].text, "last");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn nothing_panics(text in any::<String>(), tcl in "[\\[\\]{}\"\\\\$;# a-c\n*]{0,60}") {
            let _ = commands(&text, 1);
            let _ = commands(&tcl, 1);
        }
    }
}
