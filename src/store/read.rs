//! [`Reader`]: rows back into records, one file at a time.

use super::{
    StoreError,
    forms::{self, distinct, known, located, place},
    write::{HAS_ENTRIES, HAS_FINDINGS, HAS_RENAMED},
};
use crate::model::{
    Attributes, Confidence, Count, Entry, FileRecord, Finding, Gap, GapKind, Listing, Locator,
    Name, PathDisplay, Place, Span, State, Step, ValueDigest, join,
};
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
};

/// A record as it was written, and how its path and names are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The record. Its findings have no values.
    pub record: FileRecord,
    /// How it is shown.
    pub shown: PathDisplay,
}

/// Reads records in the order in which they were written. Holds one at a time.
#[derive(Debug)]
pub struct Reader<'s> {
    sql: Sql<'s>,
    roots: &'s [Name],
    rules: u16,
    conn: &'s Connection,
    /// Words met so far; a writer may have added some since.
    words: RefCell<HashMap<i64, &'static str>>,
    folder: (i64, u32, Vec<u8>),
    order: Order,
    /// Findings that a record holds at most; `None` for all of the file.
    most: Option<i64>,
    /// Row and first finding of the file whose findings are not all given yet.
    pending: Option<(i64, i64)>,
}

/// Which rows come, and in which order.
#[derive(Debug)]
enum Order {
    /// These, one after another.
    Rows(std::vec::IntoIter<i64>),
    /// All after this one that held in a generation, in the order of writing.
    After { last: i64, generation: i64 },
}

#[derive(Debug)]
struct Sql<'s> {
    file: Statement<'s>,
    next: Statement<'s>,
    folder: Statement<'s>,
    renamed: Statement<'s>,
    member: Statement<'s>,
    gap: Statement<'s>,
    place: Statement<'s>,
    total: Statement<'s>,
    sample: Statement<'s>,
    finding: Statement<'s>,
}

/// Columns of a finding, in `sample` and `finding`.
const FINDING: &str = "rule, locator, first, past, col, span_first, span_past, masked, digest, \
                       confidence, reasons";

impl<'s> Reader<'s> {
    pub(super) fn new(
        conn: &'s Connection,
        rules: &'s [String],
        roots: &'s [Name],
    ) -> Result<Self, StoreError> {
        let prepare = |sql: &str| conn.prepare(sql);
        Ok(Self {
            sql: Sql {
                file: prepare("SELECT * FROM file WHERE n = ?1")?,
                next: prepare(
                    "SELECT n FROM file WHERE n > ?1 AND born <= ?2 AND (died IS NULL OR died > ?2) \
                     ORDER BY n LIMIT 1",
                )?,
                folder: prepare("SELECT root, path FROM folder WHERE n = ?1")?,
                renamed: prepare("SELECT raw, shown FROM renamed WHERE file = ?1 ORDER BY n")?,
                member: prepare(
                    "SELECT locator, bytes, format, encoding, state, reason, clash \
                     FROM member WHERE file = ?1 ORDER BY n",
                )?,
                gap: prepare(
                    "SELECT place, reason, note FROM gap WHERE file = ?1 AND member = ?2 ORDER BY n",
                )?,
                place: prepare(
                    "SELECT place, col, header, cells FROM place \
                     WHERE file = ?1 AND member = ?2 ORDER BY n",
                )?,
                total: prepare(
                    "SELECT rule, found, top, sketch FROM total \
                     WHERE file = ?1 AND member = ?2 AND place = ?3 ORDER BY n",
                )?,
                sample: prepare(&format!(
                    "SELECT {FINDING} FROM sample \
                     WHERE file = ?1 AND member = ?2 AND place = ?3 AND total = ?4 ORDER BY n"
                ))?,
                finding: prepare(&format!(
                    "SELECT {FINDING} FROM finding WHERE file = ?1 AND n >= ?2 ORDER BY n LIMIT ?3"
                ))?,
            },
            roots,
            rules: u16::try_from(rules.len()).unwrap_or(u16::MAX),
            conn,
            words: RefCell::default(),
            folder: (0, 0, Vec::new()),
            order: Order::Rows(Vec::new().into_iter()),
            most: None,
            pending: None,
        })
    }

