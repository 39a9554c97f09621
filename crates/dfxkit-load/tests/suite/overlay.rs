// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The overlay: addresses by the join, windows that end with a swap, drivers that follow.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::support::Target;
use dfxkit_load::{
    ByHierarchy, ByVlnv, Driver, Hierarchy, InterruptError, Ip, Overlay, OverlayError, Pool, Window,
    WindowError,
};
use dfxkit_loader::Options;
use dfxkit_loader::fake::{Bank, Recorder, Trace};
use dfxkit_loader::policy::Policy;

fn open(t: &Target) -> Overlay<Recorder, Bank> {
    let trace = Trace::new();
    let (manager, bank) = (Recorder::new(trace.clone()), Bank::new(trace));
    let options = Options { static_is_running: true, ..Options::default() };
    Overlay::open(&t.kit(), &t.root(), manager, bank, options).expect("opens")
}

#[test]
fn registers_are_found_by_name_at_the_joined_address_and_end_with_the_swap() {
    let t = Target::new();
    let mut overlay = open(&t);
    overlay.partition("p").expect("there").load("b").expect("loads");
    let ip = overlay.ip_dict().expect("joins");
    assert!(ip.ip.contains_key("dec"), "the static's: {:?}", ip.ip.keys());
    assert_eq!(ip.hierarchies["rp"], ["rp/ctl"]);
    let window = overlay.window("rp/ctl").expect("loaded");
    assert_eq!((window.ip().base, window.ip().high), (0x43c0_0000, 0x43c0_007f));
    window.set_field("CTRL", "GO", 1).expect("a register");
    assert_eq!(window.read(4).expect("a register"), 8);
    assert_eq!(window.get_field("CTRL", "GO").expect("a field"), 1);
    assert!(matches!(window.set_field("CTRL", "GO", 2), Err(WindowError::TooWide { .. })));
    assert!(matches!(window.read(0x80), Err(WindowError::Offset { .. })));
    assert!(matches!(window.get("NONE"), Err(WindowError::NoSuch { .. })));

    overlay.pr_download("p", "a").expect("loads");
    assert!(matches!(window.read(4), Err(WindowError::Lease(_))), "revoked");
    assert!(overlay.window("rp/ctl").expect("a has one too").is_valid());
    // The static's windows stay.
    let dec = overlay.window("dec").expect("static");
    overlay.partition("p").expect("there").unload().expect("loads");
    assert!(dec.is_valid());
    assert!(matches!(overlay.window("rp/ctl"), Err(OverlayError::NoSuch { .. })), "nothing is there");
    // Without programming.
    let metadata = overlay.metadata("p", "b").expect("joins");
    assert_eq!(metadata.ip["rp/ctl"].vlnv.as_deref(), Some("example.org:user:ctl_b:1.0"));
    // Pinned: the swap does not happen.
    overlay.pr_download("p", "b").expect("loads");
    let pin = overlay.window("rp/ctl").expect("loaded").lease().expect("a module").pin().expect("valid");
    assert!(overlay.pr_download("p", "a").is_err());
    drop(pin);
    overlay.pr_download("p", "a").expect("free");
}

struct Log(Rc<RefCell<Vec<String>>>);

impl Driver<Bank> for Log {
    fn knows(&self, ip: &Ip) -> bool {
        ip.partition.is_some()
    }
    fn bind(&mut self, window: Window<Bank>) -> Result<(), String> {
        self.0.borrow_mut().push(format!("bind {}", window.ip().vlnv.as_deref().unwrap_or("-")));
        if window.ip().vlnv.as_deref() == Some("example.org:user:ctl_b:1.0") {
            Err("not mine".to_owned())
        } else {
            Ok(())
        }
    }
    fn unbind(&mut self, path: &str) {
        self.0.borrow_mut().push(format!("unbind {path}"));
    }
}

#[test]
fn drivers_are_bound_again_after_every_swap() {
    let t = Target::new();
    let mut overlay = open(&t);
    let log = Rc::new(RefCell::new(Vec::new()));
    let windows = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&windows);
    overlay.add_driver(Box::new(
        ByVlnv::new("example.org:user:ctl_b:9.9", move |w: Window<Bank>| kept.borrow_mut().push(w))
            .any_version(),
    ));
    assert!(windows.borrow().is_empty(), "a is loaded");
    overlay.add_driver(Box::new(Log(Rc::clone(&log))));
    assert_eq!(log.borrow().as_slice(), ["bind example.org:user:ctl_a:1.0"]);
    overlay.pr_download("p", "b").expect("loads");
    assert_eq!(log.borrow()[1..], ["unbind rp/ctl", "bind example.org:user:ctl_b:1.0"]);
    // The later driver refused, so the earlier one has it.
    assert_eq!(overlay.refusals().len(), 1);
    assert_eq!(windows.borrow().len(), 1);
    assert!(windows.borrow()[0].is_valid());
    overlay.pr_download("p", "a").expect("loads");
    assert!(!windows.borrow()[0].is_valid());
    assert_eq!(overlay.bound().collect::<Vec<_>>(), ["rp/ctl"]);
    overlay.download().expect("loads");
    assert_eq!(overlay.bound().count(), 1, "the power-up module's");
}

