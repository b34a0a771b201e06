//! [`Earlier`]: what the scan before knows, in forty-eight bytes a file, so that the next one need not read
//! what did not change.
//!
//! Files come in the walk's order, which is the same as long as nothing comes or goes: so a file is first compared
//! with the one that is expected next, by what it looks like and the folder it lies in. Only where that fails its
//! identity is worked out and looked up.

use super::{StoreError, column};
use crate::{
    digest::JobKey,
    model::{Attributes, FileRecord, GapKind, Name, State, ValueDigest, join},
};
use rusqlite::{Connection, params};
use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    hash::{BuildHasherDefault, Hasher},
    sync::OnceLock,
};

/// Bytes of a mark on disk.
const WIDTH: usize = 48;
/// Marks of one row.
const CHUNK: usize = 4_096;
/// The stamp of what is read again whatever it looks like.
const NEVER: [u8; 16] = [0; 16];

/// One file of the walk: who it is, what it looked like, where its record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub id: [u8; 16],
    pub stamp: [u8; 16],
    pub row: i64,
    /// The folder that it lies in: [`folder`].
    pub folder: u64,
}

/// Number of a record that still holds, for [`super::Writer::keep`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept(pub(super) u32);

impl Kept {
    /// Where the next file stood in the walk before.
    pub fn next(self) -> u64 {
        u64::from(self.0) + 1
    }
}

/// What the scan before knows of each file. Asked from many threads.
#[derive(Debug)]
pub struct Earlier {
    key: JobKey,
    /// As typed.
    roots: Vec<Name>,
    pub(super) marks: Vec<Mark>,
    /// Rows that another one took the place of.
    pub(super) superseded: Vec<i64>,
    /// Whether they are of a run that was cut off.
    pub(super) cut_off: bool,
    by_id: OnceLock<HashMap<[u8; 16], u32, BuildHasherDefault<Uniform>>>,
    by_stamp: OnceLock<Vec<u32>>,
}

/// Identities are keyed digests: their first bytes are as good as any hash of them.
#[derive(Debug, Default)]
struct Uniform(u64);

impl Hasher for Uniform {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    // The length of an array, which is always the same.
    fn write_usize(&mut self, _: usize) {}
}

impl Earlier {
    /// Knows nothing: everything is read.
    pub fn nothing(key: &JobKey) -> Self {
        Self::of(key, &[], Vec::new(), Vec::new())
    }

    /// The same files, of which none counts as unchanged.
    #[must_use]
    pub fn distrusted(mut self) -> Self {
        for mark in &mut self.marks {
            mark.stamp = NEVER;
        }
        self
    }

    fn of(key: &JobKey, roots: &[Name], marks: Vec<Mark>, superseded: Vec<i64>) -> Self {
        Self {
            key: key.clone(),
            roots: roots.to_vec(),
            marks,
            superseded,
            cut_off: false,
            by_id: OnceLock::new(),
            by_stamp: OnceLock::new(),
        }
    }

    /// How many files it knows.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The record of this file, whatever it looks like now.
    pub fn find(&self, file: ValueDigest) -> Option<Kept> {
        let by_id = self.by_id.get_or_init(|| {
            let mut all =
                HashMap::with_capacity_and_hasher(self.marks.len(), BuildHasherDefault::default());
            for (at, mark) in (0_u32..).zip(&self.marks) {
                all.insert(mark.id, at);
            }
            all
        });
        by_id.get(&file.0).map(|&at| Kept(at))
    }

    /// The folder of a root, for [`Earlier::unchanged_at`]; its path without a slash at the end.
    pub fn folder(&self, root: u32, path: &[u8]) -> u64 {
        let root = usize::try_from(root).ok().and_then(|n| self.roots.get(n));
        root.map_or(0, |root| folder(&self.key, root, path))
    }

    /// The record of the file that stood at this place of the walk before, when it lies in this folder and looks as it
    /// did. See [`Earlier::unchanged`].
    pub fn unchanged_at(
        &self,
        place: u64,
        folder: u64,
        now: &Attributes,
        name: &[u8],
    ) -> Option<Kept> {
        let at = usize::try_from(place).ok()?;
        let mark = self.marks.get(at).filter(|m| m.folder == folder)?;
        let kept = Kept(u32::try_from(at).ok()?);
        (mark.stamp == looks(&self.key, now, name)).then_some(kept)
    }

