//! One pass over a device, every offset, for all fingerprints at once, by several threads.

use super::{
    choose, head, identify, last_written,
    needles::Needles,
    print::{Anchors, LONGEST, Print, WINDOW, What},
};
use crate::{
    digest::{JobKey, KeyStream},
    erase::{
        EraseError,
        grade::Traces,
        index::Root,
        journal::Entry,
        run::{Run, Stage},
        steps::Steps,
    },
    model::Moment,
    sys::{self, Aligned, Folder},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Bytes looked at by one thread at once.
const CHUNK: usize = 4 << 20;

/// Bytes read before and after them: room for the longest stretch, and whole blocks, so that it can be read past
/// the cache.
const AROUND: usize = 4096;
const _: () = assert!(AROUND >= LONGEST);

/// Files whose new content is looked for.
const MOST_WRITTEN: usize = 10_000;

/// More would wait for the device.
const MOST_THREADS: usize = 16;

/// Places kept of what was found.
const SHOWN: usize = 64;

/// A place where something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Number of the item.
    pub item: u32,
    /// Offset on the device, in bytes.
    pub offset: u64,
    /// Whether it is a form of the name or an attribute, not content.
    pub is_name: bool,
}

/// What a search gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Searched {
    /// Bytes read.
    pub bytes: u64,
    /// Fingerprints of content.
    pub windows: u64,
    /// Different ones that were found.
    pub hits: u64,
    /// Forms of names, and fingerprints of attributes.
    pub names: u64,
    /// Different ones that were found.
    pub name_hits: u64,
    /// Fingerprints left out because a file that is kept has the same bytes.
    pub kept: u64,
    /// The first places.
    pub places: Vec<Found>,
    /// Roots that the device was proved to be the volume of.
    pub proved: Vec<u32>,
}

/// What the threads of one search have in common.
struct Shared<'a> {
    needles: &'a Needles<'a>,
    path: &'a Path,
    /// Past the cache.
    direct: bool,
    /// Number of the next piece that nobody has.
    next: AtomicU64,
    /// Bytes read by now, from the beginning.
    bytes: AtomicU64,
    stop: AtomicBool,
}

impl Shared<'_> {
    /// Takes piece after piece until there are no more. Anchors belong to the piece that they begin in; what
    /// lies around them may reach into the next.
    fn work(&self, asked: &dyn Fn() -> bool) -> io::Result<()> {
        let file = File::open(self.path)?;
        let mut direct = self.direct;
        if direct {
            // Files of other file systems cannot; what was dropped from the cache is as good there.
            let _ = sys::discard_cache(&file);
            let _ = sys::direct(&file, true);
        }
        let mut buffer = Aligned::new(CHUNK + 2 * AROUND);
        while !self.stop.load(Ordering::Relaxed) {
            if asked() {
                self.stop.store(true, Ordering::Relaxed);
                break;
            }
            let base = self.next.fetch_add(1, Ordering::Relaxed) * CHUNK as u64;
            let begin = base.saturating_sub(AROUND as u64);
            let from = if base == 0 { 0 } else { AROUND };
            let wanted = from + CHUNK + AROUND;
            let space = buffer.bytes_mut().get_mut(..wanted).unwrap_or_default();
            let n = match sys::read_full_at(&file, space, begin) {
                Err(e) if direct && e.kind() == io::ErrorKind::InvalidInput => {
                    direct = false;
                    sys::direct(&file, false)?;
                    sys::read_full_at(&file, space, begin)?
                }
                other => other?,
            };
            let piece = buffer.bytes().get(..n).unwrap_or_default();
            self.needles.look(piece, from, from + CHUNK, begin);
            if n > 0 {
                let end = begin + n.min(from + CHUNK) as u64;
                self.bytes.fetch_max(end, Ordering::Relaxed);
            }
            // What lies behind this piece belongs to the next, however little it is.
            if n <= from + CHUNK {
                break;
            }
        }
        Ok(())
    }
}

