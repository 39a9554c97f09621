// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line. By hand: the program is meant to be small.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use dfxkit_loader::{KitOverlays, Options, Probe, Reset};

pub(crate) const HELP: &str = "\
dfxkit-load [OPTIONS] COMMAND
  status                      what runs, as far as the journal knows; touches nothing
  load                        load the full image of the kit
  load PARTITION MODULE       the same as swap
  swap PARTITION MODULE       put a module into a partition
  unload PARTITION            empty a partition: its greybox is loaded
  recover                     put right what a crash left, and nothing else
  verify                      check the kit, its signature, every file and every image; touches nothing
  ip [PARTITION MODULE]       IP with addresses: of what runs, or of a module (without loading it)
  watch                       print the status whenever it changes, until interrupted
  run-plan FILE               run a script, stop at the first failure; times of each line:
                              `swap PARTITION MODULE`, `unload PARTITION`, `prefetch PARTITION MODULE`, `sleep MILLISECONDS`;
                              under --policy: `call MODULE MICROSECONDS` (brings it into some partition and computes so long;
                              what is expected next is loaded meanwhile), `hint MODULE` (reads it into memory),
                              `request MODULE PRIORITY [DEADLINE_MS]` and `serve` (the most urgent first, until none waits);
                              # begins a comment
  doctor                      what this machine has and lacks for loading
  simulate                    replay a trace of calls and compare replacement policies; needs no device
