// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel offers and the standard library does not: mappings, ioctl, poll. The only module with `unsafe`.
//!
//! The functions are those of the system's C library, which the standard library links on Linux anyway; declared here so that
//! a kit's own loader needs no crate from a registry. Everything outside this module is safe: a [`Mapping`] checks its
//! bounds, and each ioctl is one function with its own structure.
//!
//! Numbers are those of the kernel's interface (uapi headers `dma-heap.h`, `dma-buf.h`, `gpio.h`; asm-generic `ioctl.h`),
//! the same on every architecture that AMD's devices have or sit beside (arm, aarch64, x86-64, riscv).
#![expect(unsafe_code, reason = "the one module that talks to the C library")]

use std::ffi::{c_int, c_long, c_ulong, c_void};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;
use std::time::{Duration, Instant};

#[cfg(target_env = "musl")]
type Request = c_int;
#[cfg(not(target_env = "musl"))]
type Request = c_ulong;

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: i16,
    revents: i16,
}

// SAFETY (of the declarations): signatures as in POSIX and in the headers of glibc and musl. `mmap` takes a 64-bit offset:
// musl's always does, glibc's under the name `mmap64` where a long has 32 bits.
unsafe extern "C" {
    #[cfg_attr(all(target_env = "gnu", target_pointer_width = "32"), link_name = "mmap64")]
    fn mmap(
        address: *mut c_void,
        length: usize,
        prot: c_int,
        flags: c_int,
        fd: c_int,
        offset: i64,
    ) -> *mut c_void;
    fn munmap(address: *mut c_void, length: usize) -> c_int;
    fn ioctl(fd: c_int, request: Request, ...) -> c_int;
    fn poll(fds: *mut PollFd, count: c_ulong, timeout: c_int) -> c_int;
    fn sysconf(name: c_int) -> c_long;
}

const PROT_READ_WRITE: c_int = 3;
const MAP_SHARED: c_int = 1;
const SC_PAGESIZE: c_int = 30;
const POLLIN: i16 = 1;
const POLLERR_HUP_NVAL: i16 = 0x38;

/// Bytes of a page.
pub(crate) fn page_size() -> u64 {
    // SAFETY: no pointers; an unknown name gives -1.
    let size = unsafe { sysconf(SC_PAGESIZE) };
    u64::try_from(size).ok().filter(|s| s.is_power_of_two()).unwrap_or(4096)
}

/// Shared memory of a file or device, for reading and writing.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the mapping belongs to this value alone and is not tied to a thread; writing takes `&mut`.
unsafe impl Send for Mapping {}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: `start` and `bytes` are those of one successful mmap, unmapped once, and no reference into it exists.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

impl Mapping {
    /// Maps `bytes` of `file` from `offset` on, which lies on a page. Of a regular file (a test's) that many must exist.
    pub(crate) fn new(file: &File, offset: u64, bytes: usize) -> io::Result<Self> {
        let invalid = |why: &'static str| io::Error::new(io::ErrorKind::InvalidInput, why);
        if let Ok(about) = file.metadata()
            && about.is_file()
            && offset.checked_add(bytes as u64).is_none_or(|end| end > about.len())
        {
            return Err(invalid("a file that ends before it"));
        }
        let offset = i64::try_from(offset).map_err(|_| invalid("an offset beyond 2^63"))?;
        let null = std::ptr::null_mut();
        // SAFETY: a new shared mapping at a place of the kernel's choice overlaps nothing of ours; a regular file was checked
        // to be long enough, so that no access faults.
        let start = unsafe { mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, file.as_raw_fd(), offset) };
        if start.addr() == usize::MAX {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(|| invalid("mapped at 0"))?;
        Ok(Self { start, bytes })
    }

    /// Bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }

    /// Where it is in this process.
    pub(crate) fn address(&self) -> usize {
        self.start.as_ptr().addr()
    }

    fn word(&self, offset: usize) -> Option<NonNull<u32>> {
        let inside = offset.is_multiple_of(4) && offset.checked_add(4).is_some_and(|end| end <= self.bytes);
        // SAFETY: the offset was checked, so the pointer stays inside the mapping. A mapping begins on a page, so a multiple
        // of four is aligned.
        inside.then(|| unsafe { self.start.add(offset) }.cast())
    }

    /// One access of 32 bits; none outside, or not aligned.
    pub(crate) fn read_word(&self, offset: usize) -> Option<u32> {
        // SAFETY: `word` gives aligned places inside a live mapping; volatile, so neither left out nor repeated.
        self.word(offset).map(|word| unsafe { word.as_ptr().read_volatile() })
    }

    /// One access of 32 bits; none outside, or not aligned.
    pub(crate) fn write_word(&mut self, offset: usize, value: u32) -> Option<()> {
        // SAFETY: as for `read_word`; the mapping is writable.
        self.word(offset).map(|word| unsafe { word.as_ptr().write_volatile(value) })
    }

