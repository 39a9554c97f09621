// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buffers that logic can reach: of a DMA heap (`/dev/dma_heap/NAME`, Linux 5.6 on), or of u-dma-buf
//! (`/sys/class/u-dma-buf/NAME`, an out-of-tree driver that PYNQ's and Kria's images often carry).
//!
//! Both are mapped into the process. Who writes while the caches hold old data reads them: put the processor's accesses
//! between [`DmaBuffer::begin`] and [`DmaBuffer::end`]; each side sees what the other wrote then.
//!
//! A DMA heap tells no physical address; it is read from `/proc/self/pagemap`, which needs CAP_SYS_ADMIN, and given only when
//! the buffer is in one piece (a CMA heap's is; the system heap's is not, which logic without an IOMMU cannot use).

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::sys::{Mapping, buffer_sync, heap_allocate, page_size};

/// Who moves data, seen from the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The processor reads what logic wrote.
    Read,
    /// The processor writes what logic will read.
    Write,
    /// Both.
    ReadWrite,
}

/// A buffer in one piece of memory.
#[derive(Debug)]
pub struct DmaBuffer {
    mapping: Mapping,
    physical: Result<u64, String>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Heap(OwnedFd),
    UDmaBuf(PathBuf),
}

impl DmaBuffer {
    /// A new buffer of a heap of the system below `root`: `reserved`, `linux,cma`, `default_cma_region` are in one piece.
    /// Bytes are rounded up to whole pages.
    ///
    /// # Errors
    /// As the kernel gives them; `NotFound` without such a heap (CONFIG_DMABUF_HEAPS).
    pub fn of_heap(root: &Path, heap: &str, bytes: usize) -> io::Result<Self> {
        let path = root.join("dev/dma_heap").join(plain(heap)?);
        let heap = OpenOptions::new().read(true).write(true).open(&path).map_err(|e| {
            io::Error::new(
                e.kind(),
                format!("{}: {e} (CONFIG_DMABUF_HEAPS and CONFIG_DMABUF_HEAPS_CMA)", path.display()),
            )
        })?;
        let bytes = (bytes.max(1) as u64).next_multiple_of(page_size());
        let buffer = File::from(heap_allocate(&heap, bytes)?);
        let length = usize::try_from(bytes).map_err(io::Error::other)?;
        let mapping = Mapping::new(&buffer, 0, length)?;
        let mut this = Self { mapping, physical: Err(String::new()), kind: Kind::Heap(buffer.into()) };
        // Every page must be there before the kernel can say where it is.
        this.mapping.write_bytes(0, &vec![0; length]);
        this.physical = this.look_up(&root.join("proc/self/pagemap"));
        Ok(this)
    }