    /// Gives these rows.
    pub(super) fn rows(mut self, rows: Vec<i64>) -> Self {
        self.order = Order::Rows(rows.into_iter());
        self
    }

    /// Gives what held in a generation.
    pub(super) fn at(mut self, generation: i64) -> Self {
        self.order = Order::After {
            last: 0,
            generation,
        };
        self
    }

    /// Gives a file with more findings than this in several records, as a scan does: those that go ahead hold
    /// findings alone, the last is the file's own. So memory is bounded whatever the file.
    #[must_use]
    pub fn in_pieces(mut self, most: u32) -> Self {
        self.most = Some(i64::from(most.max(1)));
        self
    }

    /// The next record; `None` after the last.
    ///
    /// # Errors
    /// `Corrupt` when rows do not fit together, and those of the database.
    pub fn next_record(&mut self) -> Result<Option<Stored>, StoreError> {
        if let Some((row, first)) = self.pending.take() {
            return self.piece(row, first).map(Some);
        }
        let next = match &mut self.order {
            Order::Rows(rows) => rows.next(),
            Order::After { last, generation } => {
                let next = &mut self.sql.next;
                let found = next.query_row(params![*last, *generation], |r| r.get(0));
                found.optional()?.inspect(|&n| *last = n)
            }
        };
        next.map(|row| self.piece(row, 0)).transpose()
    }

    /// The record of a row with all its findings.
    pub(super) fn record(&mut self, row: i64) -> Result<Stored, StoreError> {
        let most = self.most.take();
        let record = self.piece(row, 0);
        self.most = most;
        record
    }

    /// The record of a row with its findings from this one on; when not all fit, what goes ahead.
    fn piece(&mut self, row: i64, first: i64) -> Result<Stored, StoreError> {
        let row = self
            .sql
            .file
            .query_row(params![row], FileRow::of)
            .optional()?
            .ok_or(StoreError::Corrupt("a file is missing"))?;
        if self.folder.0 != row.folder {
            let (root, path) = self
                .sql
                .folder
                .query_row(params![row.folder], |r| Ok((r.get(0)?, r.get(1)?)))?;
            self.folder = (row.folder, root, path);
        }
        let root = usize::try_from(self.folder.1)
            .ok()
            .and_then(|n| self.roots.get(n))
            .ok_or(StoreError::Corrupt("a root is missing"))?;
        let path = whole(&self.folder.2, &row.name);
        let shown = PathDisplay {
            path: match row.shown {
                Some(shown) => shown,
                None => join(root, &path).to_string(),
            },
            file: ValueDigest(row.id),
            renamed: if row.detail & HAS_RENAMED == 0 {
                BTreeMap::new()
            } else {
                rows(&mut self.sql.renamed, params![row.n], |r| {
                    Ok((name(r, 0)?, name(r, 1)?))
                })?
                .into_iter()
                .collect()
            },
        };
        let step = Step::File(path.clone());
        let findings = if row.detail & HAS_FINDINGS == 0 {
            Vec::new()
        } else {
            let key = params![row.n, first, self.most.unwrap_or(-1)];
            findings(&mut self.sql.finding, key, &step, self.rules)?
        };
        let past = first.saturating_add(i64::try_from(findings.len()).unwrap_or(i64::MAX));
        let listing = match (self.has_finding(row.n, row.detail, past)?, first) {
            (true, _) => Listing::Ahead,
            (false, 0) => Listing::Here,
            (false, _) => Listing::Continued,
        };
        let mut entries = vec![self.entry(&row.facts, Locator(vec![step.clone()]))?];
        if listing == Listing::Ahead {
            self.pending = Some((row.n, past));
        } else if row.detail & HAS_ENTRIES != 0 {
            let members = rows(&mut self.sql.member, params![row.n], |r| {
                Ok((r.get::<_, String>(0)?, Facts::of(r, 1)?))
            })?;
            for (at, facts) in members {
                let at = located(&step, &at);
                entries.push(self.entry(&facts, at)?);
            }
            for (n, entry) in (0_i64..).zip(&mut entries) {
                self.details(row.n, n, &step, entry)?;
            }
        }
        Ok(Stored {
            record: FileRecord {
                path,
                root: self.folder.1,
                entries,
                findings,
                listing,
                attributes: row.attributes.filter(|_| listing != Listing::Ahead),
                allowed: if listing == Listing::Ahead {
                    0
                } else {
                    row.allowed.cast_unsigned()
                },
            },
            shown,
        })
    }