    fn part(&self, offset: usize, length: usize) -> Option<NonNull<u8>> {
        let inside = offset.checked_add(length).is_some_and(|end| end <= self.bytes);
        // SAFETY: offset and length were checked to lie inside the mapping.
        inside.then(|| unsafe { self.start.add(offset) })
    }

    /// Copies out of memory (not registers); none when it is not all inside.
    pub(crate) fn read_bytes(&self, offset: usize, bytes: &mut [u8]) -> Option<()> {
        let part = self.part(offset, bytes.len())?;
        // SAFETY: `part` checked the range; the slice is ours and no reference into a mapping exists, so they do not overlap.
        unsafe { std::ptr::copy_nonoverlapping(part.as_ptr(), bytes.as_mut_ptr(), bytes.len()) };
        Some(())
    }

    /// Copies into memory (not registers); none when it is not all inside.
    pub(crate) fn write_bytes(&mut self, offset: usize, bytes: &[u8]) -> Option<()> {
        let part = self.part(offset, bytes.len())?;
        // SAFETY: as for `read_bytes`; the mapping is writable and borrowed for it.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), part.as_ptr(), bytes.len()) };
        Some(())
    }
}

/// Waits until something can be read; false when `patience` ended first.
pub(crate) fn wait_readable(fd: BorrowedFd<'_>, patience: Duration) -> io::Result<bool> {
    let began = Instant::now();
    loop {
        let left = patience.saturating_sub(began.elapsed());
        // Rounded up: never before the end.
        let millis = c_int::try_from(left.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX);
        let mut one = PollFd { fd: fd.as_raw_fd(), events: POLLIN, revents: 0 };
        // SAFETY: one structure, alive for the call.
        match unsafe { poll(&raw mut one, 1, millis) } {
            0 => return Ok(false),
            n if n > 0 && one.revents & POLLIN != 0 => return Ok(true),
            n if n > 0 && one.revents & POLLERR_HUP_NVAL != 0 => {
                return Err(io::Error::other(format!("poll says {:#x}: the device went away", one.revents)));
            }
            n if n > 0 => return Ok(false),
            _ => match io::Error::last_os_error() {
                e if e.kind() == io::ErrorKind::Interrupted => {}
                e => return Err(e),
            },
        }
    }
}

/// `_IOC` of asm-generic: direction (1 write, 2 read), size, type, number.
const fn request(direction: u32, kind: u8, number: u8, size: usize) -> Request {
    (direction << 30 | (size as u32) << 16 | (kind as u32) << 8 | number as u32) as Request
}

const WRITE: u32 = 1;
const READ_WRITE: u32 = 3;

#[repr(C)]
struct HeapAllocation {
    len: u64,
    fd: u32,
    fd_flags: u32,
    heap_flags: u64,
}

const O_RDWR_CLOEXEC: u32 = 0o2_000_002;

/// `DMA_HEAP_IOCTL_ALLOC`: a buffer of a heap.
pub(crate) fn heap_allocate(heap: &File, bytes: u64) -> io::Result<OwnedFd> {
    let mut data = HeapAllocation { len: bytes, fd: 0, fd_flags: O_RDWR_CLOEXEC, heap_flags: 0 };
    let number = request(READ_WRITE, b'H', 0, size_of::<HeapAllocation>());
    // SAFETY: the structure is that of dma-heap.h and alive for the call; on success `fd` is a new descriptor that nobody
    // else owns.
    unsafe {
        if ioctl(heap.as_raw_fd(), number, &raw mut data) < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(OwnedFd::from_raw_fd(data.fd.cast_signed()))
    }
}

