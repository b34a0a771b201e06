//! The order of the rooms, and the only threads.
//!
//! Workers pull: first segments of large files, then the next batch of names from the walker. What
//! they finish goes through a reorder buffer, so that one thread and sixteen give the same output.
//! A worker without work sleeps on a condition variable.

pub mod restore;

mod before;
mod large;
mod order;
mod redact;

pub use before::{Before, Moved, Scanned, To, rename};
pub use redact::{Copied, Copies, Outcome, redact};

use crate::{
    formats::{Format, Segments, Source, nest::identify, source::read_full},
    model::{Attributes, GapKind, Name},
    rules::Profile,
    scan::{self, Cut, Purpose, Reader, Which},
    store::Kept,
    walk::{BATCH, Batch, Found, Item, Skipped, Walker},
};
use before::{Content, last};
use large::Large;
use order::{Order, Slot};
use std::{
    collections::VecDeque,
    fs::File,
    io::{Read, Seek},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
};

/// Files up to this many bytes are read whole, in one go.
const SMALL: usize = 256 << 10;
/// Things that may be finished out of order before workers wait.
const AHEAD: usize = 256 * BATCH;
/// How much larger batches are where files are not read.
const LARGER: usize = 4;
/// Batches are larger where fewer than one of so many things is read.
const SPARSE: usize = 32;
/// Handfuls of records that wait to be written; few, because each may list many findings.
const QUEUED: usize = 4;

/// Counters for the progress display; updated once a batch or segment.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files finished.
    pub files: AtomicU64,
    /// Files known so far.
    pub known: AtomicU64,
    /// Bytes read.
    pub bytes: AtomicU64,
    /// Whether every folder has been listed.
    pub listed: AtomicBool,
    /// Set to stop early; what is finished stays.
    pub stop: AtomicBool,
    /// What is read now, masked, for show.
    pub current: Mutex<String>,
}

struct State {
    segments: VecDeque<(Arc<Large>, u64)>,
    order: Order,
    /// Batches and large files being worked on.
    busy: usize,
    exhausted: bool,
    /// Workers that sleep.
    asleep: usize,
}

struct Shared<'a> {
    walker: Mutex<Walker>,
    state: Mutex<State>,
    wake: Condvar,
    reader: Reader<'a>,
    purpose: Purpose<'a>,
    progress: &'a Progress,
    before: Before<'a>,
    copies: before::Copies,
    /// Things of the batches to come.
    size: AtomicUsize,
    /// How many more files stood before those of a batch in the scan before.
    drift: AtomicI64,
    /// Locked while records are handed on, so that two workers cannot do it out of order.
    handing: Mutex<SyncSender<Vec<Scanned>>>,
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads everything the walker lists but what is as the scan before left it, and hands what became of it to
/// `sink` in the walker's order, on the caller's thread. The sink stops the run by giving `false`.
pub fn scan(
    walker: Walker,
    threads: usize,
    reader: Reader<'_>,
    purpose: Purpose<'_>,
    progress: &Progress,
    before: Before<'_>,
    sink: &mut dyn FnMut(Scanned) -> bool,
) {
    let (give, take) = sync_channel(QUEUED);
    let shared = Shared {
        walker: Mutex::new(walker),
        state: Mutex::new(State {
            segments: VecDeque::new(),
            order: Order::default(),
            busy: 0,
            exhausted: false,
            asleep: 0,
        }),
        wake: Condvar::new(),
        reader,
        purpose,
        progress,
        before,
        copies: before::Copies::default(),
        size: AtomicUsize::new(BATCH),
        drift: AtomicI64::new(0),
        handing: Mutex::new(give),
    };
    std::thread::scope(|scope| {
        // The workers own what they share, so that the channel closes when the last of them ends.
        let shared = Arc::new(shared);
        for _ in 0..threads.max(1) {
            let shared = Arc::clone(&shared);
            scope.spawn(move || worker(&shared));
        }
        drop(shared);
        for record in take.iter().flatten() {
            if !sink(record) {
                progress.stop.store(true, Ordering::Relaxed);
                break;
            }
        }
        // Workers that wait to hand something on are let go.
        drop(take);
    });
}