Options
  --kit DIR                   the kit (default: the working directory)
  --root DIR                  where /sys, /proc, /dev, /run, /etc and /lib/firmware are (default: /)
  --json, --message-format json   one JSON document on stdout (watch: one a line)
  --public-key FILE|KEY       load only a kit that this key signed (minisign); may be given more than once. Keys in
                              /etc/dfxkit/keys/*.pub count too
  --manager M                 what programs: sysfs (linux-xlnx), regions (the kernel's FPGA regions, by an overlay),
                              icap:DEVICE[:ORDER] (a character device; ORDER normal, byte-swapped, bit-reversed or
                              bit-reversed-bytes), hwicap:ADDRESS, mcap:PCI_ADDRESS, rehearsal (no device: everything else is
                              done as ever, below a --root of its own; SIMULATED kits are taken); default: sysfs, or
                              regions where the kernel has no `firmware`
  --region PARTITION=PATH     regions: path of its region in the device tree (default: labels fpga_PR0, fpga_PR1 ...)
  --reset PARTITION=ADDRESS:MASK[:low][:HOLD_US]   a reset held while the partition is loaded, ahead of the kit's
  --id PARTITION/MODULE=ADDRESS:VALUE[:MASK]       a register that only this module answers, ahead of the kit's
  --static-id ADDRESS:VALUE[:MASK]                 a register of the static that must answer before anything is touched
  --overlay PARTITION/MODULE=FILE                  a device-tree overlay (.dtbo) for its drivers, ahead of the kit's
  --overlays auto|never|required                   the kit's own overlays (default auto: where the kernel can take them)
  --static-is-running         the boot loader configured this kit's full image
  --isolated-by-caller        you isolate the partition; decouplers are left alone
  --accept-unproven           load although not every gate of the kit passed
  --force                     load although dfx-mgrd or fpgad is running
  --full-reload-on-failure    after a failure that leaves a partition unknown, load the full image again
  --patience MS               wait for other loaders and users (default 10000)
  --drain-deadline MS         wait for transactions to end (default 1000)
  --count N                   watch: end after N lines
  --policy P                  run-plan: lru, fifo or cost-aware; simulate: these or belady (default: all)
  --pool P,Q                  run-plan: partitions that a policy may use (default: all)
  --memory BYTES              run-plan: keep the images of likely modules in memory (default 0)
  --trace FILE|cnn|zipf|phases   simulate: the trace, or a generated one (default: all generated)
  --slots N                   simulate: partitions (default 4)
  --speed BYTES_PER_SECOND    simulate, run-plan: of the port (default 145000000, the PCAP of a Zynq-7000)
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
    pub(crate) options: Options,
    pub(crate) keys: Vec<String>,
    pub(crate) manager: Option<String>,
    pub(crate) regions: BTreeMap<String, String>,
    /// Overlays by partition and module: read when the command runs.
    pub(crate) overlays: Vec<(String, String, PathBuf)>,
    pub(crate) pool: Vec<String>,
    pub(crate) memory: usize,
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
            options: Options::default(),
            keys: Vec::new(),
            manager: None,
            regions: BTreeMap::new(),
            overlays: Vec::new(),
            pool: Vec::new(),
            memory: 0,
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
            "--message-format" => match value.as_str() {
                "json" => self.json = true,
                "human" => self.json = false,
                _ => return Err(format!("{option}: expected human or json, actual \"{value}\"")),
            },
            "--public-key" => self.keys.push(value),
            "--manager" => self.manager = Some(value),
            "--region" => {
                let (partition, path) = split(option, &value, '=')?;
                self.regions.insert(partition.to_owned(), path.to_owned());
            }
            "--reset" => {
                let (partition, rest) = split(option, &value, '=')?;
                let reset =
                    reset(rest).ok_or_else(|| format!("{option}: expected ADDRESS:MASK[:low][:HOLD_US]"))?;
                self.options.care.entry(partition.to_owned()).or_default().reset = Some(reset);
            }
            "--id" => {
                let (place, rest) = split(option, &value, '=')?;
                let (partition, module) = split(option, place, '/')?;
                let probe = probe(rest).ok_or_else(|| format!("{option}: expected ADDRESS:VALUE[:MASK]"))?;
                let care = self.options.care.entry(partition.to_owned()).or_default();
                care.probes.insert(module.to_owned(), probe);
            }
            "--static-id" => {
                let probe =
                    probe(&value).ok_or_else(|| format!("{option}: expected ADDRESS:VALUE[:MASK]"))?;
                self.options.static_probe = Some(probe);
            }
            "--overlay" => {
                let (place, file) = split(option, &value, '=')?;
                let (partition, module) = split(option, place, '/')?;
                self.overlays.push((partition.to_owned(), module.to_owned(), file.into()));
            }
            "--overlays" => {
                self.options.kit_overlays = match value.as_str() {
                    "auto" => KitOverlays::WherePossible,
                    "never" => KitOverlays::Never,
                    "required" => KitOverlays::Required,
                    _ => {
                        return Err(format!(
                            "{option}: expected auto, never or required, actual \"{value}\""
                        ));
                    }
                };
            }
            "--pool" => self.pool = value.split(',').map(str::to_owned).collect(),
            "--memory" => self.memory = number(option, &value)?,
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

fn split<'v>(option: &str, value: &'v str, at: char) -> Result<(&'v str, &'v str), String> {
    value.split_once(at).ok_or_else(|| format!("{option}: expected a \"{at}\" in \"{value}\""))
}

/// A number, hexadecimal with `0x`.
pub(crate) fn address(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn word(text: &str) -> Option<u32> {
    address(text).and_then(|n| u32::try_from(n).ok())
}

fn reset(text: &str) -> Option<Reset> {
    let mut parts = text.split(':');
    let (address, mask) = (address(parts.next()?)?, word(parts.next()?)?);
    let mut reset = Reset { address, mask, active_high: true, hold: Duration::from_micros(1) };
    for part in parts {
        match part {
            "low" => reset.active_high = false,
            "high" => reset.active_high = true,
            hold => reset.hold = Duration::from_micros(hold.parse().ok()?),
        }
    }
    Some(reset)
}

fn probe(text: &str) -> Option<Probe> {
    let parts: Vec<&str> = text.split(':').collect();
    let (place, value, mask) = match parts.as_slice() {
        [place, value] => (place, value, u32::MAX),
        [place, value, mask] => (place, value, word(mask)?),
        _ => return None,
    };
    Some(Probe { address: address(place)?, mask, expected: word(value)?, patience: Duration::from_millis(1) })
}
