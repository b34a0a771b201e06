//! One traversal of a package: its parts in an order that lets cells come first, then the copy.

mod parts;

use super::{
    coding::Coding,
    package::{Kind, Package, Part, key, load_raw, value},
    plain::Rare,
    rename::{Renames, sheet_name},
    sheet::{Book, SheetRun},
    sweep::{Rules, Sweep, Whole},
    tokens::{Token, Tokens},
};
use crate::formats::{
    Cx, FormatError, Output,
    archives::{
        bytes::Bytes,
        copy::{Lazy, Packer},
        directory::{Directory, Entry},
        inflate::Inflate,
        package::{self as rebuilt, Outcome},
    },
    spill::Spool,
};
use crate::model::{GapKind, Name, Step};
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;

struct Run<'r> {
    bytes: &'r Bytes<'r>,
    directory: &'r Directory,
    package: Package,
    outcomes: Vec<Outcome>,
    book: Book,
    keys: Arc<HashSet<String>>,
    writing: bool,
    /// Where new parts wait.
    spool: Rc<Spool>,
    /// New names of table columns, by the table's key.
    columns: HashMap<String, BTreeMap<usize, String>>,
    whole: Whole,
    renames: Renames,
    /// Tables of running text so far.
    tables: Rc<Cell<u32>>,
    /// Whether there are parts that elements lead to and a copy goes without.
    led: bool,
}

/// A table: where its header row is.
struct Head {
    table: String,
    row: u64,
    first_column: u32,
    last_column: u32,
}

/// Reads a package and, with an output, writes its copy.
pub(super) fn run(
    bytes: &Bytes<'_>,
    directory: &Directory,
    cx: &mut Cx<'_>,
    out: Option<&mut dyn Output>,
) -> Result<(), FormatError> {
    if directory.entries.iter().any(Entry::is_encrypted) {
        return Err(FormatError::Encrypted);
    }
    let package = Package::read(bytes, directory, cx)?;
    let keys = package.parts.iter().map(|p| key(&p.path)).collect();
    let mut run = Run {
        bytes,
        directory,
        outcomes: package.parts.iter().map(|_| Outcome::Keep).collect(),
        package,
        book: Book::default(),
        keys: Arc::new(keys),
        writing: out.is_some(),
        spool: Spool::new(&cx.limits.spill, cx.limits.held_bytes),
        columns: HashMap::new(),
        whole: Whole::default(),
        renames: Renames::default(),
        tables: Rc::default(),
        led: false,
    };
    run.led = run
        .package
        .parts
        .iter()
        .any(|p| matches!(p.kind, Kind::Printer | Kind::Font));
    run.names(cx)?;
    run.strings(cx)?;
    run.sheets(cx)?;
    run.finish_strings(cx)?;
    run.others(cx)?;
    run.references(cx)?;
    match out {
        Some(out) => run.write(out),
        None => Ok(()),
    }
}

fn at_part(part: &Part) -> [Step; 1] {
    [Step::Part(part.path.clone())]
}

fn withheld(kind: GapKind, what: &str) -> FormatError {
    FormatError::Withheld(kind, what.into())
}