enum Work {
    Segment(Arc<Large>, u64),
    Batch(Batch),
    Wait,
    Done,
}

fn worker(shared: &Shared<'_>) {
    let mut buffer = vec![0; SMALL];
    loop {
        match next(shared) {
            Work::Segment(large, index) => {
                let done = large.run(shared.reader, shared.purpose, index);
                (shared.before.pace)(done.bytes);
                large.advance(shared.reader, shared.purpose);
                shared
                    .progress
                    .bytes
                    .fetch_add(done.bytes, Ordering::Relaxed);
                if done.last {
                    let record = large.finish(shared.reader, shared.purpose);
                    lock(&shared.state)
                        .order
                        .fill(large.batch, large.slot, record);
                    shared.progress.files.fetch_add(1, Ordering::Relaxed);
                    deliver(shared);
                    release(shared);
                } else if shared.purpose.all {
                    hand_ahead(shared, &large);
                }
            }
            Work::Batch(batch) => {
                run_batch(shared, &batch, &mut buffer);
                deliver(shared);
                release(shared);
            }
            Work::Wait => {
                let mut state = lock(&shared.state);
                if runnable(&state).is_none() && !finished(&state) && !may_pull(&state) {
                    state.asleep += 1;
                    let waited = shared.wake.wait(state);
                    waited.unwrap_or_else(PoisonError::into_inner).asleep -= 1;
                }
            }
            Work::Done => return,
        }
    }
}

fn finished(state: &State) -> bool {
    state.exhausted && state.busy == 0 && state.segments.is_empty()
}

fn may_pull(state: &State) -> bool {
    !state.exhausted && state.order.waiting() < AHEAD
}

fn release(shared: &Shared<'_>) {
    let mut state = lock(&shared.state);
    state.busy -= 1;
    rouse(shared, state);
}

/// Wakes the workers that sleep; mostly none does, and a call of the system for each batch is saved.
fn rouse(shared: &Shared<'_>, state: MutexGuard<'_, State>) {
    if state.asleep > 0 {
        drop(state);
        shared.wake.notify_all();
    }
}

fn next(shared: &Shared<'_>) -> Work {
    let mut state = lock(&shared.state);
    if let Some((large, index)) = runnable(&state).and_then(|at| state.segments.remove(at)) {
        return Work::Segment(large, index);
    }
    if finished(&state) {
        shared.wake.notify_all();
        return Work::Done;
    }
    if shared.progress.stop.load(Ordering::Relaxed) {
        state.exhausted = true;
    }
    if !may_pull(&state) {
        return Work::Wait;
    }
    state.busy += 1;
    drop(state);
    let mut walker = lock(&shared.walker);
    walker.give_at_most(shared.size.load(Ordering::Relaxed));
    let batch = walker.next_batch();
    drop(walker);
    if let Some(batch) = batch {
        return Work::Batch(batch);
    }
    let mut state = lock(&shared.state);
    state.busy -= 1;
    state.exhausted = true;
    shared.progress.listed.store(true, Ordering::Relaxed);
    drop(state);
    shared.wake.notify_all();
    Work::Wait
}

/// The first segment that may be read now: not one of a file that waits for its turn with more findings
/// than should be in memory.
fn runnable(state: &State) -> Option<usize> {
    let head = state.order.head();
    state
        .segments
        .iter()
        .position(|(large, _)| !large.is_full() || head == Some((large.batch, large.slot)))
}

/// Hands on what a large file has found so far, when it is its turn.
fn hand_ahead(shared: &Shared<'_>, large: &Large) {
    deliver(shared);
    let handing = lock(&shared.handing);
    if lock(&shared.state).order.head() == Some((large.batch, large.slot))
        && let Some(part) = large.take_ahead()
        && handing.send(vec![Scanned::Read(Box::new(part))]).is_err()
    {
        shared.progress.stop.store(true, Ordering::Relaxed);
    }
    drop(handing);
    shared.wake.notify_all();
}