    /// Whether the file of a row has this finding, where findings come in pieces.
    fn has_finding(&self, file: i64, detail: i64, n: i64) -> Result<bool, StoreError> {
        if self.most.is_none() || detail & HAS_FINDINGS == 0 {
            return Ok(false);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM finding WHERE file = ?1 AND n = ?2)";
        Ok(self.conn.query_row(sql, params![file, n], |r| r.get(0))?)
    }

    fn word(&self, n: Option<i64>) -> Result<Option<&'static str>, StoreError> {
        let Some(n) = n else { return Ok(None) };
        if let Some(&word) = self.words.borrow().get(&n) {
            return Ok(Some(word));
        }
        let text: Option<String> = self
            .conn
            .query_row("SELECT text FROM word WHERE n = ?1", [n], |r| r.get(0))
            .optional()?;
        let word = known(&text.ok_or(StoreError::Corrupt("a word is missing"))?);
        self.words.borrow_mut().insert(n, word);
        Ok(Some(word))
    }

    fn kind(&self, n: Option<i64>) -> Result<GapKind, StoreError> {
        self.word(n)?
            .and_then(GapKind::find)
            .ok_or(StoreError::Corrupt("an unknown reason"))
    }

    fn entry(&self, facts: &Facts, locator: Locator) -> Result<Entry, StoreError> {
        Ok(Entry {
            locator,
            format: self.word(facts.format)?,
            encoding: self.word(facts.encoding)?,
            bytes: facts.bytes,
            state: match facts.state {
                0 => State::Read,
                1 => State::Partly(self.kind(facts.reason)?),
                2 => State::Unread(self.kind(facts.reason)?),
                _ => return Err(StoreError::Corrupt("an unknown state")),
            },
            clash: self.word(facts.clash)?,
            gaps: Vec::new(),
            places: Vec::new(),
        })
    }

    fn details(
        &mut self,
        file: i64,
        member: i64,
        step: &Step,
        entry: &mut Entry,
    ) -> Result<(), StoreError> {
        let gaps = rows(&mut self.sql.gap, params![file, member], |r| {
            Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?))
        })?;
        for (at, reason, note) in gaps {
            entry.gaps.push(Gap {
                at: place(&at),
                kind: self.kind(reason)?,
                note,
            });
        }
        let places = rows(&mut self.sql.place, params![file, member], |r| {
            let at: String = r.get(0)?;
            Ok((at, r.get(1)?, r.get(2)?, count(r, 3)?))
        })?;
        for (n, (at, column, header, cells)) in (0_i64..).zip(places) {
            entry.places.push(Place {
                at: place(&at),
                column,
                header,
                cells,
                counts: self.counts((file, member, n), step)?,
            });
        }
        Ok(())
    }

    fn counts(&mut self, key: (i64, i64, i64), step: &Step) -> Result<Vec<Count>, StoreError> {
        let totals = rows(&mut self.sql.total, params![key.0, key.1, key.2], |r| {
            Ok((r.get(0)?, count(r, 1)?, r.get(2)?, r.get::<_, Vec<u8>>(3)?))
        })?;
        let mut counts = Vec::with_capacity(totals.len());
        for (n, (rule, found, top, sketch)) in (0_i64..).zip(totals) {
            if rule >= self.rules {
                return Err(StoreError::Corrupt("a rule is missing"));
            }
            let key = params![key.0, key.1, key.2, n];
            counts.push(Count {
                rule,
                found,
                distinct: distinct(&sketch)?,
                top,
                samples: findings(&mut self.sql.sample, key, step, self.rules)?,
            });
        }
        Ok(counts)
    }
}

