//! Loads modules of the kit; see `load-kit --help`.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kit::KIT;
#[cfg(target_os = "linux")]
use kit::loader::Mapped as Way;
#[cfg(not(target_os = "linux"))]
use kit::loader::NoRegisters as Way;
use kit::loader::{FpgaManager, Options, Outcome, Sysfs, check};

const HELP: &str = "\
load-kit [--kit DIR] [--root DIR] [--static-is-running] [--isolated-by-caller] [--accept-unproven] COMMAND
  list                    partitions and modules
  check                   read and check every image of the kit; touches nothing
  static                  load the full image
  load PARTITION MODULE   put a module into a partition
  --kit DIR               the kit (default: the working directory)
  --root DIR              where /sys, /dev, /run and /lib/firmware are (default: /)
  --static-is-running     the boot loader configured this kit's full image
  --isolated-by-caller    you isolate the partition; registers (UIO, /dev/mem) are left alone
  --accept-unproven       load although not every gate of the kit passed
Exit: 0 done, 1 refused or failed and nothing was touched, 2 usage, 3 failed and the partition is left isolated.";

fn main() -> ExitCode {
    let mut kit = PathBuf::from(".");
    let mut root = PathBuf::from("/");
    let mut options = Options::default();
    let mut words = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => {
                println!("{HELP}");
                return ExitCode::SUCCESS;
            }
            "--kit" | "--root" => match arguments.next() {
                Some(dir) if argument == "--kit" => kit = dir.into(),
                Some(dir) => root = dir.into(),
                None => return usage(),
            },
            "--static-is-running" => options.static_is_running = true,
            "--isolated-by-caller" => options.isolated_by_caller = true,
            "--accept-unproven" => options.accept_unproven = true,
            option if option.starts_with('-') => return usage(),
            _ => words.push(argument),
        }
    }
    if KIT.simulated {
        eprintln!("SIMULATED: the images of this kit configure no device");
    }
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["list"] => {
            list();
            ExitCode::SUCCESS
        }
        ["check"] => check_all(&kit),
        ["static"] => with_device(&kit, &root, options, |loader| loader.load_static()),
        ["load", partition, module] => {
            with_device(&kit, &root, options, |loader| loader.swap(partition, module))
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("{HELP}");
    ExitCode::from(2)
}

fn list() {
    println!("{} {} for {}, gates: {}", KIT.name, KIT.version, KIT.part, KIT.verdict);
    for partition in KIT.partitions {
        println!("{} at {}", partition.name, partition.cell);
        for module in partition.modules {
            println!("    {} ({} bytes)", module.name, module.image.size);
        }
    }
}

fn check_all(dir: &Path) -> ExitCode {
    let full = KIT.full.iter().map(|image| (None, image));
    let partial = KIT.partitions.iter().flat_map(|p| {
        p.modules.iter().flat_map(move |m| [Some(&m.image), m.clear.as_ref()].into_iter().flatten().map(move |i| (Some(p), i)))
    });
    let mut refused = 0;
    for (partition, image) in full.chain(partial) {
        let result = std::fs::read(dir.join(image.path))
            .map_err(|e| e.to_string())
            .and_then(|bytes| check(&KIT, partition, image, &bytes).map_err(|e| e.to_string()));
        match result {
            Ok(found) => {
                let device = if found.device_checked { "device" } else { "device not known" };
                let frames = if found.frames_checked { "frames" } else { "frames not checked" };
                println!("ok      {}  ({} image, digest, {device}, {frames})", image.path, image.kind);
            }
            Err(why) => {
                refused += 1;
                println!("REFUSED {}: {why}", image.path);
            }
        }
    }
    if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Device = kit::loader::Loader<Sysfs, Way>;

/// The way to the registers of decouplers: UIO devices and /dev/mem.
#[cfg(target_os = "linux")]
fn registers(root: &Path) -> Way {
    Way::new(root)
}
#[cfg(not(target_os = "linux"))]
fn registers(_: &Path) -> Way {
    Way
}

fn with_device(
    dir: &Path,
    root: &Path,
    options: Options,
    act: impl FnOnce(&mut Device) -> Result<Outcome, kit::loader::LoadFailure>,
) -> ExitCode {
    let manager = match Sysfs::open(root) {
        Ok(manager) => manager,
        Err(e) => {
            eprintln!("error: {e}");
            return ExitCode::FAILURE;
        }
    };
    println!("device: {}", manager.name());
    let mut loader = kit::open(dir, root, manager, registers(root), options);
    match act(&mut loader) {
        Ok(Outcome::AlreadyLoaded) => {
            println!("already loaded");
            ExitCode::SUCCESS
        }
        Ok(Outcome::Loaded { events, .. }) => {
            for event in events {
                println!("{:?}: {:?}", event.step, event.took);
            }
            println!("loaded");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(if failure.touched { 3 } else { 1 })
        }
    }
}
