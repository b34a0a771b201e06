//! [`Writer`]: records into rows.

use super::{
    StoreError,
    forms::{inside_text, is_plain, place_text, reason_bits, sketch, whole},
    marks::{self, Earlier, Kept, Mark},
    read::{Reader, Stored},
    schema,
};
use crate::digest::JobKey;
use crate::model::{
    Attributes, Count, Entry, FileRecord, Finding, Listing, Name, PathDisplay, Place, State,
};
use rusqlite::{Connection, Statement, params};
use std::collections::HashMap;

/// Records in one transaction at most.
const BATCH_RECORDS: u32 = 2_000;
/// Bytes of scanned files that one transaction stands for at most: what a kill makes the next run read
/// again.
const BATCH_BYTES: u64 = 256 << 20;
/// Rows of one transaction at most, within the size of a record: they wait in memory.
const BATCH_ROWS: u32 = 50_000;

/// Bits of `file.detail`: which tables have rows of the file.
pub(super) const HAS_ENTRIES: i64 = 1;
pub(super) const HAS_FINDINGS: i64 = 2;
pub(super) const HAS_RENAMED: i64 = 4;

/// Writes records. Everything since the last commit is lost when it is dropped without
/// [`Writer::commit`] or [`Writer::finish`].
#[derive(Debug)]
pub struct Writer<'s> {
    pub(super) conn: &'s Connection,
    roots: &'s [Name],
    rule_ids: &'s [String],
    rules: u16,
    generation: i64,
    history: History<'s>,
    sql: Sql<'s>,
    words: HashMap<&'static str, i64>,
    next_word: i64,
    /// The current folder and those around it: number, root, path. Records come in path order, so a
    /// folder is met again only below one of these.
    folders: Vec<(i64, u32, Box<[u8]>)>,
    next_folder: i64,
    next_file: i64,
    /// Findings of the next file that are in the database already.
    ahead: i64,
    open: bool,
    broken: bool,
    records: u32,
    rows: u32,
    bytes: u64,
}

/// What is kept of the scan before, and the files of this one in order.
#[derive(Debug, Default)]
struct History<'s> {
    earlier: Option<&'s Earlier>,
    reader: Option<Reader<'s>>,
    key: Option<JobKey>,
    marks: Vec<Mark>,
    /// For each mark of the scan before, whether it still holds.
    kept: Vec<bool>,
    /// Whether all so far is as it was, in the same order.
    same: bool,
    /// Whether files were read again that turned out to be as they were.
    again: bool,
}

/// The statements, compiled once.
#[derive(Debug)]
struct Sql<'s> {
    begin: Statement<'s>,
    commit: Statement<'s>,
    word: Statement<'s>,
    folder: Statement<'s>,
    file: Statement<'s>,
    renamed: Statement<'s>,
    member: Statement<'s>,
    gap: Statement<'s>,
    place: Statement<'s>,
    total: Statement<'s>,
    sample: Statement<'s>,
    finding: Statement<'s>,
}

impl<'s> Sql<'s> {
    fn new(conn: &'s Connection) -> rusqlite::Result<Self> {
        let insert = |table: &str, columns: usize| {
            let marks = vec!["?"; columns].join(",");
            conn.prepare(&format!("INSERT INTO {table} VALUES ({marks})"))
        };
        Ok(Self {
            begin: conn.prepare("BEGIN IMMEDIATE")?,
            commit: conn.prepare("COMMIT")?,
            word: insert("word", 2)?,
            folder: insert("folder", 3)?,
            file: insert("file", 28)?,
            renamed: insert("renamed", 4)?,
            member: insert("member", 9)?,
            gap: insert("gap", 6)?,
            place: insert("place", 7)?,
            total: insert("total", 10)?,
            sample: insert("sample", 16)?,
            finding: insert("finding", 13)?,
        })
    }
}

