//! [`Spill`] and [`Spool`]: what would take too much memory waits in a file without a name.
//!
//! What waits there is packed data of a copy, the same that stands in the copy's own file until it is checked and
//! released, or digests. Values as they were read never wait there.

use super::FormatError;
use std::{
    cell::{Cell, RefCell},
    fmt,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    rc::Rc,
    sync::Arc,
};

type Make = dyn Fn() -> io::Result<File> + Send + Sync;

/// Gives files that have no name and are gone when they are closed; the default has none, and what is to wait
/// stays in memory.
#[derive(Clone, Default)]
pub struct Spill(Option<Arc<Make>>);

impl fmt::Debug for Spill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spill({})", self.0.is_some())
    }
}

impl Spill {
    /// Files come from `make`: empty, for reading and writing, for the owner alone.
    pub fn new(make: impl Fn() -> io::Result<File> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(make)))
    }

    /// Whether there are any.
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// A new file; `None` when there are none to be had.
    ///
    /// # Errors
    /// Those of the system.
    pub fn file(&self) -> io::Result<Option<File>> {
        self.0.as_ref().map(|make| make()).transpose()
    }
}

/// Bytes of one [`Waiting`] that are written to the file at once.
const PIECE: usize = 256 << 10;
/// Bytes in memory of all that wait in one spool and are finished.
const HELD: u64 = 2 << 20;

/// Where the new parts of one container wait until they are written in their order.
pub(crate) struct Spool {
    spill: Spill,
    /// What of each part may wait in memory when there is no file.
    held_bytes: u64,
    file: RefCell<Option<File>>,
    end: Cell<u64>,
    held: Cell<u64>,
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spool({} bytes)", self.end.get())
    }
}

impl Spool {
    /// For one container. Without a file a part of more than `held_bytes` is refused.
    pub(crate) fn new(spill: &Spill, held_bytes: u64) -> Rc<Self> {
        Rc::new(Self {
            spill: spill.clone(),
            held_bytes,
            file: RefCell::default(),
            end: Cell::new(0),
            held: Cell::new(0),
        })
    }

    /// Appends to the file; `None` when there is none.
    fn append(&self, bytes: &[u8]) -> io::Result<Option<(u64, u64)>> {
        let mut file = self.file.borrow_mut();
        if file.is_none() {
            *file = self.spill.file()?;
        }
        let Some(file) = file.as_mut() else {
            return Ok(None);
        };
        let at = self.end.get();
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)?;
        let end = at + bytes.len() as u64;
        self.end.set(end);
        Ok(Some((at, end)))
    }

    fn copy(&self, (start, end): (u64, u64), out: &mut dyn Write) -> io::Result<()> {
        let mut file = self.file.borrow_mut();
        let file = file.as_mut().ok_or(io::ErrorKind::UnexpectedEof)?;
        file.seek(SeekFrom::Start(start))?;
        let n = io::copy(&mut file.take(end - start), out)?;
        if n == end - start {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

/// Bytes that wait in a spool, in the order in which they were written.
pub(crate) struct Waiting {
    spool: Rc<Spool>,
    /// Ranges of the file, then what is in memory.
    extents: Vec<(u64, u64)>,
    tail: Vec<u8>,
    len: u64,
    /// Bytes of the tail that the spool counts.
    counted: u64,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Waiting({} bytes)", self.len)
    }
}

impl Waiting {
    /// None yet.
    pub(crate) fn new(spool: &Rc<Spool>) -> Self {
        Self {
            spool: Rc::clone(spool),
            extents: Vec::new(),
            tail: Vec::new(),
            len: 0,
            counted: 0,
        }
    }

    /// Number of bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Writes the tail to the file; false when there is none.
    fn spill(&mut self) -> io::Result<bool> {
        let Some((start, end)) = self.spool.append(&self.tail)? else {
            return Ok(false);
        };
        match self.extents.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => self.extents.push((start, end)),
        }
        self.tail.clear();
        Ok(true)
    }

    /// No more will come.
    ///
    /// # Errors
    /// Those of the file.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        let more = self.tail.len() as u64;
        if self.spool.held.get() + more > HELD {
            self.spill()?;
        }
        self.tail.shrink_to_fit();
        self.counted = self.tail.len() as u64;
        self.spool.held.set(self.spool.held.get() + self.counted);
        Ok(())
    }

    /// Writes all of them.
    ///
    /// # Errors
    /// Those of the file and of `out`.
    pub(crate) fn copy(&self, out: &mut dyn Write) -> io::Result<()> {
        for &extent in &self.extents {
            self.spool.copy(extent, out)?;
        }
        out.write_all(&self.tail)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let held = self.spool.held.get();
        self.spool.held.set(held.saturating_sub(self.counted));
    }
}