/// Hands on what is finished and next in order.
fn deliver(shared: &Shared<'_>) {
    let handing = lock(&shared.handing);
    loop {
        let ready = lock(&shared.state).order.take();
        let Some(records) = ready else { break };
        if handing.send(records).is_err() {
            shared.progress.stop.store(true, Ordering::Relaxed);
        }
    }
    drop(handing);
    rouse(shared, lock(&shared.state));
}

fn run_batch(shared: &Shared<'_>, batch: &Batch, buffer: &mut [u8]) {
    let (mut files, mut bytes) = (0, 0);
    (shared.before.pace)(0);
    let mut slots = Vec::with_capacity(batch.items.len());
    shared
        .progress
        .known
        .fetch_add(batch.items.len() as u64, Ordering::Relaxed);
    let mut expected = Expected::of(shared, batch);
    for (slot, item) in batch.items.iter().enumerate() {
        if shared.progress.stop.load(Ordering::Relaxed) {
            break;
        }
        let read = run_item(shared, batch.seq, slot, item, buffer, &mut expected);
        files += u64::from(!matches!(read, Slot::Waiting));
        if let Slot::Ready(Scanned::Read(record)) = &read {
            bytes += record.entries.first().map_or(0, |e| e.bytes);
        }
        slots.push(read);
    }
    expected.leave(shared, batch);
    let kept = |slot: &&Slot| matches!(slot, Slot::Ready(Scanned::Kept(_)));
    let kept = slots.iter().filter(kept).count();
    let size = fitting(slots.len() - kept, slots.len());
    shared.size.store(size, Ordering::Relaxed);
    lock(&shared.state).order.put(batch.seq, slots);
    shared.progress.files.fetch_add(files, Ordering::Relaxed);
    shared.progress.bytes.fetch_add(bytes, Ordering::Relaxed);
}

/// How large the next batch is, by how many things of one were read. Only what is not read is so quick that many
/// can go together; a slow file must not keep others from the workers that are free.
fn fitting(read: usize, all: usize) -> usize {
    if read * SPARSE < all {
        BATCH * LARGER
    } else {
        BATCH
    }
}

/// What of the scan before is expected to be met next. A wrong guess costs time and nothing else.
struct Expected<'b> {
    /// The file before.
    last: Option<&'b Found>,
    /// Its folder.
    folder: u64,
    /// Place of the next file in the walk before.
    next: u64,
}

impl<'b> Expected<'b> {
    fn of(shared: &Shared<'_>, batch: &Batch) -> Self {
        let drift = shared.drift.load(Ordering::Relaxed);
        Self {
            last: None,
            folder: 0,
            next: batch.first.saturating_add_signed(drift),
        }
    }

    /// Looks at a file, whose folder is most often that of the one before.
    fn turn_to(&mut self, shared: &Shared<'_>, found: &'b Found) {
        if self.last.is_none_or(|last| !last.is_beside(found)) {
            let earlier = shared.before.earlier;
            self.folder = earlier.folder(found.root(), found.folder());
        }
        self.last = Some(found);
    }

    /// The batches behind begin where this one ends.
    fn leave(&self, shared: &Shared<'_>, batch: &Batch) {
        let end = batch.first + batch.items.len() as u64;
        let drift = self.next.wrapping_sub(end).cast_signed();
        shared.drift.store(drift, Ordering::Relaxed);
    }
}

