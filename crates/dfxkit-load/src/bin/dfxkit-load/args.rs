// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line. By hand: the program is meant to be small.

use std::path::PathBuf;
use std::time::Duration;

pub(crate) const HELP: &str = "\
dfxkit-load [OPTIONS] COMMAND
  status                      what runs, as far as the journal knows; touches nothing
  load                        load the full image of the kit
  swap PARTITION MODULE       put a module into a partition
  unload PARTITION            empty a partition: its greybox is loaded
  recover                     put right what a crash left, and nothing else
  verify                      check the kit and every image in it; touches nothing
  ip [PARTITION MODULE]       IP with addresses: of what runs, or of a module (without loading it)
  watch                       print the status whenever it changes, until interrupted
  run-plan FILE               run lines `swap PARTITION MODULE`, `unload PARTITION`, `prefetch PARTITION MODULE`,
                              `sleep MILLISECONDS` (# begins a comment), stop at the first failure; times of each
  doctor                      what this machine has and lacks for loading
  simulate                    replay a trace of calls and compare replacement policies; needs no device
Options
  --kit DIR                   the kit (default: the working directory)
  --root DIR                  where /sys, /proc, /dev, /run and /lib/firmware are (default: /)
  --json                      one JSON document on stdout (watch: one a line)
  --static-is-running         the boot loader configured this kit's full image
  --isolated-by-caller        you isolate the partition; decouplers are left alone
  --accept-unproven           load although not every gate of the kit passed
  --force                     load although dfx-mgrd or fpgad is running
  --full-reload-on-failure    after a failure that leaves a partition unknown, load the full image again
  --patience MS               wait for other loaders and users (default 10000)
  --drain-deadline MS         wait for transactions to end (default 1000)
  --count N                   watch: end after N lines
  --trace FILE|cnn|zipf|phases   simulate: the trace, or a generated one (default: all generated)
  --policy P                  simulate: lru, fifo, cost-aware or belady (default: all)
  --slots N                   simulate: partitions (default 4)
  --speed BYTES_PER_SECOND    simulate: of the port (default 145000000, the PCAP of a Zynq-7000)
Exit: 0 done; 1 refused or failed, and every partition is as it was; 2 usage; 3 failed, and a partition is left decoupled;
      4 busy: another loader or a user of the partition did not let go.";

#[derive(Debug)]
pub(crate) enum Parsed {
    Help,
    Version,
    Wrong(String),
    Run(Box<Arguments>),
}

#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) words: Vec<String>,
    pub(crate) kit: PathBuf,
    pub(crate) root: PathBuf,
    pub(crate) json: bool,
    pub(crate) options: dfxkit_loader::Options,
    pub(crate) count: Option<u64>,
    pub(crate) trace: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) slots: usize,
    pub(crate) speed: f64,
}

impl Arguments {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Parsed {
        let mut a = Self {
            words: Vec::new(),
            kit: ".".into(),
            root: "/".into(),
            json: false,
            options: dfxkit_loader::Options::default(),
            count: None,
            trace: None,
            policy: None,
            slots: 4,
            speed: 145e6,
        };
        while let Some(argument) = arguments.next() {
            let taken = match argument.as_str() {
                "--help" | "-h" => return Parsed::Help,
                "--version" | "-V" => return Parsed::Version,
                "--json" => {
                    a.json = true;
                    Ok(())
                }
                "--static-is-running" => {
                    a.options.static_is_running = true;
                    Ok(())
                }
                "--isolated-by-caller" => {
                    a.options.isolated_by_caller = true;
                    Ok(())
                }
                "--accept-unproven" => {
                    a.options.accept_unproven = true;
                    Ok(())
                }
                "--force" => {
                    a.options.accept_rivals = true;
                    Ok(())
                }
                "--full-reload-on-failure" => {
                    a.options.allow_full_reload = true;
                    Ok(())
                }
                option if option.starts_with('-') => match arguments.next() {
                    Some(value) => a.valued(option, value),
                    None => Err(format!("{option}: unknown, or its value is missing")),
                },
                _ => {
                    a.words.push(argument);
                    Ok(())
                }
            };
            if let Err(why) = taken {
                return Parsed::Wrong(why);
            }
        }
        if a.words.is_empty() {
            return Parsed::Wrong("no command".to_owned());
        }
        Parsed::Run(Box::new(a))
    }

    fn valued(&mut self, option: &str, value: String) -> Result<(), String> {
        fn number<T: std::str::FromStr>(option: &str, value: &str) -> Result<T, String> {
            value.parse().map_err(|_| format!("{option}: expected a number, actual \"{value}\""))
        }
        let millis = |value: &str| number(option, value).map(Duration::from_millis);
        match option {
            "--kit" => self.kit = value.into(),
            "--root" => self.root = value.into(),
            "--patience" => self.options.patience = millis(&value)?,
            "--drain-deadline" => self.options.drain_deadline = millis(&value)?,
            "--count" => self.count = Some(number(option, &value)?),
            "--trace" => self.trace = Some(value),
            "--policy" => self.policy = Some(value),
            "--slots" => {
                self.slots = number(option, &value)?;
                if self.slots == 0 {
                    return Err("--slots: expected at least 1".to_owned());
                }
            }
            "--speed" => {
                self.speed = number(option, &value)?;
                if !self.speed.is_finite() || self.speed <= 0.0 {
                    return Err("--speed: expected a number above 0".to_owned());
                }
            }
            _ => return Err(format!("unknown option {option}")),
        }
        Ok(())
    }
}