impl Write for Waiting {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.tail.extend_from_slice(buf);
        self.len += buf.len() as u64;
        let full = self.tail.len() >= PIECE;
        if full && !self.spill()? && self.len > self.spool.held_bytes {
            return Err(io::Error::other(FormatError::Limit("bytes held in memory")));
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn bytes(seed: u8, len: usize) -> Vec<u8> {
        (0..len)
            .map(|i| u8::try_from(i % 251).unwrap() ^ seed)
            .collect()
    }

    #[test]
    fn what_waits_comes_back_in_order_and_stays_out_of_memory() {
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        let spill = Spill::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
            tempfile::tempfile()
        });
        let spool = Spool::new(&spill, 1);
        let (one, two) = (bytes(1, 5 << 20), bytes(2, 3 << 20));
        let (mut a, mut b) = (Waiting::new(&spool), Waiting::new(&spool));
        for (x, y) in one.chunks(100_000).zip(two.chunks(60_000)) {
            a.write_all(x).unwrap();
            b.write_all(y).unwrap();
            assert!(a.tail.len() + b.tail.len() < 2 * PIECE);
        }
        a.finish().unwrap();
        b.finish().unwrap();
        let small: Vec<Waiting> = (0..100)
            .map(|n| {
                let mut w = Waiting::new(&spool);
                w.write_all(&bytes(n, 100_000)).unwrap();
                w.finish().unwrap();
                w
            })
            .collect();
        let held: usize = small.iter().map(|w| w.tail.len()).sum();
        assert!(held as u64 <= HELD && held > 1 << 20);
        for (waiting, wanted) in [(&a, &one), (&b, &two)] {
            let mut got = Vec::new();
            waiting.copy(&mut got).unwrap();
            assert!(got == *wanted);
            assert_eq!(waiting.len(), wanted.len() as u64);
        }
        for (n, w) in small.iter().enumerate() {
            let mut got = Vec::new();
            w.copy(&mut got).unwrap();
            assert!(got == bytes(u8::try_from(n).unwrap(), 100_000));
        }
        assert_eq!(made.load(Ordering::Relaxed), 1);
        drop((a, b, small));
        assert_eq!(spool.held.get(), 0);
    }

    #[test]
    fn without_a_file_what_is_too_long_is_refused() {
        let spool = Spool::new(&Spill::default(), 1 << 20);
        let mut waiting = Waiting::new(&spool);
        waiting.write_all(&bytes(0, 1 << 20)).unwrap();
        let error = waiting.write_all(&[0]).unwrap_err();
        assert!(error.get_ref().unwrap().is::<FormatError>());
        let mut got = Vec::new();
        waiting.copy(&mut got).unwrap();
        assert_eq!(got.len(), (1 << 20) + 1);
    }

    #[test]
    fn a_file_that_cannot_be_had_is_an_error() {
        let spill = Spill::new(|| Err(io::ErrorKind::StorageFull.into()));
        let mut waiting = Waiting::new(&Spool::new(&spill, u64::MAX));
        let error = waiting.write_all(&bytes(0, PIECE)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