impl<'s> Writer<'s> {
    pub(super) fn new(
        conn: &'s Connection,
        rules: &'s [String],
        roots: &'s [Name],
        generation: i64,
        earlier: Option<(&'s Earlier, &JobKey)>,
    ) -> Result<Self, StoreError> {
        let next = |table: &str| -> rusqlite::Result<i64> {
            conn.query_row(
                &format!("SELECT coalesce(max(n), 0) + 1 FROM {table}"),
                [],
                |r| r.get(0),
            )
        };
        // What went ahead of a file whose record never came.
        let next_file = next("file")?;
        conn.execute("DELETE FROM finding WHERE file >= ?1", [next_file])?;
        Ok(Self {
            conn,
            roots,
            rule_ids: rules,
            rules: u16::try_from(rules.len()).unwrap_or(u16::MAX),
            generation,
            history: History {
                earlier: earlier.map(|(e, _)| e),
                reader: None,
                key: earlier.map(|(_, key)| key.clone()),
                marks: Vec::new(),
                kept: vec![false; earlier.map_or(0, |(e, _)| e.len())],
                same: earlier.is_some_and(|(e, _)| !e.cut_off),
                again: false,
            },
            sql: Sql::new(conn)?,
            words: HashMap::new(),
            next_word: next("word")?,
            folders: Vec::new(),
            next_folder: next("folder")?,
            next_file,
            ahead: 0,
            open: false,
            broken: false,
            records: 0,
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds a record, and commits when the transaction has grown large. `shown` is how its path and names
    /// are shown to whoever may not see values: the masked form, also when this run's own output shows
    /// values. Values, if findings carry them, are not written.
    ///
    /// # Errors
    /// `Full` and others of the database: then nothing since the last commit is kept and nothing more can be
    /// written. `Reference` when the record's rule or root is unknown.
    pub fn put(&mut self, record: &FileRecord, shown: &PathDisplay) -> Result<(), StoreError> {
        self.guarded(|w| w.put_unguarded(record, shown))
    }

    /// Says that the record of the scan before still holds, in the place where the walk met it. Files that
    /// are neither put nor kept are closed when the run ends.
    pub fn keep(&mut self, kept: Kept) {
        self.keep_as(kept, None);
    }

    fn keep_as(&mut self, kept: Kept, stamp: Option<[u8; 16]>) {
        let history = &mut self.history;
        let at = kept.0 as usize;
        let Some(&mark) = history.earlier.and_then(|e| e.marks.get(at)) else {
            return;
        };
        let mark = Mark {
            stamp: stamp.unwrap_or(mark.stamp),
            ..mark
        };
        history.again |= stamp.is_some();
        history.same &= history.marks.len() == at;
        if let Some(held) = history.kept.get_mut(at) {
            *held = true;
        }
        history.marks.push(mark);
    }

    /// Whether everything is as the scan before left it, nothing more and nothing less.
    pub fn is_same(&self) -> bool {
        let history = &self.history;
        history.same && history.marks.len() == history.kept.len()
    }

    /// Files so far, put or kept.
    pub fn len(&self) -> usize {
        self.history.marks.len()
    }

    /// Whether there was no file yet.
    pub fn is_empty(&self) -> bool {
        self.history.marks.is_empty()
    }

    /// The record that was kept.
    ///
    /// # Errors
    /// Those of [`Reader::next_record`].
    pub fn kept(&mut self, kept: Kept) -> Result<Stored, StoreError> {
        let row = self
            .history
            .earlier
            .and_then(|e| e.marks.get(kept.0 as usize))
            .map(|m| m.row)
            .ok_or(StoreError::Reference)?;
        self.row(row)
    }

    /// A record of this run, put or kept, by its place in the walk (from 0).
    ///
    /// # Errors
    /// Those of [`Reader::next_record`].
    pub fn nth(&mut self, n: usize) -> Result<Option<Stored>, StoreError> {
        let row = self.history.marks.get(n).map(|m| m.row);
        row.map(|row| self.row(row)).transpose()
    }

    fn row(&mut self, row: i64) -> Result<Stored, StoreError> {
        let reader = match &mut self.history.reader {
            Some(reader) => reader,
            none => none.insert(Reader::new(self.conn, self.rule_ids, self.roots)?),
        };
        reader.record(row)
    }

    /// Ends the transaction: what was put before survives a kill.
    ///
    /// # Errors
    /// As [`Writer::put`].
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.guarded(Self::commit_unguarded)
    }

    /// Commits, closes what is gone and notes the end of the run (the caller's clock) with its summary, one
    /// JSON object, and its totals in the caller's form: all of that or nothing.
    ///
    /// # Errors
    /// As [`Writer::put`].
    pub fn finish(mut self, ended: &str, summary: &str, totals: &str) -> Result<(), StoreError> {
        self.guarded(|w| {
            if !w.open {
                w.sql.begin.raw_execute()?;
                w.open = true;
            }
            let earlier = w.history.earlier;
            if !w.is_same() || w.is_empty() || w.history.again {
                let marks = earlier.map_or(&[][..], |e| &e.marks);
                let mut gone: Vec<i64> = marks
                    .iter()
                    .zip(&w.history.kept)
                    .filter(|(_, kept)| !**kept)
                    .map(|(mark, _)| mark.row)
                    .collect();
                gone.extend(earlier.map_or(&[][..], |e| &e.superseded));
                marks::close(w.conn, &gone, w.generation)?;
                marks::write(w.conn, &w.history.marks)?;
            }
            // Sums of runs before are of no use, and would grow the file each night.
            w.conn
                .execute_batch("UPDATE run SET summary = NULL, totals = NULL")?;
            w.conn.execute(
                "UPDATE run SET ended = ?1, summary = ?2, totals = ?3 \
                 WHERE n = (SELECT max(n) FROM run)",
                params![ended, summary, totals],
            )?;
            w.commit_unguarded()
        })?;
        let conn = self.conn;
        drop(self);
        schema::settle(conn)
    }

    fn guarded(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError::Broken);
        }
        let result = work(self);
        self.broken = result.is_err();
        result
    }

    fn commit_unguarded(&mut self) -> Result<(), StoreError> {
        if self.open {
            self.sql.commit.raw_execute()?;
            self.open = false;
        }
        self.records = 0;
        self.rows = 0;
        self.bytes = 0;
        Ok(())
    }

    fn put_unguarded(
        &mut self,
        record: &FileRecord,
        shown: &PathDisplay,
    ) -> Result<(), StoreError> {
        let root = usize::try_from(record.root)
            .ok()
            .and_then(|n| self.roots.get(n));
        let (Some(root), Some((own, members))) = (root, record.entries.split_first()) else {
            return Err(StoreError::Reference);
        };
        if !self.open {
            self.sql.begin.raw_execute()?;
            self.open = true;
        }
        if record.listing == Listing::Ahead {
            return self.ahead(record);
        }
        if self.is_known(record, shown)? {
            return Ok(());
        }
        let file = self.next_file;
        self.next_file += 1;
        let path = record.path.bytes();
        let cut = path.iter().rposition(|&b| b == b'/').map_or(0, |at| at + 1);
        let (folder, name) = path.split_at(cut);
        let folder = self.folder(record.root, folder)?;
        let mut detail = 0;
        if !members.is_empty() || !own.gaps.is_empty() || !own.places.is_empty() {
            detail |= HAS_ENTRIES;
        }
        if !record.findings.is_empty() || self.ahead > 0 {
            detail |= HAS_FINDINGS;
        }
        if !shown.renamed.is_empty() {
            detail |= HAS_RENAMED;
        }
        let path_shown = (!is_plain(root, &record.path, &shown.path)).then_some(&shown.path);
        let (format, encoding, state, reason, clash) = self.facts(own)?;
        let seen = record.attributes.as_ref();
        self.sql.file.execute(params![
            file,
            folder,
            name,
            path_shown,
            shown.file.0,
            whole(own.bytes),
            format,
            encoding,
            state,
            reason,
            clash,
            detail,
            self.generation,
            None::<i64>,
            marks::is_steady(record),
            seen.map(|a| a.device.cast_signed()),
            seen.map(|a| a.inode.cast_signed()),
            seen.map(|a| whole(a.links)),
            seen.map(|a| a.size.cast_signed()),
            seen.map(|a| a.modified),
            seen.map(|a| a.changed),
            seen.map(|a| a.mode),
            seen.map(|a| a.owner),
            seen.map(|a| a.group),
            seen.map(|a| a.seen),
            seen.and_then(|a| a.content).map(|c| c.0),
            seen.map(|a| a.volume.cast_signed()),
            whole(record.allowed)
        ])?;
        self.history.same = false;
        let key = self.history.key.as_ref();
        self.history.marks.push(Mark {
            id: shown.file.0,
            stamp: key.map_or([0; 16], |key| marks::stamp(key, record)),
            row: file,
            folder: key.map_or(0, |key| marks::folder_of(key, root, record)),
        });
        self.rows += 1;
        if detail != 0 {
            self.details(file, record, shown)?;
        }
        self.batched(own.bytes)
    }

    /// Counts a record of a file of so many bytes, and ends the batch when it is full.
    fn batched(&mut self, bytes: u64) -> Result<(), StoreError> {
        self.records += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.records >= BATCH_RECORDS || self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.commit_unguarded()?;
        }
        Ok(())
    }