/// The ledger entry of what is not opened, unless it stands there already.
fn left_out(shared: &Shared<'_>, skip: &Skipped, expected: &mut Expected<'_>) -> Slot {
    let before = &shared.before;
    if !before.earlier.is_empty() {
        let file = (before.identity)(skip.root, &skip.path);
        expected.next = before.earlier.find(file).map_or(expected.next, Kept::next);
        if let Some(kept) = before.earlier.skipped(file, skip.kind, &skip.note) {
            return Slot::Ready(Scanned::Kept(kept));
        }
    }
    let which = Which {
        root: skip.root,
        path: &skip.path,
    };
    let record = scan::skipped(&shared.reader, which, shared.purpose, skip.kind, &skip.note);
    Slot::Ready(Scanned::Read(Box::new(record)))
}

/// The record of the scan before, when the file looks as it did then.
fn unchanged<'b>(
    shared: &Shared<'_>,
    found: &'b Found,
    expected: &mut Expected<'b>,
) -> Option<Slot> {
    let before = &shared.before;
    let earlier = before.earlier;
    if earlier.is_empty() {
        return None;
    }
    // When it was seen is of no account: the record of the scan before says it.
    let now = found.attributes(0).ok().flatten()?;
    expected.turn_to(shared, found);
    let at_once = earlier.unchanged_at(expected.next, expected.folder, &now, found.name());
    let kept = if let Some(kept) = at_once {
        kept
    } else {
        let file = (before.identity)(found.root(), &found.path());
        expected.next = earlier.find(file)?.next();
        earlier.unchanged(file, &now, found.name())?
    };
    expected.next = kept.next();
    Some(Slot::Ready(Scanned::Kept(kept)))
}

/// The record of the scan before, when the file had another path then.
fn moved(shared: &Shared<'_>, which: Which<'_>, now: Option<Attributes>) -> Option<Slot> {
    let before = &shared.before;
    if before.earlier.is_empty() || before.moved == Moved::Read {
        return None;
    }
    let attributes = now?;
    let kept = before.earlier.moved(&attributes, last(which.path))?;
    let to = before::To {
        root: which.root,
        path: which.path.clone(),
        attributes,
    };
    Some(Slot::Ready(Scanned::Moved(kept, Box::new(to))))
}

fn run_item<'b>(
    shared: &Shared<'_>,
    batch: u64,
    slot: usize,
    item: &'b Item,
    buffer: &mut [u8],
    expected: &mut Expected<'b>,
) -> Slot {
    let found = match item {
        Item::Skipped(skip) => return left_out(shared, skip, expected),
        Item::File(found) => found,
    };
    if let Some(slot) = unchanged(shared, found, expected) {
        return slot;
    }
    let file = match found.open() {
        Ok(file) => file,
        Err(skip) => return left_out(shared, &skip, expected),
    };
    let path = found.path();
    let which = Which {
        root: found.root(),
        path: &path,
    };
    let attributes = crate::sys::attributes(&file, (shared.before.now)()).ok();
    if let Some(slot) = moved(shared, which, attributes) {
        return slot;
    }
    let size = attributes.map_or(0, |a| a.size);
    let n = match read_small(&file, size, buffer) {
        Ok(n) => {
            (shared.before.pace)(n as u64);
            n
        }
        Err(e) => {
            let skip = found.skipped((GapKind::Unreadable, &e.kind().to_string()));
            return left_out(shared, &skip, expected);
        }
    };
    if n < buffer.len() {
        let bytes = buffer.get(..n).unwrap_or_default();
        return small_file(shared, which, bytes, attributes);
    }
    if let Ok(mut current) = shared.progress.current.try_lock() {
        let name = path.to_string();
        *current = scan::masked(&shared.reader, &name, Profile::Display).unwrap_or(name);
    }
    large_file(shared, (batch, slot), which, file, attributes, expected)
}

/// Reads a file as far as the buffer goes. One that gives as many bytes as it is said to have is not asked for
/// more; one that is said to be empty may not be (`/proc`).
fn read_small(mut file: &File, size: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
    let n = loop {
        match file.read(buffer) {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            done => break done?,
        }
    };
    if n == 0 || n as u64 == size && n < buffer.len() {
        return Ok(n);
    }
    let rest = buffer.get_mut(n..).unwrap_or_default();
    Ok(n + read_full(&mut file, rest)?)
}