struct Facts {
    bytes: u64,
    format: Option<i64>,
    encoding: Option<i64>,
    state: i64,
    reason: Option<i64>,
    clash: Option<i64>,
}

impl Facts {
    /// From the six columns that begin with this one.
    fn of(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            bytes: count(row, first)?,
            format: row.get(first + 1)?,
            encoding: row.get(first + 2)?,
            state: row.get(first + 3)?,
            reason: row.get(first + 4)?,
            clash: row.get(first + 5)?,
        })
    }
}

struct FileRow {
    n: i64,
    folder: i64,
    name: Vec<u8>,
    shown: Option<String>,
    id: [u8; 16],
    facts: Facts,
    detail: i64,
    attributes: Option<Attributes>,
    allowed: i64,
}

/// From the columns that begin with `device`.
fn attributes(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Attributes>> {
    let Some(size) = row.get::<_, Option<i64>>(first + 3)? else {
        return Ok(None);
    };
    let number = |at: usize| row.get::<_, i64>(first + at).map(i64::cast_unsigned);
    Ok(Some(Attributes {
        device: number(0)?,
        inode: number(1)?,
        links: number(2)?,
        size: size.cast_unsigned(),
        modified: row.get(first + 4)?,
        changed: row.get(first + 5)?,
        mode: row.get(first + 6)?,
        owner: row.get(first + 7)?,
        group: row.get(first + 8)?,
        seen: row.get(first + 9)?,
        content: row.get::<_, Option<[u8; 16]>>(first + 10)?.map(ValueDigest),
        volume: number(11)?,
    }))
}

impl FileRow {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            n: row.get(0)?,
            folder: row.get(1)?,
            name: row.get(2)?,
            shown: row.get(3)?,
            id: row.get(4)?,
            facts: Facts::of(row, 5)?,
            detail: row.get(11)?,
            attributes: attributes(row, 15)?,
            allowed: row.get(27)?,
        })
    }
}

/// Folder (with its last slash) and name as one path.
pub(super) fn whole(folder: &[u8], name: &[u8]) -> Name {
    Name::new([folder, name].concat())
}

fn name(row: &Row<'_>, at: usize) -> rusqlite::Result<Name> {
    row.get::<_, Vec<u8>>(at).map(Name::new)
}

fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0))
}

fn index(row: &Row<'_>, at: usize) -> rusqlite::Result<usize> {
    let n = row.get(at)?;
    usize::try_from(n).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, n))
}

fn rows<T>(
    statement: &mut Statement<'_>,
    key: &[&dyn rusqlite::ToSql],
    get: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    Ok(statement
        .query_map(key, get)?
        .collect::<rusqlite::Result<_>>()?)
}

fn findings(
    statement: &mut Statement<'_>,
    key: &[&dyn rusqlite::ToSql],
    file: &Step,
    rules: u16,
) -> Result<Vec<Finding>, StoreError> {
    let raw = rows(statement, key, |r| {
        let bytes = match (r.get::<_, Option<i64>>(2)?, r.get::<_, Option<i64>>(3)?) {
            (Some(first), Some(past)) => Some((first.cast_unsigned(), past.cast_unsigned())),
            _ => None,
        };
        let at: String = r.get(1)?;
        let span = Span::new(index(r, 5)?, index(r, 6)?)
            .ok_or(rusqlite::Error::IntegralValueOutOfRange(5, 0))?;
        let percent: i32 = r.get(9)?;
        let bits: i64 = r.get(10)?;
        let reasons = forms::reasons(bits);
        let half = Finding {
            rule: r.get(0)?,
            locator: Locator::default(),
            bytes,
            column: r.get(4)?,
            span,
            masked: r.get(7)?,
            digest: ValueDigest(r.get(8)?),
            confidence: Confidence::new(percent),
            reasons,
            value: None,
        };
        Ok((at, half))
    })?;
    let mut out = Vec::with_capacity(raw.len());
    for (at, mut finding) in raw {
        if finding.rule >= rules {
            return Err(StoreError::Corrupt("a rule is missing"));
        }
        finding.locator = located(file, &at);
        out.push(finding);
    }
    Ok(out)
}