    /// The record of this file when it was read before and looks as it did: same file system, size, times and
    /// inode. The number of the device does not count: it may change when the system starts again.
    /// `name` is the last component of its path.
    pub fn unchanged(&self, file: ValueDigest, now: &Attributes, name: &[u8]) -> Option<Kept> {
        let kept = self.find(file)?;
        let mark = self.marks.get(kept.0 as usize)?;
        (mark.stamp == looks(&self.key, now, name)).then_some(kept)
    }

    /// The record of this path when it was not opened before, for the same reason.
    pub fn skipped(&self, file: ValueDigest, kind: GapKind, note: &str) -> Option<Kept> {
        let kept = self.find(file)?;
        let mark = self.marks.get(kept.0 as usize)?;
        (mark.stamp == reason(&self.key, kind, note)).then_some(kept)
    }

    /// The record of a file that has another path now: one of the same file system, inode, size, times and name.
    /// Renaming a file changes its `ctime`, renaming a folder above it does not.
    pub fn moved(&self, now: &Attributes, name: &[u8]) -> Option<Kept> {
        if now.inode == 0 || now.volume == 0 {
            return None;
        }
        let stamp = looks(&self.key, now, name);
        let by_stamp = self.by_stamp.get_or_init(|| {
            let mut all: Vec<u32> = (0_u32..).zip(&self.marks).map(|(at, _)| at).collect();
            all.sort_unstable_by_key(|&at| self.stamp(at));
            all
        });
        let first = by_stamp.partition_point(|&at| self.stamp(at) < stamp);
        let &at = by_stamp.get(first)?;
        (self.stamp(at) == stamp).then_some(Kept(at))
    }

    fn stamp(&self, at: u32) -> [u8; 16] {
        self.marks.get(at as usize).map_or(NEVER, |m| m.stamp)
    }

    /// From the last finished generation, or from rows one by one when a run was cut off.
    pub(super) fn load(
        conn: &Connection,
        key: &JobKey,
        roots: &[Name],
        cut_off: bool,
    ) -> Result<Self, StoreError> {
        if !cut_off {
            return Ok(Self::of(key, roots, read(conn)?, Vec::new()));
        }
        let folders = folders(conn, key, roots)?;
        let rows = column(
            conn,
            "SELECT id, n, inode, modified, changed, steady, size, name, volume, folder \
             FROM file WHERE died IS NULL ORDER BY n",
            |r| {
                let steady: bool = r.get(5)?;
                let stamp = match (steady, r.get::<_, Option<i64>>(6)?) {
                    (true, Some(size)) => stamp_of(
                        key,
                        [size, r.get(2)?, r.get(3)?, r.get(4)?, r.get(8)?],
                        &r.get::<_, Vec<u8>>(7)?,
                    ),
                    _ => NEVER,
                };
                Ok(Mark {
                    id: r.get(0)?,
                    stamp,
                    row: r.get(1)?,
                    folder: folders.get(&r.get::<_, i64>(9)?).copied().unwrap_or(0),
                })
            },
        )?;
        let (mut marks, mut superseded) = (Vec::<Mark>::new(), Vec::new());
        let mut at: HashMap<[u8; 16], usize, BuildHasherDefault<Uniform>> = HashMap::default();
        for mark in rows {
            match at.entry(mark.id) {
                Entry::Vacant(place) => {
                    place.insert(marks.len());
                    marks.push(mark);
                }
                Entry::Occupied(place) => {
                    if let Some(old) = marks.get_mut(*place.get()) {
                        superseded.push(old.row);
                        *old = mark;
                    }
                }
            }
        }
        skipped_stamps(conn, key, &mut marks)?;
        let mut earlier = Self::of(key, roots, marks, superseded);
        earlier.cut_off = true;
        Ok(earlier)
    }
}