#[test]
fn a_changed_hand_off_file_gives_no_addresses() {
    let t = Target::new();
    let path = t.kit().join("modules/p/b.hwh");
    let text = fs_err::read_to_string(&path).expect("there");
    fs_err::write(&path, text.replace("HIGHVALUE=\"0x7F\"", "HIGHVALUE=\"0xFF\"")).expect("written");
    let overlay = open(&t);
    assert!(matches!(overlay.metadata("p", "b"), Err(OverlayError::Changed { .. })));
    overlay.metadata("p", "a").expect("unchanged");
}

#[test]
fn hierarchies_are_bound_by_a_predicate_and_again_after_every_swap() {
    let t = Target::new();
    let mut overlay = open(&t);
    let bound = Rc::new(RefCell::new(Vec::new()));
    let windows: Rc<RefCell<Vec<Window<Bank>>>> = Rc::default();
    let (seen, kept) = (Rc::clone(&bound), Rc::clone(&windows));
    let with_control = |h: &Hierarchy<'_>| h.ip.iter().any(|ip| ip.path.ends_with("/ctl"));
    overlay.add_driver(Box::new(ByHierarchy::new(
        with_control,
        move |path: &str, list: Vec<Window<Bank>>| {
            seen.borrow_mut().push(path.to_owned());
            *kept.borrow_mut() = list;
        },
    )));
    assert_eq!(bound.borrow().as_slice(), ["rp"]);
    let first = windows.borrow()[0].clone();
    assert!(first.is_valid());
    overlay.pr_download("p", "b").expect("loads");
    assert!(!first.is_valid() && windows.borrow()[0].is_valid());
    assert_eq!(bound.borrow().as_slice(), ["rp", "rp"]);
    overlay.partition("p").expect("there").unload().expect("loads");
    assert_eq!(overlay.bound_hierarchies().count(), 0, "nothing is there");
}

#[test]
fn an_interrupt_ends_with_the_swap() {
    let t = Target::new();
    let mut overlay = open(&t);
    let missing = overlay.interrupt("rp/ctl").expect_err("no UIO device");
    assert!(missing.to_string().contains("uio_pdrv_genirq"), "{missing}");
    let map = t.root().join("sys/class/uio/uio0/maps/map0");
    fs_err::create_dir_all(&map).expect("made");
    fs_err::write(map.join("addr"), "0x43c00000\n").expect("written");
    fs_err::write(map.join("size"), "0x10000\n").expect("written");
    // A pipe stands for the device: what is written to it (unmask: 1) is what is read as the count.
    let made = std::process::Command::new("mkfifo").arg(t.root().join("dev/uio0")).status();
    assert!(made.is_ok_and(|s| s.success()), "mkfifo (coreutils)");
    let mut interrupt = overlay.interrupt("rp/ctl").expect("there");
    assert_eq!(interrupt.path(), "rp/ctl");
    assert_eq!(interrupt.wait(Duration::from_secs(5)).expect("waits"), Some(1));
    overlay.pr_download("p", "b").expect("loads");
    assert!(matches!(interrupt.wait(Duration::from_secs(5)), Err(InterruptError::Lease(_))));
}

/// A pool through an overlay: drivers follow.
#[test]
fn a_pool_swaps_through_an_overlay() {
    let t = Target::new();
    let mut overlay = open(&t);
    let windows: Rc<RefCell<Vec<Window<Bank>>>> = Rc::default();
    let kept = Rc::clone(&windows);
    overlay.add_driver(Box::new(ByVlnv::new("example.org:user:ctl_b:1.0", move |w: Window<Bank>| {
        kept.borrow_mut().push(w);
    })));
    let mut pool = Pool::new(overlay, &["p"], Policy::Lru, 145e6).expect("two functions");
    assert_eq!(pool.functions(), ["a", "b"], "the greybox is none");
    assert_eq!(pool.acquire("b").expect("loads").evicted, Some("a"));
    assert!(windows.borrow()[0].is_valid());
    pool.acquire("a").expect("loads");
    assert!(!windows.borrow()[0].is_valid());
}
