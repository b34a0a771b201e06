//! One pass over a device, every offset, for all fingerprints at once.

use super::{
    choose,
    roll::{ANCHOR, Filter, LONGEST, Print, Table, WINDOW, What},
    volume_id,
};
use crate::{
    digest::JobKey,
    erase::{
        EraseError,
        grade::Traces,
        journal::Entry,
        run::{Run, Stage},
        steps::Steps,
    },
    sys::{self, Aligned},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// Bytes read at once.
const CHUNK: usize = 4 << 20;

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

/// All fingerprints, ready to be looked for.
struct Needles<'a> {
    prints: Vec<Print>,
    table: Table,
    key: &'a JobKey,
    windows: Filter,
    anchors: Filter,
    by_hash: HashMap<(bool, u64), Vec<u32>>,
}

impl<'a> Needles<'a> {
    fn new(prints: Vec<Print>, key: &'a JobKey) -> Self {
        let hashes = |window: bool| -> Vec<u64> {
            let of = |p: &&Print| p.what.is_window() == window;
            prints.iter().filter(of).map(|p| p.hash).collect()
        };
        let mut by_hash: HashMap<(bool, u64), Vec<u32>> = HashMap::new();
        for (at, print) in (0..).zip(&prints) {
            let key = (print.what.is_window(), print.hash);
            by_hash.entry(key).or_default().push(at);
        }
        Self {
            windows: Filter::new(&hashes(true)),
            anchors: Filter::new(&hashes(false)),
            table: Table::new(key),
            by_hash,
            prints,
            key,
        }
    }

    /// Looks at every start below `ends` in a piece; calls with fingerprint and start.
    fn look(&self, piece: &[u8], ends: usize, found: &mut dyn FnMut(usize, usize)) {
        let (Some(first32), Some(first8)) = (piece.get(..WINDOW), piece.get(..ANCHOR)) else {
            return self.tail(piece, 0, ends, found);
        };
        let (mut long, mut short) = (self.table.hash(first32), self.table.hash(first8));
        let whole = ends.min(piece.len() - WINDOW);
        let out = piece.get(..whole).unwrap_or_default();
        let into8 = piece.get(ANCHOR..).unwrap_or_default();
        let into32 = piece.get(WINDOW..).unwrap_or_default();
        for (at, ((&o, &a), &b)) in out.iter().zip(into8).zip(into32).enumerate() {
            if self.windows.may(long) {
                self.confirm(true, long, piece, at, found);
            }
            if self.anchors.may(short) {
                self.confirm(false, short, piece, at, found);
            }
            long = self.table.roll::<32>(long, o, b);
            short = self.table.roll::<8>(short, o, a);
        }
        self.tail(piece, whole, ends, found);
    }

    /// The last starts of a piece, where a window no longer rolls.
    fn tail(&self, piece: &[u8], from: usize, ends: usize, found: &mut dyn FnMut(usize, usize)) {
        for at in from..ends.min(piece.len()) {
            let rest = piece.get(at..).unwrap_or_default();
            if let Some(window) = rest.get(..WINDOW) {
                self.confirm(true, self.table.hash(window), piece, at, found);
            }
            if let Some(anchor) = rest.get(..ANCHOR) {
                self.confirm(false, self.table.hash(anchor), piece, at, found);
            }
        }
    }

    #[cold]
    fn confirm(
        &self,
        window: bool,
        hash: u64,
        piece: &[u8],
        at: usize,
        found: &mut dyn FnMut(usize, usize),
    ) {
        for &number in self.by_hash.get(&(window, hash)).into_iter().flatten() {
            let Some(print) = self.prints.get(number as usize) else {
                continue;
            };
            let bytes = piece.get(at..at + usize::from(print.length));
            if bytes.is_some_and(|b| self.key.name(b).0 == print.digest) {
                found(number as usize, at);
            }
        }
    }

    /// Looks through all that a reader gives.
    fn all(
        &self,
        read: &mut dyn FnMut(&mut Vec<u8>) -> io::Result<bool>,
        steps: &Steps<'_>,
        found: &mut dyn FnMut(usize, u64),
    ) -> Result<u64, EraseError> {
        let mut piece: Vec<u8> = Vec::with_capacity(CHUNK + LONGEST);
        let mut base = 0_u64;
        loop {
            if steps.stop() {
                return Err(EraseError::Interrupted);
            }
            let more = read(&mut piece).map_err(EraseError::Device)?;
            let ends = if more {
                piece.len().saturating_sub(LONGEST)
            } else {
                piece.len()
            };
            self.look(&piece, ends, &mut |n, at| found(n, base + at as u64));
            base += ends as u64;
            if !more {
                return Ok(base);
            }
            piece.drain(..ends);
        }
    }
}