/// Gives the stamp to marks of what was not opened: the reason stands in the ledger.
fn skipped_stamps(conn: &Connection, key: &JobKey, marks: &mut [Mark]) -> Result<(), StoreError> {
    let reasons: HashMap<i64, (String, String)> = column(
        conn,
        "SELECT f.n, w.text, g.note FROM file f JOIN gap g ON g.file = f.n AND g.member = 0 AND g.n = 0 \
         JOIN word w ON w.n = g.reason WHERE f.size IS NULL AND f.died IS NULL",
        |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?))),
    )?
    .into_iter()
    .collect();
    for mark in marks.iter_mut().filter(|m| m.stamp == NEVER) {
        if let Some((kind, note)) = reasons.get(&mark.row)
            && let Some(kind) = GapKind::find(kind)
        {
            mark.stamp = reason(key, kind, note);
        }
    }
    Ok(())
}

/// The folders of an inventory by their number.
fn folders(
    conn: &Connection,
    key: &JobKey,
    roots: &[Name],
) -> Result<HashMap<i64, u64>, StoreError> {
    let all = column(conn, "SELECT n, root, path FROM folder", |r| {
        let root = usize::try_from(r.get::<_, u32>(1)?).unwrap_or(usize::MAX);
        let path: Vec<u8> = r.get(2)?;
        let of = roots.get(root).map_or(0, |root| {
            folder(key, root, path.strip_suffix(b"/").unwrap_or(&path))
        });
        Ok((r.get(0)?, of))
    })?;
    Ok(all.into_iter().collect())
}

/// Number of a folder, by its root as typed and its path without a slash at the end.
fn folder(key: &JobKey, root: &Name, path: &[u8]) -> u64 {
    let digest = key.name(join(root, &Name::new(path)).bytes()).0;
    digest.first_chunk().map_or(0, |b| u64::from_le_bytes(*b))
}

/// Number of the folder that a record's file lies in.
pub(super) fn folder_of(key: &JobKey, root: &Name, record: &FileRecord) -> u64 {
    let path = record.path.bytes();
    let cut = path.iter().rposition(|&b| b == b'/').unwrap_or(0);
    folder(key, root, path.get(..cut).unwrap_or_default())
}

/// The stamp of a record, for the next scan.
pub(super) fn stamp(key: &JobKey, record: &FileRecord) -> [u8; 16] {
    match (&record.attributes, record.entries.first()) {
        (Some(attributes), _) if is_steady(record) => {
            let path = record.path.bytes();
            let name = path.rsplit(|&b| b == b'/').next().unwrap_or_default();
            looks(key, attributes, name)
        }
        (None, Some(own)) => match (own.state, own.gaps.first()) {
            (State::Unread(kind), Some(gap)) if own.gaps.len() == 1 => reason(key, kind, &gap.note),
            _ => NEVER,
        },
        _ => NEVER,
    }
}

/// Whether reading the file again would give the same as long as it looks the same.
pub(super) fn is_steady(record: &FileRecord) -> bool {
    let passing = |kind: GapKind| {
        matches!(
            kind,
            GapKind::Unreadable | GapKind::Changed | GapKind::Timeout | GapKind::Crashed
        )
    };
    record.attributes.is_some_and(|a| !a.is_fresh())
        && !record.entries.iter().any(|e| {
            e.gaps.iter().any(|g| passing(g.kind))
                || matches!(e.state, State::Partly(k) | State::Unread(k) if passing(k))
        })
}

fn looks(key: &JobKey, a: &Attributes, name: &[u8]) -> [u8; 16] {
    let fields = [
        a.size.cast_signed(),
        a.inode.cast_signed(),
        a.modified,
        a.changed,
        a.volume.cast_signed(),
    ];
    stamp_of(key, fields, name)
}

/// From size, inode, `mtime`, `ctime`, file system and name.
fn stamp_of(key: &JobKey, fields: [i64; 5], name: &[u8]) -> [u8; 16] {
    let mut bytes = [0; 41 + 255];
    let fields = fields.map(i64::to_le_bytes);
    let (head, rest) = bytes.split_at_mut(41);
    if let Some(to) = head.get_mut(1..) {
        to.copy_from_slice(fields.as_flattened());
    }
    // No system has names of more bytes.
    let len = name.len().min(rest.len());
    for (to, from) in rest.iter_mut().zip(name) {
        *to = *from;
    }
    key.value(bytes.get(..41 + len).unwrap_or_default()).0
}