/// Looks through all of a file or device, with several threads; bytes read.
fn through(
    needles: &Needles<'_>,
    path: &Path,
    direct: bool,
    threads: usize,
    steps: &Steps<'_>,
) -> Result<u64, EraseError> {
    let shared = Shared {
        needles,
        path,
        direct,
        next: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
        stop: AtomicBool::new(false),
    };
    let work = |asked: &dyn Fn() -> bool| {
        let done = shared.work(asked);
        if done.is_err() {
            shared.stop.store(true, Ordering::Relaxed);
        }
        done
    };
    let done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|_| scope.spawn(|| work(&|| false)))
            .collect();
        let own = work(&|| steps.stop());
        others.into_iter().fold(own, |all, other| {
            let other = other.join();
            all.and(other.unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))
        })
    });
    done.map_err(EraseError::Device)?;
    if steps.stop() {
        return Err(EraseError::Interrupted);
    }
    Ok(shared.bytes.into_inner())
}

/// Threads for a search: as many as there are processors.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().min(MOST_THREADS))
}

/// Searches a device, or an image of one, for all that a run has overwritten, writes what it says of each
/// file into the journal, and gives the sums. `kept` are files that stay: what they have too says nothing.
///
/// # Errors
/// `Device` when it cannot be read; `Interrupted`; those of the journal.
pub fn scan(
    run: &mut Run,
    device: &Path,
    kept: &[PathBuf],
    steps: &Steps<'_>,
) -> Result<Searched, EraseError> {
    let mut prints = choose::load(run.dir())?;
    let mut out = Searched::default();
    if !kept.is_empty() {
        let before = prints.len();
        prints = without(prints, kept, &run.key, steps)?;
        out.kept = (before - prints.len()) as u64;
    }
    let head = head(device).map_err(EraseError::Device)?;
    let id = identify(&head).unwrap_or_default();
    let same = |root: &Root| !id.is_empty() && root.volume == id;
    // What a mounted one holds in memory comes to the device first.
    for root in run.index.roots.iter().filter(|r| same(r)) {
        let _ = Folder::open(&root.to_path()).and_then(|f| f.sync_volume());
    }
    prints.extend(written(run));
    let needles = Needles::new(prints, &run.key);
    out.bytes = through(&needles, device, true, threads(), steps)?;
    let found = needles.found();
    // An id is in every copy of a volume, those from before the purge too. What was written, or a later time, is not.
    let began = match &run.purging {
        Some(Entry::Purging { time, .. }) => Moment::parse(time).map(|m| m.0),
        _ => None,
    };
    let later = last_written(&head).zip(began).is_some_and(|(w, b)| w >= b);
    // There no search raises a grade, and trimming leaves nothing of what was written.
    let never = id.starts_with("xfs:") || id.starts_with("btrfs:");
    let rewritten: BTreeSet<u32> = found
        .iter()
        .filter(|(p, _)| p.what == What::Written)
        .filter_map(|(p, _)| run.index.targets.iter().find(|t| t.number == p.item))
        .map(|t| t.root)
        .collect();
    out.proved = (0..)
        .zip(&run.index.roots)
        .filter(|(number, root)| same(root) && (later || never || rewritten.contains(number)))
        .map(|(number, _)| number)
        .collect();
    let traces_of = |p: &&Print| p.what != What::Written;
    let found: Vec<_> = found.into_iter().filter(|(p, _)| traces_of(p)).collect();
    let mut by_item: BTreeMap<u32, Traces> = BTreeMap::new();
    for print in needles.prints.iter().filter(traces_of) {
        let traces = by_item.entry(print.item).or_default();
        *kind_of(traces, print).0 += 1;
    }
    for (print, _) in &found {
        let traces = by_item.entry(print.item).or_default();
        *kind_of(traces, print).1 += 1;
    }
    out.places = found
        .iter()
        .take(SHOWN)
        .map(|(print, offset)| Found {
            item: print.item,
            offset: *offset,
            is_name: !print.what.is_content(),
        })
        .collect();
    for traces in by_item.values() {
        out.windows += traces.windows;
        out.hits += traces.hits;
        out.names += traces.names;
        out.name_hits += traces.name_hits;
    }
    record(run, &out.proved, &by_item, steps)?;
    Ok(out)
}

