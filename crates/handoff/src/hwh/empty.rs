// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hand-off file for a module that has none: a greybox, or plain RTL.
//!
//! PYNQ loads pairs only: without a `.hwh` beside it, a partial bitstream is refused (PYNQ_Composable_Pipeline's issue 57 is about a
//! greybox). The file written here names the device of the static and lists no module, and a comment in it says who wrote it and why,
//! so that nobody takes it for Vivado's.

use super::model::Hwh;

impl Hwh {
    /// A hand-off file that lists nothing, for module `name` of this static. `why` goes into a comment.
    pub fn without_modules(&self, name: &str, why: &str) -> String {
        let s = &self.system;
        let board = s.board.as_ref().map_or_else(String::new, |b| format!(" BOARD=\"{}\"", escape(b)));
        // Two hyphens end a comment.
        let why: String = why.chars().map(|c| if c.is_control() || c == '-' { ' ' } else { c }).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\" ?>\n<!-- Written by dfxkit, not by Vivado: {} -->\n\
             <EDKSYSTEM EDWVERSION=\"{}\" TIMESTAMP=\"{}\" VIVADOVERSION=\"{}\">\n\
             \x20 <SYSTEMINFO ARCH=\"{}\"{board} DEVICE=\"{}\" NAME=\"{}\" PACKAGE=\"{}\" SPEEDGRADE=\"{}\"/>\n\
             \x20 <EXTERNALPORTS/>\n  <EXTERNALINTERFACES/>\n  <MODULES/>\n</EDKSYSTEM>\n",
            escape(&why),
            escape(&self.format),
            escape(&self.timestamp),
            escape(&self.vivado),
            escape(&s.arch),
            escape(&s.device),
            escape(name),
            escape(&s.package),
            escape(&s.speed_grade),
        )
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::hwh::{join, parse};

    #[test]
    fn it_reads_back_and_joins_with_nothing() {
        let fixed = parse(include_bytes!("../../tests/data/small.hwh")).expect("the seed");
        let text = fixed.without_modules("gr\"ey<&>", "a -- greybox -->");
        let read = parse(text.as_bytes()).expect("well formed");
        assert_eq!(read.system.name, "gr\"ey<&>");
        assert_eq!(read.system.device_package(), fixed.system.device_package());
        assert!(read.modules.is_empty());
        let joined = join(&fixed, &read, "rp").expect("nothing does not fit");
        assert!(joined.ranges.is_empty() && joined.unanswered == ["S_AXI"]);
    }
}