/// A file that is in memory: read, unless a copy of it was.
fn small_file(
    shared: &Shared<'_>,
    which: Which<'_>,
    bytes: &[u8],
    attributes: Option<Attributes>,
) -> Slot {
    let (reader, purpose) = (&shared.reader, shared.purpose);
    let content = Content::of(reader, bytes, which.path);
    let attributes = attributes.map(|a| Attributes {
        content: Some(content.digest()),
        ..a
    });
    if shared.before.moved == Moved::Carried
        && let Some(attributes) = attributes
        && let Some(mut record) = shared.copies.find(&content, which.path)
    {
        rename(reader, purpose, &mut record, which, attributes);
        return Slot::Ready(Scanned::Read(Box::new(record)));
    }
    let mut source = Source::slice(bytes);
    let identity = content.identity;
    let (mut record, _) = scan::identified(reader, which, purpose, identity, &mut source, None);
    record.attributes = attributes;
    shared.copies.add(content, &record);
    Slot::Ready(Scanned::Read(Box::new(record)))
}

/// A file that is larger than the buffer: cut into segments when it is text, read in one go otherwise.
fn large_file(
    shared: &Shared<'_>,
    (batch, slot): (u64, usize),
    which: Which<'_>,
    mut file: File,
    attributes: Option<Attributes>,
    expected: &mut Expected<'_>,
) -> Slot {
    let (reader, purpose) = (&shared.reader, shared.purpose);
    let before = crate::sys::stamp(&file).ok();
    let mut source = match Source::file(&file) {
        Ok(source) => source,
        Err(e) => {
            let skip = Skipped {
                root: which.root,
                path: which.path.clone(),
                kind: e.kind(),
                note: e.to_string(),
            };
            return left_out(shared, &skip, expected);
        }
    };
    let len = source.len().unwrap_or(0);
    let name: &[u8] = which.path.bytes();
    let last = name.rsplit(|&b| b == b'/').next().unwrap_or_default();
    let identity = identify(source.head(), last);
    let format = identity.format.map(Format::id);
    if let Some((format, segments)) = format.and_then(|f| Some((f, Segments::plan(f, &file, len)?)))
    {
        let cut = Cut {
            file,
            segments,
            format,
            clash: identity.clash,
        };
        let large = Arc::new(Large::new((batch, slot), which, cut, before, attributes));
        // The first segment teaches the others what the columns are, so it is read now.
        let done = large.run(*reader, purpose, 0);
        shared
            .progress
            .bytes
            .fetch_add(done.bytes, Ordering::Relaxed);
        let mut state = lock(&shared.state);
        state.busy += 1;
        for index in 1..large.count() {
            state.segments.push_back((Arc::clone(&large), index));
        }
        drop(state);
        shared.wake.notify_all();
        return Slot::Waiting;
    }
    let (mut record, _) = scan::file(reader, which, purpose, &mut source, None);
    record.attributes = attributes;
    (shared.before.pace)(len.saturating_sub(SMALL as u64));
    drop(source);
    let _ = file.rewind();
    if let (Some(before), Ok(after)) = (before, crate::sys::stamp(&file))
        && before != after
    {
        large::note_change(&mut record);
    }
    Slot::Ready(Scanned::Read(Box::new(record)))
}

/// A path under a root as it is shown to people: the root as typed, then the path.
pub fn shown_path(root: &str, path: &Name) -> String {
    if path.bytes().is_empty() {
        root.to_owned()
    } else {
        format!("{}/{path}", root.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_larger_only_where_next_to_nothing_is_read() {
        assert_eq!(fitting(0, 0), BATCH);
        assert_eq!(fitting(0, BATCH), BATCH * LARGER);
        assert_eq!(fitting(1, BATCH), BATCH * LARGER);
        assert_eq!(fitting(2, BATCH), BATCH);
        assert_eq!(fitting(BATCH * LARGER, BATCH * LARGER), BATCH);
    }
}