/// Fingerprints of what some files were overwritten with: the key makes it again.
fn written(run: &Run) -> Vec<Print> {
    let anchors = Anchors::new(&run.key);
    let mut out = Vec::new();
    for target in &run.index.targets {
        let state = run.state(target.number);
        if state.written == 0 || state.alias.is_some() {
            continue;
        }
        let first = state.map.as_ref().and_then(|m| m.first());
        let at = first.map_or(0, |(logical, ..)| *logical);
        if at + WINDOW as u64 > target.size {
            continue;
        }
        let mut window = [0; WINDOW];
        KeyStream::new(&run.key, &target.number.to_le_bytes()).fill(at, &mut window);
        let what = What::Written;
        out.extend(Print::of(target.number, what, &window, anchors, &run.key));
        if out.len() >= MOST_WRITTEN {
            break;
        }
    }
    out
}

/// Where fingerprints of this kind are counted: all of them, those found.
fn kind_of<'a>(traces: &'a mut Traces, print: &Print) -> (&'a mut u64, &'a mut u64) {
    if print.what.is_content() {
        (&mut traces.windows, &mut traces.hits)
    } else {
        (&mut traces.names, &mut traces.name_hits)
    }
}

fn record(
    run: &mut Run,
    proved: &[u32],
    by_item: &BTreeMap<u32, Traces>,
    steps: &Steps<'_>,
) -> Result<(), EraseError> {
    for target in run.index.targets.clone() {
        let state = run.state(target.number);
        if state.stage != Stage::Done {
            continue;
        }
        let mut traces = by_item.get(&target.number).copied().unwrap_or_default();
        traces.proved = proved.contains(&target.root);
        traces.empty = target.size == 0;
        // Another name of a file has its content's fingerprints under the first.
        if let Some(first) = state.alias.and_then(|a| by_item.get(&a)) {
            (traces.windows, traces.hits) = (first.windows, first.hits);
        }
        let entry = Entry::Searched {
            item: target.number,
            traces,
        };
        run.note(entry, steps)?;
    }
    run.journal.sync(steps)
}

/// The fingerprints that no kept file has. Folders are read with all that is in them.
fn without(
    prints: Vec<Print>,
    kept: &[PathBuf],
    key: &JobKey,
    steps: &Steps<'_>,
) -> Result<Vec<Print>, EraseError> {
    let needles = Needles::new(prints, key);
    let mut to_do: Vec<PathBuf> = kept.to_vec();
    while let Some(path) = to_do.pop() {
        let meta = std::fs::symlink_metadata(&path).map_err(EraseError::Device)?;
        if meta.is_dir() {
            let list = std::fs::read_dir(&path).map_err(EraseError::Device)?;
            to_do.extend(list.flatten().map(|e| e.path()));
        } else if meta.is_file() {
            let threads = if meta.len() > 4 * CHUNK as u64 {
                threads()
            } else {
                1
            };
            through(&needles, &path, false, threads, steps)?;
        }
    }
    let digests: BTreeSet<[u8; 16]> = needles
        .found()
        .iter()
        .filter(|(p, _)| p.what != What::Name)
        .map(|(p, _)| p.digest)
        .collect();
    let mut left = needles.prints;
    left.retain(|p| !digests.contains(&p.digest));
    Ok(left)
}

/// Number of the stretch and offset of all that is found in a file of these bytes.
#[cfg(test)]
pub(super) fn found_in(
    bytes: &[u8],
    stretches: &[(What, &[u8])],
    key: &JobKey,
    threads: usize,
) -> Vec<(u32, u64)> {
    let anchors = Anchors::new(key);
    let prints = (0..)
        .zip(stretches)
        .filter_map(|(n, (what, b))| Print::of(n, *what, b, anchors, key));
    let needles = Needles::new(prints.collect(), key);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let no = || false;
    let read = through(&needles, file.path(), true, threads, &Steps::new(&no)).unwrap();
    assert_eq!(read, bytes.len() as u64);
    let found = needles.found();
    found.iter().map(|(p, offset)| (p.item, *offset)).collect()
}
