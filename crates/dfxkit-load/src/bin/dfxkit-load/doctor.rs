// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What this machine has and lacks.

use std::path::Path;

use dfxkit_loader::{FpgaManager, Journal, Overlays, Sysfs};
use serde_json::json;

use crate::args::Arguments;
use crate::open::keys;
use crate::report::Report;

/// Looks; touches nothing. Not fit to load: the report says so and fails.
pub(crate) fn doctor(a: &Arguments, report: &mut Report) {
    let root: &Path = &a.root;
    let mut findings = Vec::new();
    let mut say = |topic: &str, verdict: &str, text: String| {
        findings.push(json!({ "topic": topic, "verdict": verdict, "text": text }));
        report.line(format!("{verdict:8} {topic}: {text}"));
    };
    let mut fit = true;
    match Sysfs::open(root) {
        Ok(manager) => {
            let state = manager.state();
            say("fpga_manager", "ok", manager.name());
            let verdict = if state == "operating" { "ok" } else { "unknown" };
            say("state", verdict, format!("{state} (operating: the last load succeeded)"));
            if let Some(rival) = manager.rival() {
                fit = false;
                say("rivals", "refused", format!("{rival} loads images here too: stop it, or use --force"));
            } else {
                say("rivals", "ok", "no dfx-mgrd and no fpgad found".to_owned());
            }
        }
        Err(_) if regions(root) => {
            say(
                "fpga_manager",
                "ok",
                "no `firmware` and `flags`, but overlays in configfs: the kernel's FPGA regions are used (--manager regions)"
                    .to_owned(),
            );
        }
        Err(error) => {
            fit = false;
            let class = root.join("sys/class/fpga_manager");
            let advice = if class.join("fpga0").exists() {
                "the kernel's manager cannot be told to load from user space (mainline has no `firmware` and `flags`): use a \
                 linux-xlnx kernel, or a module that adds them, or overlays in configfs (--manager regions)"
            } else {
                "build the kernel with CONFIG_FPGA and the driver of your device (CONFIG_XILINX_ZYNQ or \
                 CONFIG_FPGA_MGR_ZYNQMP_FPGA); Debian's kernels have it switched off"
            };
            say("fpga_manager", "refused", format!("{error}. {advice}"));
        }
    }
    let firmware = root.join("lib/firmware");
    if firmware.is_dir() {
        say("firmware", "ok", format!("{}", firmware.display()));
    } else {
        fit = false;
        say("firmware", "refused", format!("{} is missing: make it", firmware.display()));
    }
    let journal = Journal::open(root, "fpga0", std::time::Duration::ZERO);
    match journal {
        Ok(_) => say("journal", "ok", "readable, not locked".to_owned()),
        Err(error) => {
            fit = false;
            say("journal", "refused", error.to_string());
        }
    }
    let uio = fs_err::read_dir(root.join("sys/class/uio")).map_or(0, Iterator::count);
    if uio > 0 || root.join("dev/mem").exists() {
        say(
            "registers",
            "ok",
            format!("{uio} UIO devices, /dev/mem {}", present(root.join("dev/mem").exists())),
        );
    } else {
        say("registers", "unknown", "no UIO device and no /dev/mem: decouplers cannot be reached".to_owned());
    }
    let overlays = root.join("sys/kernel/config/device-tree/overlays");
    if overlays.is_dir() {
        let list = Overlays::new(root).list();
        say("overlays", "ok", format!("configfs, {} applied", list.len()));
    } else {
        say(
            "overlays",
            "unknown",
            "no device-tree overlays in configfs: kernel drivers of modules cannot be bound".to_owned(),
        );
    }
    match keys(a) {
        Ok(keys) if keys.is_empty() => {
            say(
                "signatures",
                "unknown",
                "no key in /etc/dfxkit/keys: unsigned kits are loaded too".to_owned(),
            );
        }
        Ok(keys) => {
            say(
                "signatures",
                "ok",
                format!("asked for, by {}", keys.places().collect::<Vec<_>>().join(", ")),
            );
        }
        Err(error) => {
            fit = false;
            say("signatures", "refused", error.to_string());
        }
    }
    let count = |dir: &str| fs_err::read_dir(root.join(dir)).map_or(0, Iterator::count);
    let (heaps, buffers) = (count("dev/dma_heap"), count("sys/class/u-dma-buf") + count("sys/class/udmabuf"));
    say(
        "dma",
        if heaps + buffers > 0 { "ok" } else { "unknown" },
        format!(
            "{heaps} DMA heaps, {buffers} u-dma-buf buffers (for software that moves data; loading needs none)"
        ),
    );
    report.set("findings", findings);
    report.set("fit", fit);
    if !fit {
        report.fail("this machine cannot load kits as it is");
    }
}

/// The kernel can be told to program by an overlay.
fn regions(root: &Path) -> bool {
    root.join("sys/class/fpga_manager/fpga0/state").exists() && Overlays::new(root).available()
}

fn present(is: bool) -> &'static str {
    if is { "present" } else { "missing" }
}
