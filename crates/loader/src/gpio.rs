// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One GPIO line: by the character device (`/dev/gpiochipN`, version 2 of its interface, Linux 5.10 on), or by
//! `/sys/class/gpio`, which old kernels have.
//!
//! Resets and decouplers that hang on a pin are driven so. A line of the character device goes back to the kernel when it is
//! dropped; what it drives then is the chip's affair (most keep the level).

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use crate::sys::{gpio_line, gpio_value};

/// One line.
#[derive(Debug)]
pub struct GpioLine(Way);

#[derive(Debug)]
enum Way {
    Device(OwnedFd),
    Sysfs(PathBuf),
}

impl GpioLine {
    /// An output of a chip (`gpiochip0`), driven to `value` at once.
    ///
    /// # Errors
    /// As the kernel gives them: `EBUSY` when a driver holds the line.
    pub fn output(root: &Path, chip: &str, line: u32, value: bool) -> io::Result<Self> {
        Ok(Self(Way::Device(gpio_line(&open(root, chip)?, line, Some(value))?)))
    }

    /// An input of a chip.
    ///
    /// # Errors
    /// As for [`GpioLine::output`].
    pub fn input(root: &Path, chip: &str, line: u32) -> io::Result<Self> {
        Ok(Self(Way::Device(gpio_line(&open(root, chip)?, line, None)?)))
    }

    /// A line of `/sys/class/gpio` by its global number; exported when it is not yet. `output`: its first value, none for an
    /// input.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn sysfs(root: &Path, number: u32, output: Option<bool>) -> io::Result<Self> {
        let class = root.join("sys/class/gpio");
        let dir = class.join(format!("gpio{number}"));
        if !dir.is_dir() {
            put(&class.join("export"), &number.to_string())?;
        }
        // `high` and `low` set direction and level in one step: no wrong level in between (sysfs.rst).
        let direction = match output {
            Some(true) => "high",
            Some(false) => "low",
            None => "in",
        };
        put(&dir.join("direction"), direction)?;
        Ok(Self(Way::Sysfs(dir.join("value"))))
    }

    /// Drives it.
    ///
    /// # Errors
    /// As the kernel gives them.
    pub fn set(&mut self, value: bool) -> io::Result<()> {
        match &self.0 {
            Way::Device(line) => gpio_value(line, Some(value)).map(|_| ()),
            Way::Sysfs(path) => put(path, if value { "1" } else { "0" }),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// As the kernel gives them.
    pub fn get(&self) -> io::Result<bool> {
        match &self.0 {
            Way::Device(line) => gpio_value(line, None),
            Way::Sysfs(path) => match fs::read_to_string(path)?.trim() {
                "0" => Ok(false),
                "1" => Ok(true),
                other => {
                    Err(io::Error::other(format!("{}: expected 0 or 1, actual {other}", path.display())))
                }
            },
        }
    }
}

fn open(root: &Path, chip: &str) -> io::Result<File> {
    if !chip.starts_with("gpiochip") || chip.contains('/') {
        return Err(io::Error::other(format!("expected the name of a chip (gpiochip0), actual \"{chip}\"")));
    }
    OpenOptions::new().read(true).write(true).open(root.join("dev").join(chip))
}

/// Without `O_CREAT`: the file is the kernel's, or there is no such line.
fn put(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
    match file.write(text.as_bytes())? {
        n if n == text.len() => Ok(()),
        n => Err(io::Error::other(format!("{} took {n} bytes of {}", path.display(), text.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::GpioLine;

    #[test]
    fn a_line_of_sysfs_is_exported_driven_and_read() {
        let dir = tempfile::tempdir().expect("temp");
        let class = dir.path().join("sys/class/gpio");
        let line = class.join("gpio960");
        fs_err::create_dir_all(&line).expect("made");
        for file in ["direction", "value"] {
            fs_err::write(line.join(file), "").expect("made");
        }
        let mut gpio = GpioLine::sysfs(dir.path(), 960, Some(true)).expect("there");
        assert_eq!(fs_err::read_to_string(line.join("direction")).expect("there"), "high");
        gpio.set(false).expect("driven");
        assert!(!gpio.get().expect("0"));
        fs_err::write(line.join("value"), "1\n").expect("written");
        assert!(gpio.get().expect("1"));
        fs_err::write(line.join("value"), "x").expect("written");
        assert!(gpio.get().is_err());
        // Nobody can export it here.
        assert!(GpioLine::sysfs(dir.path(), 961, None).is_err());
        // No chip, and none outside of /dev.
        assert!(GpioLine::output(dir.path(), "gpiochip0", 1, true).is_err());
        assert!(GpioLine::input(dir.path(), "../gpiochip0", 1).is_err());
    }
}