    /// Whether the scan before left the very same record: then that one holds, and only when it was seen
    /// is new.
    fn is_known(&mut self, record: &FileRecord, shown: &PathDisplay) -> Result<bool, StoreError> {
        let earlier = self.history.earlier;
        let known = earlier.and_then(|e| e.find(shown.file));
        let (Some(kept), Some(key)) = (known, self.history.key.clone()) else {
            return Ok(false);
        };
        if self.ahead > 0 || record.listing != Listing::Here {
            return Ok(false);
        }
        let stored = self.kept(kept)?;
        let at = |r: &FileRecord| r.attributes.map(|a| Attributes { seen: 0, ..a });
        let same = stored.shown == *shown
            && stored.record.root == record.root
            && at(&stored.record) == at(record)
            && stored.record.allowed == record.allowed
            && stored.record.findings == record.findings
            && stored.record.entries == record.entries;
        if same {
            self.keep_as(kept, Some(marks::stamp(&key, record)));
        }
        Ok(same)
    }

    /// Number of a folder (with its last slash); a new row when it is not one of those around the last one.
    fn folder(&mut self, root: u32, path: &[u8]) -> Result<i64, StoreError> {
        while let Some((n, of, known)) = self.folders.last() {
            if *of == root && known.as_ref() == path {
                return Ok(*n);
            }
            if *of == root && path.starts_with(known) {
                break;
            }
            self.folders.pop();
        }
        let n = self.next_folder;
        self.next_folder += 1;
        self.sql.folder.execute(params![n, root, path])?;
        self.folders.push((n, root, path.into()));
        Ok(n)
    }

