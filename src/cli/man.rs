// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit man`: manual pages, one for the program and one a command.

use camino::Utf8PathBuf;

use super::{CommandResult, Cx, Failure};
use crate::atomic;
use crate::exit::Exit;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Directory to write the pages to
    #[arg(default_value = "man")]
    directory: Utf8PathBuf,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let dir = cx.env.cwd.join(&args.directory);
    let mut command = super::command();
    command.build();
    let mut pages = vec![("dfxkit".to_owned(), command.clone())];
    for sub in command.get_subcommands().filter(|s| !s.is_hide_set() && s.get_name() != "help") {
        pages.push((
            format!("dfxkit-{}", sub.get_name()),
            sub.clone().name(format!("dfxkit-{}", sub.get_name()).leak() as &'static str),
        ));
    }
    for (name, command) in pages {
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|e| Failure::environment(format!("cannot render {name}.1: {e}")))?;
        atomic::write(&dir.join(format!("{name}.1")), &page)
            .map_err(|e| Failure::environment(format!("cannot write the page: {e}")))?;
        cx.shell.out(format!("{}", args.directory.join(format!("{name}.1"))));
    }
    Ok(Exit::DONE)
}