fn reason(key: &JobKey, kind: GapKind, note: &str) -> [u8; 16] {
    let text = [
        b"\x01".as_slice(),
        kind.id().as_bytes(),
        b"\0",
        note.as_bytes(),
    ]
    .concat();
    key.value(&text).0
}

/// The marks of the last finished generation, in the walk's order.
pub(super) fn read(conn: &Connection) -> Result<Vec<Mark>, StoreError> {
    let chunks = column(conn, "SELECT marks FROM mark ORDER BY n", |r| {
        r.get::<_, Vec<u8>>(0)
    })?;
    let mut all = Vec::with_capacity(chunks.iter().map(Vec::len).sum::<usize>() / WIDTH);
    for chunk in &chunks {
        let (marks, rest) = chunk.as_chunks::<WIDTH>();
        if !rest.is_empty() {
            return Err(StoreError::Corrupt("a list of files"));
        }
        all.extend(marks.iter().map(from_bytes));
    }
    Ok(all)
}

fn from_bytes(bytes: &[u8; WIDTH]) -> Mark {
    let mut mark = Mark {
        id: [0; 16],
        stamp: [0; 16],
        row: 0,
        folder: 0,
    };
    let mut number = [0; 8];
    mark.id.copy_from_slice(&bytes[..16]);
    mark.stamp.copy_from_slice(&bytes[16..32]);
    number.copy_from_slice(&bytes[32..40]);
    mark.row = i64::from_le_bytes(number);
    number.copy_from_slice(&bytes[40..]);
    mark.folder = u64::from_le_bytes(number);
    mark
}

/// Puts these marks in the place of those that stand there.
pub(super) fn write(conn: &Connection, marks: &[Mark]) -> Result<(), StoreError> {
    conn.execute("DELETE FROM mark", [])?;
    let mut insert = conn.prepare("INSERT INTO mark VALUES (?1, ?2)")?;
    let mut bytes = Vec::with_capacity(CHUNK * WIDTH);
    for (n, chunk) in (0_i64..).zip(marks.chunks(CHUNK)) {
        bytes.clear();
        for mark in chunk {
            bytes.extend_from_slice(&mark.id);
            bytes.extend_from_slice(&mark.stamp);
            bytes.extend_from_slice(&mark.row.to_le_bytes());
            bytes.extend_from_slice(&mark.folder.to_le_bytes());
        }
        insert.execute(params![n, bytes])?;
    }
    Ok(())
}

/// Generations that differences can be asked for; older records that no longer hold are dropped.
const GENERATIONS: i64 = 32;

/// Closes rows that no longer hold and drops those that no generation kept needs.
pub(super) fn close(conn: &Connection, rows: &[i64], generation: i64) -> Result<(), StoreError> {
    let mut update = conn.prepare("UPDATE file SET died = ?1 WHERE n = ?2")?;
    for row in rows {
        update.execute(params![generation, row])?;
    }
    prune(conn, "died <= ?1 OR born >= died", generation - GENERATIONS)
}

/// Drops what a run wrote that is given up.
pub(super) fn forget(conn: &Connection, generation: i64) -> Result<(), StoreError> {
    prune(conn, "born >= ?1", generation)?;
    conn.execute("DELETE FROM run WHERE generation >= ?1", [generation])?;
    Ok(())
}

fn prune(conn: &Connection, which: &str, number: i64) -> Result<(), StoreError> {
    let gone: BTreeSet<i64> = {
        let mut find = conn.prepare(&format!("SELECT n FROM file WHERE {which}"))?;
        let rows = find.query_map([number], |r| r.get(0))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    if gone.is_empty() {
        return Ok(());
    }
    for table in [
        "renamed", "member", "gap", "place", "total", "sample", "finding",
    ] {
        let mut drop = conn.prepare(&format!("DELETE FROM {table} WHERE file = ?1"))?;
        for row in &gone {
            drop.execute([row])?;
        }
    }
    let mut drop = conn.prepare("DELETE FROM file WHERE n = ?1")?;
    for row in &gone {
        drop.execute([row])?;
    }
    Ok(())
}