    /// The buffer of a u-dma-buf device (`udmabuf0`), whole.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn of_udmabuf(root: &Path, name: &str) -> io::Result<Self> {
        let name = plain(name)?;
        let classes = ["u-dma-buf", "udmabuf"].map(|class| root.join("sys/class").join(class).join(name));
        let dir = classes.iter().find(|d| d.is_dir()).unwrap_or(&classes[0]).clone();
        let number = |file: &str| -> io::Result<u64> {
            let path = dir.join(file);
            let text = fs::read_to_string(&path)
                .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))?;
            let text = text.trim();
            let parsed = match text.strip_prefix("0x") {
                Some(hex) => u64::from_str_radix(hex, 16),
                None => text.parse(),
            };
            parsed.map_err(|_| io::Error::other(format!("{}: \"{text}\" is no number", path.display())))
        };
        let (physical, bytes) = (number("phys_addr")?, number("size")?);
        let file = OpenOptions::new().read(true).write(true).open(root.join("dev").join(name))?;
        let mapping = Mapping::new(&file, 0, usize::try_from(bytes).map_err(io::Error::other)?)?;
        Ok(Self { mapping, physical: Ok(physical), kind: Kind::UDmaBuf(dir) })
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.mapping.len()
    }

    /// True for a buffer of nothing, which does not exist.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The address that logic without an IOMMU is told.
    ///
    /// # Errors
    /// `Unsupported`, with the reason, when it is not known.
    pub fn physical(&self) -> io::Result<u64> {
        self.physical.clone().map_err(|why| io::Error::new(io::ErrorKind::Unsupported, why))
    }

    /// The descriptor of a heap's buffer, for drivers that import one; none of u-dma-buf.
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match &self.kind {
            Kind::Heap(fd) => Some(fd.as_fd()),
            Kind::UDmaBuf(_) => None,
        }
    }

    /// The processor is about to access `length` bytes from `offset` on.
    ///
    /// # Errors
    /// As the kernel gives them.
    pub fn begin(&mut self, offset: usize, length: usize, access: Access) -> io::Result<()> {
        self.sync(offset, length, access, true)
    }

    /// The processor is done with them.
    ///
    /// # Errors
    /// As the kernel gives them.
    pub fn end(&mut self, offset: usize, length: usize, access: Access) -> io::Result<()> {
        self.sync(offset, length, access, false)
    }

    fn sync(&mut self, offset: usize, length: usize, access: Access, begin: bool) -> io::Result<()> {
        if offset.checked_add(length).is_none_or(|end| end > self.len()) {
            return Err(outside(offset, length, self.len()));
        }
        match &self.kind {
            Kind::Heap(fd) => {
                let flags = match access {
                    Access::Read => 1,
                    Access::Write => 2,
                    Access::ReadWrite => 3,
                };
                // The whole buffer: its interface knows no part.
                buffer_sync(fd.as_fd(), flags | if begin { 0 } else { 4 })
            }
            Kind::UDmaBuf(dir) => {
                // Seen from the device, as `enum dma_data_direction`: 1 to the device, 2 from it, 0 both.
                let direction = match access {
                    Access::Write => "1",
                    Access::Read => "2",
                    Access::ReadWrite => "0",
                };
                let trigger = if begin { "sync_for_cpu" } else { "sync_for_device" };
                put(&dir.join("sync_offset"), &format!("{offset:#x}"))?;
                put(&dir.join("sync_size"), &format!("{length:#x}"))?;
                put(&dir.join("sync_direction"), direction)?;
                put(&dir.join(trigger), "1")
            }
        }
    }

    /// Copies out of it.
    ///
    /// # Errors
    /// `InvalidInput` when it is not all inside.
    pub fn read(&self, offset: usize, bytes: &mut [u8]) -> io::Result<()> {
        let length = bytes.len();
        self.mapping.read_bytes(offset, bytes).ok_or_else(|| outside(offset, length, self.len()))
    }

    /// Copies into it.
    ///
    /// # Errors
    /// `InvalidInput` when it is not all inside.
    pub fn write(&mut self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let all = self.len();
        self.mapping.write_bytes(offset, bytes).ok_or_else(|| outside(offset, bytes.len(), all))
    }

    fn look_up(&self, pagemap: &Path) -> Result<u64, String> {
        let page = page_size();
        let open = File::open(pagemap).map_err(|e| format!("{}: {e}", pagemap.display()))?;
        let mut entries = vec![0; self.len() / page as usize * 8];
        open.read_exact_at(&mut entries, self.mapping.address() as u64 / page * 8)
            .map_err(|e| format!("{}: {e}", pagemap.display()))?;
        one_piece(entries.as_chunks::<8>().0.iter().map(|e| u64::from_ne_bytes(*e)), page)
    }
}

/// The address of pages that follow each other, of their entries in pagemap (Documentation/admin-guide/mm/pagemap.rst).
fn one_piece(entries: impl Iterator<Item = u64>, page: u64) -> Result<u64, String> {
    let mut first = None;
    for (n, entry) in entries.enumerate() {
        let frame = entry & ((1 << 55) - 1);
        if entry >> 63 == 0 {
            return Err(format!("page {n} is not there"));
        }
        if frame == 0 {
            return Err("the kernel does not tell where the pages are: it needs CAP_SYS_ADMIN".to_owned());
        }
        let start = *first.get_or_insert(frame);
        if frame != start + n as u64 {
            return Err("the buffer is not in one piece: take a CMA heap".to_owned());
        }
    }
    first.map(|frame| frame * page).ok_or_else(|| "it has no page".to_owned())
}

