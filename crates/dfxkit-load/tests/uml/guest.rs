// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The guest: its mounts, the modules, what the driver is told and what it saw.

use std::path::{Path, PathBuf};

use rustix::fd::AsFd;
use rustix::mount::{MountFlags, mount, mount_bind};
use rustix::system::{RebootCommand, finit_module, reboot};

use crate::support::Target;

/// A booted guest, with a kit in a memory file system.
pub(crate) struct Guest {
    pub(crate) target: Target,
    /// Directory with the modules and blobs that the host made.
    pub(crate) made: PathBuf,
    /// Every point of the kill tests, instead of a sample.
    pub(crate) all: bool,
}

/// State of a partition, as the journal has it and as the hardware would show it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// `loaded b`, `unknown -`, or `-` when the journal has nothing.
    pub(crate) journal: String,
    pub(crate) coupled: bool,
    /// Module whose image the driver took last and completely.
    pub(crate) held: String,
}

impl Guest {
    /// Mounts, loads the modules. `words`: the directory with what the host made, and `all` for every kill point.
    pub(crate) fn start(words: &[String]) -> Self {
        let made = PathBuf::from(words.first().expect("xtask names the directory"));
        let scratch = scratch(&made);
        for (what, place) in [("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev"), ("tmpfs", scratch)]
        {
            // devtmpfs may be there already.
            if let Err(e) = mount(what, place, what, MountFlags::empty(), None) {
                assert_eq!(e, rustix::io::Errno::BUSY, "mounting {what} on {place}");
            }
        }
        mount("configfs", "/sys/kernel/config", "configfs", MountFlags::empty(), None).expect("configfs");
        for module in ["registers.ko", "manager.ko", "overlays.ko"] {
            let file = fs_err::File::open(made.join(module)).expect("the host made it");
            finit_module(file.as_fd(), c"", 0).unwrap_or_else(|e| panic!("{module}: {e}"));
        }
        let target = Target { dir: tempfile::tempdir_in(scratch).expect("temp") };
        target.write_kit();
        let root = target.root();
        for (from, to) in [("/sys", "sys"), ("/proc", "proc"), ("/dev", "dev")] {
            fs_err::create_dir_all(root.join(to)).expect("made");
            mount_bind(from, root.join(to)).expect("bound");
        }
        // The configfs below /sys is a mount of its own.
        mount_bind("/sys/kernel/config", root.join("sys/kernel/config")).expect("bound");
        fs_err::create_dir_all(root.join("lib/firmware")).expect("made");
        fs_err::create_dir_all(root.join("run")).expect("made");
        let all = words.get(1).is_some_and(|w| w == "all");
        Self { target, made, all }
    }

    /// As after a boot: nothing fails, no journal, no overlay, the power-up module coupled and driven.
    pub(crate) fn reset(&self) {
        for (name, value) in [
            ("fail", "none"),
            ("error", "-5"),
            ("nolock", "0"),
            ("hold", "0"),
            ("us_per_kib", "1"),
            ("odd_count", "0"),
            ("bridge_open", "1"),
        ] {
            self.tell(name, value);
        }
        self.search_firmware(true);
        let root = self.target.root();
        let overlays = root.join("sys/kernel/config/device-tree/overlays");
        for entry in fs_err::read_dir(&overlays).expect("there") {
            // Attributes cannot be removed; the directory can.
            fs_err::remove_dir(entry.expect("an entry").path()).expect("removed");
        }
        for name in self.target.left_in_firmware() {
            fs_err::remove_file(root.join("lib/firmware").join(name)).expect("removed");
        }
        // The driver holds `a`, as the full image would have it; by way of another, since what is loaded is not loaded again.
        self.forget();
        for module in ["empty", "a"] {
            let (code, v) = self.target.run(&["swap", "p", module]);
            assert_eq!(code, 0, "{v}");
        }
        self.forget();
    }

    /// No journal, as after a boot.
    fn forget(&self) {
        for entry in fs_err::read_dir(self.target.root().join("run")).expect("there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { fs_err::remove_dir_all(path) } else { fs_err::remove_file(path) }
                .expect("removed");
        }
    }

    /// The kernel looks for firmware where the loader puts it, or where there is none.
    pub(crate) fn search_firmware(&self, right: bool) {
        let dir = if right { self.target.root().join("lib/firmware") } else { PathBuf::from("/nowhere") };
        let text = dir.to_str().expect("text");
        fs_err::write("/sys/module/firmware_class/parameters/path", text).expect("taken");
    }

    /// Sets a parameter of the driver.
    #[expect(clippy::unused_self, reason = "the driver is the guest's")]
    pub(crate) fn tell(&self, name: &str, value: &str) {
        fs_err::write(format!("/sys/module/manager/parameters/{name}"), value)
            .unwrap_or_else(|e| panic!("{name}={value}: {e}"));
    }

    /// Reads a parameter of the driver.
    #[expect(clippy::unused_self, reason = "the driver is the guest's")]
    pub(crate) fn asked(&self, name: &str) -> u64 {
        let text = fs_err::read_to_string(format!("/sys/module/manager/parameters/{name}")).expect("there");
        text.trim().parse().expect("a number")
    }

    /// Reads a yes or no of the driver.
    #[expect(clippy::unused_self, reason = "the driver is the guest's")]
    pub(crate) fn asked_flag(&self, name: &str) -> Option<bool> {
        let text = fs_err::read_to_string(format!("/sys/module/manager/parameters/{name}")).expect("there");
        match text.trim() {
            "Y" => Some(true),
            "N" => Some(false),
            _ => None,
        }
    }

    /// The decoupler's register, past the loader.
    pub(crate) fn decoupler(&self) -> u32 {
        use dfxkit_loader::Registers;
        dfxkit_loader::Mapped::new(&self.target.root()).read(crate::support::DECOUPLER).expect("mapped")
    }

    /// Name of the module whose image the driver took last and completely.
    pub(crate) fn held(&self) -> String {
        let crc = self.asked("crc");
        let found = ["a", "b", "empty"].into_iter().find(|m| {
            let image = fs_err::read(self.target.kit().join(format!("modules/p/{m}.bin"))).expect("there");
            u64::from(crc32(&image)) == crc
        });
        found.unwrap_or("something else").to_owned()
    }

    pub(crate) fn seen(&self) -> Seen {
        let (code, v) = self.target.run(&["status"]);
        assert_eq!(code, 0, "{v}");
        let p = &v["status"]["partitions"]["p"];
        let journal = match p["state"].as_str() {
            None => "-".to_owned(),
            Some(state) => format!("{state} {}", p["module"].as_str().unwrap_or("-")),
        };
        Seen { journal, coupled: self.decoupler() == 0, held: self.held() }
    }
}

/// A directory of every Linux that can be covered by a memory file system without hiding what the host made: the workspace may
/// lie anywhere.
fn scratch(made: &Path) -> &'static str {
    // Nothing is mounted yet, so /proc cannot tell.
    let program = PathBuf::from(std::env::args_os().next().expect("the kernel names its init"));
    let free = |place: &&str| {
        let place = Path::new(place);
        place.is_dir() && !made.starts_with(place) && !program.starts_with(place)
    };
    ["/mnt", "/media", "/srv", "/tmp", "/run"]
        .into_iter()
        .find(free)
        .expect("the workspace is in one of them only")
}

/// As of zlib: what the kernel's `crc32_le` gives between two complements.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xedb8_8320 & (c & 1).wrapping_neg()))
    })
}

/// Ends the guest.
pub(crate) fn power_off() -> ! {
    let _ = reboot(RebootCommand::PowerOff);
    unreachable!("init may power off")
}