/// `DMA_BUF_IOCTL_SYNC`: `flags` of dma-buf.h (1 read, 2 write, 4 end).
pub(crate) fn buffer_sync(buffer: BorrowedFd<'_>, flags: u64) -> io::Result<()> {
    let number = request(WRITE, b'b', 0, size_of::<u64>());
    // SAFETY: the structure of this request is one 64-bit number, alive for the call and only read.
    if unsafe { ioctl(buffer.as_raw_fd(), number, &raw const flags) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

const LINES: usize = 64;
const NAME: usize = 32;

#[repr(C)]
#[derive(Clone, Copy)]
struct LineAttribute {
    id: u32,
    padding: u32,
    value: u64,
    mask: u64,
}

#[repr(C)]
struct LineRequest {
    offsets: [u32; LINES],
    consumer: [u8; NAME],
    flags: u64,
    attributes: u32,
    config_padding: [u32; 5],
    attribute: [LineAttribute; 10],
    lines: u32,
    event_buffer: u32,
    padding: [u32; 5],
    fd: i32,
}

#[repr(C)]
struct LineValues {
    bits: u64,
    mask: u64,
}

const FLAG_INPUT: u64 = 1 << 2;
const FLAG_OUTPUT: u64 = 1 << 3;
const ATTRIBUTE_OUTPUT_VALUES: u32 = 2;

/// `GPIO_V2_GET_LINE_IOCTL`: one line of a chip; `output`: its first value, none for an input.
pub(crate) fn gpio_line(chip: &File, line: u32, output: Option<bool>) -> io::Result<OwnedFd> {
    let none = LineAttribute { id: 0, padding: 0, value: 0, mask: 0 };
    let mut data = LineRequest {
        offsets: [0; LINES],
        consumer: [0; NAME],
        flags: if output.is_some() { FLAG_OUTPUT } else { FLAG_INPUT },
        attributes: 0,
        config_padding: [0; 5],
        attribute: [none; 10],
        lines: 1,
        event_buffer: 0,
        padding: [0; 5],
        fd: -1,
    };
    data.offsets[0] = line;
    data.consumer[..6].copy_from_slice(b"dfxkit");
    if let Some(value) = output {
        data.attributes = 1;
        data.attribute[0] =
            LineAttribute { id: ATTRIBUTE_OUTPUT_VALUES, padding: 0, value: u64::from(value), mask: 1 };
    }
    let number = request(READ_WRITE, 0xb4, 7, size_of::<LineRequest>());
    // SAFETY: the structure is that of gpio.h and alive for the call; on success `fd` is a new descriptor that nobody else
    // owns.
    unsafe {
        if ioctl(chip.as_raw_fd(), number, &raw mut data) < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(OwnedFd::from_raw_fd(data.fd))
    }
}

/// `GPIO_V2_LINE_{GET,SET}_VALUES_IOCTL` of a line that was requested. `set` none: reads.
pub(crate) fn gpio_value(line: &OwnedFd, set: Option<bool>) -> io::Result<bool> {
    let mut data = LineValues { bits: u64::from(set == Some(true)), mask: 1 };
    let number = request(READ_WRITE, 0xb4, if set.is_some() { 0xf } else { 0xe }, size_of::<LineValues>());
    // SAFETY: the structure is that of gpio.h and alive for the call.
    if unsafe { ioctl(line.as_fd().as_raw_fd(), number, &raw mut data) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(data.bits & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::{
        Duration, File, HeapAllocation, LineRequest, LineValues, Mapping, READ_WRITE, WRITE, io, request,
    };
    use std::os::fd::AsFd;

    /// The numbers as a C compiler gives them (dma-heap.h, dma-buf.h, gpio.h of Linux 6.1).
    #[test]
    fn requests_are_those_of_the_headers() {
        assert_eq!(request(READ_WRITE, b'H', 0, size_of::<HeapAllocation>()) as u32, 0xc018_4800);
        assert_eq!(request(WRITE, b'b', 0, 8) as u32, 0x4008_6200);
        assert_eq!(request(READ_WRITE, 0xb4, 7, size_of::<LineRequest>()) as u32, 0xc250_b407);
        assert_eq!(request(READ_WRITE, 0xb4, 0xe, size_of::<LineValues>()) as u32, 0xc010_b40e);
    }

    #[test]
    fn a_mapping_ends_where_it_ends() {
        let dir = tempfile::tempdir().expect("temp");
        let path = dir.path().join("memory");
        fs_err::write(&path, [0; 8192]).expect("written");
        let file = File::options().read(true).write(true).open(&path).expect("there");
        let mut mapping = Mapping::new(&file, 4096, 4096).expect("maps");
        assert_eq!(mapping.write_word(4092, 7), Some(()));
        assert_eq!(
            (mapping.read_word(4092), mapping.read_word(4096), mapping.read_word(2)),
            (Some(7), None, None)
        );
        assert_eq!(mapping.write_bytes(4095, &[1, 2]), None);
        assert_eq!(mapping.write_bytes(0, b"abc"), Some(()));
        let mut back = [0; 3];
        assert_eq!((mapping.read_bytes(0, &mut back), &back), (Some(()), b"abc"));
        assert_eq!(fs_err::read(&path).expect("there")[4096..4099], *b"abc");
        let beyond = Mapping::new(&file, 4096, 8192).expect_err("it has 8192 bytes");
        assert_eq!(beyond.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn waiting_ends_with_data_with_patience_or_with_the_device() {
        use std::io::Write;
        let (ours, mut theirs) = std::os::unix::net::UnixStream::pair().expect("a pair");
        assert!(!super::wait_readable(ours.as_fd(), Duration::from_millis(2)).expect("waits"));
        theirs.write_all(b"x").expect("sent");
        assert!(super::wait_readable(ours.as_fd(), Duration::ZERO).expect("waits"));
        // A file is no GPIO chip and no heap: the kernel's answer comes through.
        let file = tempfile::tempfile().expect("temp");
        for error in [
            super::gpio_line(&file, 0, Some(true)).expect_err("no chip"),
            super::heap_allocate(&file, 4096).expect_err("no heap"),
            super::buffer_sync(file.as_fd(), 1).expect_err("no buffer"),
        ] {
            assert_eq!(error.raw_os_error(), Some(25), "ENOTTY: {error}");
        }
    }
}