impl Run<'_> {
    /// Trouble with one part: noted when reading, the end of a copy.
    fn trouble(&self, at: &[Step], error: FormatError, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        match error {
            FormatError::Timeout
            | FormatError::Limit("expanded bytes of one file")
            | FormatError::Withheld(..) => Err(error),
            _ if self.writing => Err(FormatError::Withheld(error.kind(), error.to_string())),
            _ => {
                cx.gap(at, error.kind(), &error.to_string());
                Ok(())
            }
        }
    }

    /// Names of parts and what the zip file holds besides its parts.
    fn names(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let mut hits = 0;
        for (part, entry) in self.package.parts.iter().zip(&self.directory.entries) {
            let at = [Step::Part(part.path.clone()), Step::Name];
            hits += cx.string(&at, &part.path, None).len();
            let mut texts: Vec<&[u8]> = vec![&entry.comment];
            texts.extend(entry.local_name.as_deref());
            texts.extend(entry.extra_texts.iter().map(Vec::as_slice));
            for text in texts.into_iter().filter(|t| !t.is_empty()) {
                // A copy goes without these.
                cx.string(&at, &String::from_utf8_lossy(text), None);
            }
        }
        if !self.directory.comment.is_empty() {
            let comment = String::from_utf8_lossy(&self.directory.comment);
            cx.string(&[Step::Field("$comment".into())], &comment, None);
        }
        for &(start, end) in &self.directory.strays {
            let at = [Step::Field(format!("$bytes[{start}]"))];
            let end = end.min(start.saturating_add(cx.limits.held_bytes));
            let raw = self.bytes.vec(start, end)?;
            for piece in raw.chunks(1 << 20) {
                cx.string(&at, &String::from_utf8_lossy(piece), None);
            }
            if !self.writing {
                cx.gap(&at, GapKind::Opaque, "bytes that belong to no part");
            }
        }
        self.sheet_names(cx);
        if hits > 0 {
            return Err(withheld(GapKind::Opaque, "a value in the name of a part"));
        }
        Ok(())
    }

    /// Names of sheets, and which of them must change.
    fn sheet_names(&mut self, cx: &mut Cx<'_>) {
        let mut taken: HashSet<String> = self
            .package
            .sheets
            .iter()
            .map(|s| s.name.to_lowercase())
            .collect();
        let mut renames = Vec::new();
        for sheet in &self.package.sheets {
            let at = [Step::Sheet(sheet.name.clone()), Step::Name];
            cx.string(&at, &sheet.name, None);
            if !self.writing {
                continue;
            }
            let name = Name::from(sheet.name.as_str());
            let new = cx.rename(&name);
            if new != name {
                let new = sheet_name(&new.text(), &taken);
                taken.insert(new.to_lowercase());
                renames.push((sheet.name.clone(), new));
            }
        }
        self.renames = Renames::new(renames);
    }

    fn indexes(&self, wanted: impl Fn(Kind) -> bool) -> Vec<usize> {
        (0..self.package.parts.len())
            .filter(|&i| self.package.parts.get(i).is_some_and(|p| wanted(p.kind)))
            .collect()
    }

    fn part(&self, index: usize) -> Result<(&Part, &Entry), FormatError> {
        self.package
            .parts
            .get(index)
            .zip(self.directory.entries.get(index))
            .ok_or(FormatError::Corrupt("no such part"))
    }

    /// Where copies of files inside wait, when a copy is made.
    fn copied(&self) -> Option<&Rc<Spool>> {
        self.writing.then_some(&self.spool)
    }

    fn set(&mut self, index: usize, outcome: Outcome) {
        if let Some(slot) = self.outcomes.get_mut(index) {
            *slot = outcome;
        }
    }

    /// Whether the part is UTF-8, from its first bytes.
    fn is_utf8(&self, entry: &Entry, cx: &Cx<'_>) -> Result<bool, FormatError> {
        let mut inflate = Inflate::new(self.bytes, entry, cx.limits, cx.room())?;
        let mut head = vec![0; 256];
        let n = crate::formats::source::read_full(&mut inflate, &mut head)?;
        head.truncate(n);
        Ok(Coding::of(&head) == Coding::Utf8)
    }

    fn strings(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        for index in self.indexes(|k| k == Kind::Strings) {
            let (part, entry) = self.part(index)?;
            let (path, at, entry) = (part.path.clone(), at_part(part), entry.clone());
            let mut rare = Rare::default();
            let result = if self.book.strings.len() > 0 {
                Err(FormatError::Corrupt("shared strings twice"))
            } else if self.is_utf8(&entry, cx)? {
                let mut inflate = Inflate::new(self.bytes, &entry, cx.limits, cx.room())?;
                self.book.strings.read(&mut inflate, &path, cx, &mut rare)
            } else {
                let raw = load_raw(self.bytes, self.directory, index, cx)?;
                let text = Coding::of(&raw).decode(&raw)?;
                self.book
                    .strings
                    .read(&mut text.as_bytes(), &path, cx, &mut rare)
            };
            if let Err(e) = result {
                self.trouble(&at, e, cx)?;
            }
            rare.emit(&at, cx)?;
        }
        Ok(())
    }

    fn finish_strings(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let Some(index) = self.indexes(|k| k == Kind::Strings).first().copied() else {
            return Ok(());
        };
        let (part, entry) = self.part(index)?;
        let (path, entry) = (part.path.clone(), entry.clone());
        self.book.strings.rest(&path, cx)?;
        if !self.book.strings.is_edited() {
            return Ok(());
        }
        let mut packer = Packer::new(entry.method, &self.spool);
        if self.is_utf8(&entry, cx)? {
            let mut inflate = Inflate::new(self.bytes, &entry, cx.limits, u64::MAX)?;
            self.book.strings.write(&mut inflate, &mut packer)?;
        } else {
            let raw = load_raw(self.bytes, self.directory, index, cx)?;
            let coding = Coding::of(&raw);
            let text = coding.decode(&raw)?;
            let mut new = Vec::new();
            self.book.strings.write(&mut text.as_bytes(), &mut new)?;
            packer.write_all(&coding.encode(&String::from_utf8_lossy(&new)))?;
        }
        self.set(index, Outcome::New(packer.finish()?));
        Ok(())
    }

    /// The sheets in the workbook's order, then those it does not list.
    fn sheets(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let mut left = self.indexes(|k| k == Kind::Sheet);
        let mut order = Vec::new();
        for sheet in &self.package.sheets {
            for &index in &left {
                if self.package.parts.get(index).map(|p| key(&p.path)).as_ref() == Some(&sheet.key)
                {
                    order.push((index, Step::Sheet(sheet.name.clone())));
                }
            }
            left.retain(|i| order.iter().all(|(o, _)| o != i));
        }
        for index in left {
            let (part, _) = self.part(index)?;
            order.push((index, Step::Part(part.path.clone())));
        }
        for (number, (index, step)) in order.into_iter().enumerate() {
            let id = u32::try_from(number).unwrap_or(u32::MAX);
            if let Err(e) = self.sheet(index, id, &step, cx) {
                self.trouble(&[step], e, cx)?;
            }
        }
        Ok(())
    }

    fn sheet(
        &mut self,
        index: usize,
        id: u32,
        step: &Step,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let (part, entry) = self.part(index)?;
        let (owner, entry) = (key(&part.path), entry.clone());
        let relations = self
            .package
            .relations(self.bytes, self.directory, &owner, cx)?;
        let heads = self.heads(&relations, cx)?;
        let gone = relations
            .iter()
            .filter(|r| self.writing && r.kind == "printerSettings")
            .map(|r| r.id.clone())
            .collect();
        let sweep = Sweep::new(
            vec![step.clone()],
            Rules {
                gone,
                whole: self.whole.clone(),
                renames: self.renames.clone(),
                ..Rules::default()
            },
        );
        let rows = heads.iter().map(|h| h.row).collect();
        let utf8 = self.is_utf8(&entry, cx)?;
        let mut book = std::mem::take(&mut self.book);
        let mut sheet = SheetRun::new(step.clone(), id, &mut book, sweep, rows);
        let (bytes, limits) = (self.bytes, cx.limits);
        let result = if utf8 {
            let mut copy = self
                .writing
                .then(|| Lazy::new(bytes, &entry, limits, &self.spool));
            Inflate::new(bytes, &entry, limits, cx.room())
                .and_then(|mut inflate| sheet.read(&mut inflate, copy.as_mut(), cx))
                .and_then(|()| copy.map(Lazy::finish).transpose().map(Option::flatten))
        } else {
            load_raw(bytes, self.directory, index, cx)
                .and_then(|raw| Coding::of(&raw).decode(&raw))
                .and_then(|text| sheet.read(&mut text.as_bytes(), None, cx))
                .and_then(|()| {
                    if self.writing {
                        let what = "a sheet in another encoding than UTF-8";
                        Err(withheld(GapKind::Unsupported, what))
                    } else {
                        Ok(None)
                    }
                })
        };
        let new_heads = std::mem::take(&mut sheet.heads);
        self.book = book;
        for head in heads {
            for (&(_, column), text) in
                new_heads.range((head.row, head.first_column)..=(head.row, head.last_column))
            {
                let number = (column - head.first_column) as usize;
                self.columns
                    .entry(head.table.clone())
                    .or_default()
                    .insert(number, text.clone());
            }
        }
        if let Some(packed) = result? {
            self.set(index, Outcome::New(packed));
        }
        Ok(())
    }

    /// Header rows of the tables on a sheet.
    fn heads(
        &self,
        relations: &[super::package::Relation],
        cx: &mut Cx<'_>,
    ) -> Result<Vec<Head>, FormatError> {
        let mut out = Vec::new();
        for relation in relations.iter().filter(|r| r.kind == "table") {
            let Some((table, index)) = relation
                .key
                .as_ref()
                .and_then(|k| Some((k.clone(), self.package.find(k)?)))
            else {
                continue;
            };
            let xml = super::package::load(self.bytes, self.directory, index, cx)?;
            let mut tokens = Tokens::new(&xml);
            while let Ok(Some(token)) = tokens.next() {
                let Token::Open(tag) = token else { continue };
                if tag.name != b"table" {
                    continue;
                }
                let headless = tag
                    .attribute(b"headerRowCount")
                    .is_some_and(|a| a.value == b"0");
                let range = tag.attribute(b"ref").and_then(|a| {
                    let text = value(&a);
                    let (from, to) = text.split_once(':')?;
                    let from = super::sheet::reference(from.as_bytes())?;
                    let to = super::sheet::reference(to.as_bytes())?;
                    Some((from, to))
                });
                if let (false, Some((from, to))) = (headless, range) {
                    out.push(Head {
                        table,
                        row: from.1,
                        first_column: from.0,
                        last_column: to.0.max(from.0),
                    });
                }
                break;
            }
        }
        Ok(out)
    }

    /// Whether the copy differs from the source in anything.
    fn is_changed(&self) -> bool {
        rebuilt::is_changed(self.directory, &self.outcomes)
    }

    fn write(&self, out: &mut dyn Output) -> Result<(), FormatError> {
        rebuilt::write(self.bytes, self.directory, &self.outcomes, out)
    }
}