    /// Number of a word; a new row when it was not met by this writer.
    fn word(&mut self, text: &'static str) -> Result<i64, StoreError> {
        if let Some(&n) = self.words.get(text) {
            return Ok(n);
        }
        let n = self.next_word;
        self.next_word += 1;
        self.sql.word.execute(params![n, text])?;
        self.words.insert(text, n);
        Ok(n)
    }

    fn optional_word(&mut self, text: Option<&'static str>) -> Result<Option<i64>, StoreError> {
        text.map(|t| self.word(t)).transpose()
    }

    /// Format, encoding, state, reason and clash of an entry, as numbers.
    fn facts(&mut self, entry: &Entry) -> Result<Facts, StoreError> {
        let (state, reason) = match entry.state {
            State::Read => (0, None),
            State::Partly(kind) => (1, Some(kind.id())),
            State::Unread(kind) => (2, Some(kind.id())),
        };
        Ok((
            self.optional_word(entry.format)?,
            self.optional_word(entry.encoding)?,
            state,
            self.optional_word(reason)?,
            self.optional_word(entry.clash)?,
        ))
    }

    fn details(
        &mut self,
        file: i64,
        record: &FileRecord,
        shown: &PathDisplay,
    ) -> Result<(), StoreError> {
        for (n, (raw, shown)) in (0_i64..).zip(&shown.renamed) {
            self.sql
                .renamed
                .execute(params![file, n, raw.bytes(), shown.bytes()])?;
            self.rows += 1;
        }
        for (n, entry) in (0_i64..).zip(&record.entries) {
            self.entry(file, n, entry)?;
        }
        self.findings(file, record)?;
        self.ahead = 0;
        Ok(())
    }