fn outside(offset: usize, length: usize, all: usize) -> io::Error {
    let why = format!("{length} bytes at {offset} of a buffer of {all}");
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// One part of a path, and nothing above it.
fn plain(name: &str) -> io::Result<&str> {
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("\"{name}\" is no name of a device"),
        ));
    }
    Ok(name)
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    let open = OpenOptions::new().write(true).truncate(true).open(path);
    let mut file = open.map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))?;
    match file.write(text.as_bytes())? {
        n if n == text.len() => Ok(()),
        n => Err(io::Error::other(format!("{} took {n} bytes of {}", path.display(), text.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, DmaBuffer, one_piece};

    #[test]
    fn a_buffer_of_udmabuf_has_an_address_and_is_synced_in_parts() {
        let dir = tempfile::tempdir().expect("temp");
        let class = dir.path().join("sys/class/u-dma-buf/udmabuf0");
        fs_err::create_dir_all(&class).expect("made");
        fs_err::create_dir_all(dir.path().join("dev")).expect("made");
        let attributes = ["sync_offset", "sync_size", "sync_direction", "sync_for_cpu", "sync_for_device"]
            .map(|f| (f, "0"));
        for (file, text) in attributes.into_iter().chain([("phys_addr", "0x1f100000\n"), ("size", "8192\n")])
        {
            fs_err::write(class.join(file), text).expect("written");
        }
        fs_err::write(dir.path().join("dev/udmabuf0"), vec![0; 8192]).expect("written");
        let mut buffer = DmaBuffer::of_udmabuf(dir.path(), "udmabuf0").expect("there");
        assert_eq!((buffer.len(), buffer.physical().expect("told")), (8192, 0x1f10_0000));
        assert!(buffer.descriptor().is_none() && !buffer.is_empty());
        buffer.write(4096, b"in").expect("inside");
        buffer.end(4096, 2, Access::Write).expect("synced");
        let said = |file: &str| fs_err::read_to_string(class.join(file)).expect("there");
        assert_eq!(
            (said("sync_offset"), said("sync_size"), said("sync_direction"), said("sync_for_device")),
            ("0x1000".into(), "0x2".into(), "1".into(), "1".into())
        );
        assert_eq!(said("sync_for_cpu"), "0");
        buffer.begin(0, 8192, Access::Read).expect("synced");
        assert_eq!((said("sync_direction"), said("sync_for_cpu")), ("2".into(), "1".into()));
        let mut back = [0; 2];
        buffer.read(4096, &mut back).expect("inside");
        assert_eq!(&back, b"in");
        assert!(buffer.write(8191, b"in").is_err() && buffer.begin(8192, 1, Access::Read).is_err());
        assert!(DmaBuffer::of_udmabuf(dir.path(), "../udmabuf0").is_err());
        let none = DmaBuffer::of_heap(dir.path(), "reserved", 4096).expect_err("no heaps");
        assert!(none.to_string().contains("CONFIG_DMABUF_HEAPS"), "{none}");
    }

    #[test]
    fn an_address_is_given_for_one_piece_only() {
        let there = |frame: u64| 1 << 63 | frame;
        assert_eq!(one_piece([there(16), there(17), there(18)].into_iter(), 4096), Ok(0x1_0000));
        for (entries, why) in [
            (vec![there(16), there(18)], "one piece"),
            (vec![there(0)], "CAP_SYS_ADMIN"),
            (vec![16], "not there"),
            (vec![], "no page"),
        ] {
            let refused = one_piece(entries.into_iter(), 4096).expect_err("no address");
            assert!(refused.contains(why), "{refused}");
        }
    }
}
