// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vivado's own command line.
//!
//! Known: -mode, -source, -tclargs, -log, -journal, -nolog, -nojournal, -notrace, -tempDir, -applog, -appjournal,
//! -messageDb, -product, -m64, -verbose, -version, -init, -noinit, -help, and one project or checkpoint file.
//! GUI mode does not exist here and is refused.

use std::ffi::OsString;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Batch,
    Tcl,
    Gui,
}

#[derive(Debug, Clone)]
pub(crate) struct CommandLine {
    pub(crate) mode: Mode,
    pub(crate) sources: Vec<String>,
    pub(crate) tclargs: Vec<String>,
    pub(crate) log: Option<String>,
    pub(crate) journal: Option<String>,
    pub(crate) nolog: bool,
    pub(crate) nojournal: bool,
    pub(crate) notrace: bool,
    pub(crate) temp_dir: Option<String>,
    pub(crate) version: bool,
    pub(crate) help: bool,
    pub(crate) file: Option<String>,
    /// All arguments as given, for log headers.
    pub(crate) typed: Vec<String>,
}

/// Reads the arguments after the program name; the error is the text for the console.
pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<CommandLine, String> {
    let typed: Vec<String> = args.map(|a| a.to_string_lossy().into_owned()).collect();
    let mut line = CommandLine {
        mode: Mode::Gui,
        sources: Vec::new(),
        tclargs: Vec::new(),
        log: None,
        journal: None,
        nolog: false,
        nojournal: false,
        notrace: false,
        temp_dir: None,
        version: false,
        help: false,
        file: None,
        typed: typed.clone(),
    };
    let mut words = typed.into_iter();
    while let Some(word) = words.next() {
        let mut value = || {
            words.next().ok_or_else(|| format!("ERROR: [Common 17-163] Missing value for option '{word}'"))
        };
        match word.as_str() {
            "-mode" => {
                line.mode = match value()?.as_str() {
                    "batch" => Mode::Batch,
                    "tcl" => Mode::Tcl,
                    "gui" => Mode::Gui,
                    other => {
                        return Err(format!(
                            "ERROR: [Common 17-161] Invalid option value '{other}' specified for '-mode'."
                        ));
                    }
                }
            }
            "-source" => line.sources.push(value()?),
            "-log" => line.log = Some(value()?),
            "-journal" => line.journal = Some(value()?),
            "-tempDir" => line.temp_dir = Some(value()?),
            "-messageDb" | "-product" | "-init" | "-jobName" | "-ise" => {
                value()?;
            }
            "-nolog" => line.nolog = true,
            "-nojournal" => line.nojournal = true,
            "-notrace" => line.notrace = true,
            "-version" => line.version = true,
            "-help" | "-h" => line.help = true,
            "-applog" | "-appjournal" | "-m64" | "-m32" | "-verbose" | "-noinit" | "-quiet" | "-stack"
            | "-nocl" => {}
            "-tclargs" => line.tclargs = words.by_ref().collect(),
            option if option.starts_with('-') => {
                return Err(format!(
                    "ERROR: [Common 17-170] Unknown option '{option}', please type 'vivado -help' for usage info."
                ));
            }
            file if line.file.is_none() => line.file = Some(file.to_owned()),
            file => {
                return Err(format!(
                    "ERROR: [Common 17-165] Too many positional options when parsing '{file}', please type 'vivado -help' for usage info."
                ));
            }
        }
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::{CommandLine, Mode, parse};

    fn read(line: &str) -> Result<CommandLine, String> {
        parse(line.split_whitespace().map(Into::into))
    }

    #[test]
    fn the_line_of_a_run_wrapper_is_accepted() {
        let line = read(
            "-log t.vdi -applog -m64 -product Vivado -messageDb vivado.pb -mode batch -source t.tcl -notrace",
        )
        .unwrap();
        assert_eq!((line.mode, line.notrace), (Mode::Batch, true));
        assert_eq!(line.sources, ["t.tcl"]);
        assert_eq!(line.log.as_deref(), Some("t.vdi"));
    }

    #[test]
    fn tclargs_takes_all_that_follows() {
        let line = read("-mode batch -source a.tcl -source b.tcl -tclargs -mode x -foo").unwrap();
        assert_eq!(line.sources, ["a.tcl", "b.tcl"]);
        assert_eq!(line.tclargs, ["-mode", "x", "-foo"]);
    }

    #[test]
    fn unknown_options_are_refused() {
        assert!(read("-mode batch -sauce x").unwrap_err().contains("Unknown option '-sauce'"));
        assert!(read("-mode").unwrap_err().contains("17-163"));
    }
}