/// Reads a file or device from its beginning, past the cache where that is possible.
struct Source {
    file: File,
    at: u64,
    buffer: Aligned,
}

impl Source {
    fn open(path: &Path, direct: bool) -> io::Result<Self> {
        let file = File::open(path)?;
        if direct {
            // Files of other file systems cannot; what was dropped from the cache is as good there.
            let _ = sys::discard_cache(&file);
            let _ = sys::direct(&file, true);
        }
        Ok(Self {
            file,
            at: 0,
            buffer: Aligned::new(CHUNK),
        })
    }

    fn more(&mut self, piece: &mut Vec<u8>) -> io::Result<bool> {
        let n = match sys::read_full_at(&self.file, self.buffer.bytes_mut(), self.at) {
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => {
                sys::direct(&self.file, false)?;
                sys::read_full_at(&self.file, self.buffer.bytes_mut(), self.at)?
            }
            other => other?,
        };
        piece.extend(self.buffer.bytes().get(..n).unwrap_or_default());
        self.at += n as u64;
        Ok(n == CHUNK)
    }
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
    let id = volume_id(device).map_err(EraseError::Device)?;
    out.proved = (0..)
        .zip(&run.index.roots)
        .filter(|(_, root)| !id.is_empty() && root.volume == id)
        .map(|(number, _)| number)
        .collect();
    let needles = Needles::new(prints, &run.key);
    let mut source = Source::open(device, true).map_err(EraseError::Device)?;
    let mut hit: BTreeSet<usize> = BTreeSet::new();
    let mut places = Vec::new();
    out.bytes = needles.all(
        &mut |piece| source.more(piece),
        steps,
        &mut |number, offset| {
            hit.insert(number);
            if let Some(print) = needles.prints.get(number).filter(|_| places.len() < SHOWN) {
                places.push(Found {
                    item: print.item,
                    offset,
                    is_name: !print.what.is_content(),
                });
            }
        },
    )?;
    out.places = places;
    let mut by_item: BTreeMap<u32, Traces> = BTreeMap::new();
    for (number, print) in needles.prints.iter().enumerate() {
        let traces = by_item.entry(print.item).or_default();
        let is_hit = u64::from(hit.contains(&number));
        if print.what.is_content() {
            (traces.windows, traces.hits) = (traces.windows + 1, traces.hits + is_hit);
        } else {
            (traces.names, traces.name_hits) = (traces.names + 1, traces.name_hits + is_hit);
        }
    }
    drop(needles);
    for traces in by_item.values() {
        out.windows += traces.windows;
        out.hits += traces.hits;
        out.names += traces.names;
        out.name_hits += traces.name_hits;
    }
    record(run, &out.proved, &by_item, steps)?;
    Ok(out)
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
    let mut common = BTreeSet::new();
    let mut to_do: Vec<PathBuf> = kept.to_vec();
    while let Some(path) = to_do.pop() {
        let meta = std::fs::symlink_metadata(&path).map_err(EraseError::Device)?;
        if meta.is_dir() {
            let list = std::fs::read_dir(&path).map_err(EraseError::Device)?;
            to_do.extend(list.flatten().map(|e| e.path()));
        } else if meta.is_file() {
            let mut source = Source::open(&path, false).map_err(EraseError::Device)?;
            needles.all(&mut |piece| source.more(piece), steps, &mut |number, _| {
                common.insert(number);
            })?;
        }
    }
    let digests: BTreeSet<[u8; 16]> = common
        .iter()
        .filter_map(|n| needles.prints.get(*n))
        .filter(|p| p.what != What::Name)
        .map(|p| p.digest)
        .collect();
    let mut left = needles.prints;
    left.retain(|p| !digests.contains(&p.digest));
    Ok(left)
}

#[cfg(test)]
pub(super) fn found_in(
    bytes: &[u8],
    stretches: &[(What, &[u8])],
    key: &JobKey,
) -> Vec<(usize, u64)> {
    let table = Table::new(key);
    let prints = stretches
        .iter()
        .filter_map(|(what, b)| Print::of(1, *what, b, &table, key))
        .collect();
    let needles = Needles::new(prints, key);
    let no = || false;
    let mut at = 0;
    let mut out = Vec::new();
    let mut read = |piece: &mut Vec<u8>| {
        let n = CHUNK.min(bytes.len() - at);
        piece.extend(&bytes[at..at + n]);
        at += n;
        Ok(n == CHUNK)
    };
    needles
        .all(&mut read, &Steps::new(&no), &mut |n, offset| {
            out.push((n, offset));
        })
        .unwrap();
    out
}