    /// Findings of the file that is put next.
    fn ahead(&mut self, record: &FileRecord) -> Result<(), StoreError> {
        if !self.open {
            self.sql.begin.raw_execute()?;
            self.open = true;
        }
        self.findings(self.next_file, record)?;
        if self.rows >= BATCH_ROWS {
            self.commit_unguarded()?;
        }
        Ok(())
    }

    fn findings(&mut self, file: i64, record: &FileRecord) -> Result<(), StoreError> {
        for finding in &record.findings {
            let n = self.ahead;
            self.ahead += 1;
            let row = Row::of(finding, self.rules)?;
            let f = finding;
            self.sql.finding.execute(params![
                file,
                n,
                f.rule,
                row.locator,
                row.first,
                row.past,
                f.column,
                row.span.0,
                row.span.1,
                f.masked,
                f.digest.0,
                f.confidence.percent(),
                row.reasons
            ])?;
            self.rows += 1;
        }
        Ok(())
    }

    fn entry(&mut self, file: i64, member: i64, entry: &Entry) -> Result<(), StoreError> {
        if member > 0 {
            let (format, encoding, state, reason, clash) = self.facts(entry)?;
            self.sql.member.execute(params![
                file,
                member,
                inside_text(&entry.locator),
                whole(entry.bytes),
                format,
                encoding,
                state,
                reason,
                clash
            ])?;
            self.rows += 1;
        }
        for (n, gap) in (0_i64..).zip(&entry.gaps) {
            let reason = self.word(gap.kind.id())?;
            let at = place_text(&gap.at);
            self.sql
                .gap
                .execute(params![file, member, n, at, reason, gap.note])?;
            self.rows += 1;
        }
        for (n, place) in (0_i64..).zip(&entry.places) {
            self.place((file, member, n), place)?;
        }
        Ok(())
    }

    fn place(&mut self, key: (i64, i64, i64), place: &Place) -> Result<(), StoreError> {
        self.sql.place.execute(params![
            key.0,
            key.1,
            key.2,
            place_text(&place.at),
            place.column,
            place.header,
            whole(place.cells)
        ])?;
        self.rows += 1;
        for (n, count) in (0_i64..).zip(&place.counts) {
            self.count(key, n, count)?;
        }
        Ok(())
    }

    fn count(&mut self, key: (i64, i64, i64), total: i64, count: &Count) -> Result<(), StoreError> {
        if count.rule >= self.rules {
            return Err(StoreError::Reference);
        }
        self.sql.total.execute(params![
            key.0,
            key.1,
            key.2,
            total,
            count.rule,
            whole(count.found),
            whole(count.distinct.among(count.found)),
            count.distinct.is_exact(),
            count.top,
            sketch(&count.distinct)
        ])?;
        self.rows += 1;
        for (n, f) in (0_i64..).zip(&count.samples) {
            let row = Row::of(f, self.rules)?;
            self.sql.sample.execute(params![
                key.0,
                key.1,
                key.2,
                total,
                n,
                f.rule,
                row.locator,
                row.first,
                row.past,
                f.column,
                row.span.0,
                row.span.1,
                f.masked,
                f.digest.0,
                f.confidence.percent(),
                row.reasons
            ])?;
            self.rows += 1;
        }
        Ok(())
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        if self.open {
            // Nothing can be told from here; closing the database rolls back as well.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
    }
}

/// Format, encoding, state, reason, clash.
type Facts = (Option<i64>, Option<i64>, i64, Option<i64>, Option<i64>);

/// The parts of a finding that are stored in another form than they have.
struct Row {
    locator: String,
    first: Option<i64>,
    past: Option<i64>,
    span: (i64, i64),
    reasons: i64,
}

impl Row {
    fn of(finding: &Finding, rules: u16) -> Result<Self, StoreError> {
        if finding.rule >= rules {
            return Err(StoreError::Reference);
        }
        let reasons = reason_bits(finding.reasons);
        Ok(Self {
            locator: inside_text(&finding.locator),
            first: finding.bytes.map(|(first, _)| whole(first)),
            past: finding.bytes.map(|(_, past)| whole(past)),
            span: (
                i64::try_from(finding.span.start()).unwrap_or(i64::MAX),
                i64::try_from(finding.span.end()).unwrap_or(i64::MAX),
            ),
            reasons,
        })
    }
}
