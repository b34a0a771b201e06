//! Rows of one table: read in chunks, changed where something was found.

use super::{
    open::{Use, fault},
    schema::{Key, Table, quoted},
};
use crate::{
    formats::{
        Cx, FormatError, Source, Treatment,
        encoding::{Codec, Encoding, is_sound_gb, looks_like_text},
        nest::identify,
        pictures,
    },
    model::{
        CellAt, CellKind, Charset, Edit, Fragment, GapKind, Headers, Layout, Name, Step,
        Table as Shape,
    },
};
use rusqlite::{
    Connection, ErrorCode, Row, Statement, params_from_iter,
    types::{Value, ValueRef},
};
use std::io::Cursor;

/// Bytes of text that are read at a time.
const CHUNK: usize = 1 << 20;
/// A value that is longer is a member of its own.
const LONG: usize = 1 << 20;
/// Bytes in binary of up to this length are digests, identifiers and flags.
const SHORT: usize = 64;

/// How a value is to be written back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    /// Text in GB 18030, which the database takes for UTF-8.
    Gb,
    /// Text in a value of bytes.
    Blob,
    /// Bytes with words in them.
    Binary,
    Number,
}

/// One value on its way to the detector.
struct Place {
    /// Row in the chunk, column.
    row: usize,
    column: usize,
    form: Form,
}

/// Values to write into one row.
type Changes = Vec<(usize, Value)>;

struct Run<'r> {
    db: &'r Connection,
    table: &'r Table,
    number: u32,
    names: Vec<String>,
    to: Use,
    at: Vec<Step>,
    first: bool,
    /// Number of the next row, from 1.
    row: u64,
    /// Makes masks differ where values must.
    serial: i64,
    changed: u64,
    /// The statement that changed the last row.
    last: Option<(String, Statement<'r>)>,
}

/// Rows that were read.
#[derive(Default)]
struct Chunk {
    keys: Vec<Vec<Value>>,
    text: Vec<u8>,
    cells: Vec<CellAt>,
    places: Vec<Place>,
    changes: Vec<Changes>,
}

/// Reads the rows of a table and changes them. Gives the number of changed values.
///
/// # Errors
/// Those of the library; when changing, those of members; `Withheld` when a value could not be changed.
pub(super) fn table(
    db: &Connection,
    table: &Table,
    number: u32,
    to: Use,
    cx: &mut Cx<'_>,
) -> Result<u64, FormatError> {
    let mut run = Run {
        db,
        table,
        number,
        names: table.columns.iter().map(|c| c.name.clone()).collect(),
        to,
        at: vec![Step::Sheet(table.name.clone())],
        first: true,
        row: 1,
        serial: 0,
        changed: 0,
        last: None,
    };
    match run.all(cx) {
        Ok(()) => Ok(run.changed),
        Err(e) if to == Use::Read && !matches!(e, FormatError::Timeout | FormatError::Limit(_)) => {
            cx.gap(&run.at, e.kind(), "the rows of this table end here");
            Ok(0)
        }
        Err(e) => Err(e),
    }
}

fn owned(value: ValueRef<'_>) -> Value {
    match value {
        // Text that is no UTF-8 cannot be a key that is compared; bytes can.
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(bytes.to_vec()),
        },
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Integer(n),
        ValueRef::Real(n) => Value::Real(n),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

impl Run<'_> {
    fn key(&self) -> Vec<String> {
        match &self.table.key {
            Key::Row(word) => vec![(*word).to_owned()],
            Key::Columns(columns) => columns
                .iter()
                .filter_map(|&c| self.names.get(c))
                .map(|n| quoted(n))
                .collect(),
        }
    }

    fn all(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let key = self.key();
        if key.is_empty() {
            return Err(FormatError::Unsupported(
                "a table whose rows cannot be told apart",
            ));
        }
        let list: Vec<String> = self.names.iter().map(|n| quoted(n)).collect();
        let marks: Vec<String> = (1..=key.len()).map(|n| format!("?{n}")).collect();
        let (key, list, marks) = (key.join(","), list.join(","), marks.join(","));
        let table = quoted(&self.table.name);
        let first = format!("SELECT {key},{list} FROM {table} ORDER BY {key}");
        let next =
            format!("SELECT {key},{list} FROM {table} WHERE ({key}) > ({marks}) ORDER BY {key}");
        let db = self.db;
        let mut first = db.prepare(&first).map_err(|e| fault(&e))?;
        let mut next = db.prepare(&next).map_err(|e| fault(&e))?;
        let mut after: Option<Vec<Value>> = None;
        loop {
            let mut chunk = Chunk::default();
            let done = match &after {
                None => self.read(&mut first, &[], &mut chunk, cx)?,
                Some(key) => self.read(&mut next, key, &mut chunk, cx)?,
            };
            let last = chunk.keys.last().cloned();
            self.hand_on(&mut chunk, cx)?;
            self.row += chunk.keys.len() as u64;
            match last {
                Some(key) if !done => after = Some(key),
                _ => return Ok(()),
            }
        }
    }

    /// Reads rows until the chunk is full; true when there are no more.
    fn read(
        &mut self,
        statement: &mut Statement<'_>,
        key: &[Value],
        chunk: &mut Chunk,
        cx: &mut Cx<'_>,
    ) -> Result<bool, FormatError> {
        let width = self.key().len();
        let mut rows = statement
            .query(params_from_iter(key.iter()))
            .map_err(|e| fault(&e))?;
        while let Some(row) = rows.next().map_err(|e| fault(&e))? {
            let mut key = Vec::with_capacity(width);
            for i in 0..width {
                key.push(owned(row.get_ref(i).map_err(|e| fault(&e))?));
            }
            chunk.keys.push(key);
            chunk.changes.push(Vec::new());
            let before = chunk.text.len();
            self.values(row, width, chunk, cx)?;
            cx.spend((chunk.text.len() - before) as u64)?;
            if chunk.text.len() >= CHUNK || chunk.keys.len() >= CHUNK / 16 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn values(
        &mut self,
        row: &Row<'_>,
        width: usize,
        chunk: &mut Chunk,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let here = chunk.keys.len() - 1;
        for column in 0..self.names.len() {
            let value = row.get_ref(width + column).map_err(|e| fault(&e))?;
            let start = chunk.text.len();
            let (form, kind) = match value {
                ValueRef::Null => continue,
                ValueRef::Integer(n) => {
                    chunk.text.extend_from_slice(n.to_string().as_bytes());
                    (Form::Number, CellKind::Number)
                }
                ValueRef::Real(n) => {
                    chunk.text.extend_from_slice(format!("{n}").as_bytes());
                    let rounded = n.fract() == 0.0 && n.abs() >= 1e15;
                    let kind = if rounded {
                        CellKind::Rounded
                    } else {
                        CellKind::Number
                    };
                    (Form::Number, kind)
                }
                ValueRef::Text(bytes) if bytes.len() > LONG => {
                    self.member(here, column, bytes, Form::Text, chunk, cx)?;
                    continue;
                }
                ValueRef::Text(bytes) => (text(bytes, &mut chunk.text), CellKind::Text),
                ValueRef::Blob(bytes) => {
                    let plain = bytes.len() <= LONG
                        && looks_like_text(bytes)
                        && !bytes.contains(&0)
                        && std::str::from_utf8(bytes).is_ok();
                    if plain {
                        chunk.text.extend_from_slice(bytes);
                        (Form::Blob, CellKind::Text)
                    } else if bytes.len() <= SHORT {
                        words(bytes, &mut chunk.text);
                        (Form::Binary, CellKind::Text)
                    } else {
                        self.member(here, column, bytes, Form::Blob, chunk, cx)?;
                        continue;
                    }
                }
            };
            if chunk.text.len() == start {
                continue;
            }
            let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            chunk.cells.push(CellAt {
                row: place(here),
                column: place(column + 1),
                start: place(start),
                end: place(chunk.text.len()),
                kind,
            });
            chunk.places.push(Place {
                row: here,
                column,
                form,
            });
            chunk.text.push(b'\t');
        }
        if let Some(last) = chunk.text.last_mut() {
            *last = b'\n';
        }
        Ok(())
    }

    /// Reads a value as a file of its own.
    fn member(
        &mut self,
        here: usize,
        column: usize,
        bytes: &[u8],
        form: Form,
        chunk: &mut Chunk,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let row = self.row + here as u64;
        let column_name = self.names.get(column).map_or("", String::as_str);
        let extension = if form == Form::Text { ".txt" } else { "" };
        let name = format!("{}/{row}/{column_name}{extension}", self.table.name);
        let name = Name::from(name.as_str());
        cx.spend(bytes.len() as u64)?;
        let mut source = Source::slice(bytes);
        let unknown = identify(source.head(), &[]);
        if self.to == Use::Change && unknown.format.is_none() {
            let picture = matches!(unknown.unknown, Some((GapKind::Image, _)));
            let at = [
                Step::Sheet(self.table.name.clone()),
                Step::Field(column_name.to_owned()),
            ];
            return opaque(&at, bytes, picture, cx).map(|new| {
                if let (Some(new), Some(changes)) = (new, chunk.changes.get_mut(here)) {
                    changes.push((column, Value::Blob(new)));
                }
            });
        }
        if self.to == Use::Read {
            return cx.member(&name, &mut source, None);
        }
        let mut copy = Cursor::new(Vec::new());
        cx.member(&name, &mut source, Some(&mut copy))?;
        let copy = copy.into_inner();
        if copy != bytes {
            let value = match (form, String::from_utf8(copy)) {
                (Form::Text, Ok(text)) => Value::Text(text),
                (_, Ok(text)) => Value::Blob(text.into_bytes()),
                (_, Err(e)) => Value::Blob(e.into_bytes()),
            };
            if let Some(changes) = chunk.changes.get_mut(here) {
                changes.push((column, value));
            }
        }
        Ok(())
    }

    fn hand_on(&mut self, chunk: &mut Chunk, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        if !chunk.cells.is_empty() {
            let fragment = Fragment {
                at: &self.at,
                bytes: &chunk.text,
                charset: Charset::Utf8,
                own: 0..chunk.text.len(),
                base: None,
                layout: Layout::Cells {
                    table: Shape {
                        id: self.number,
                        first: std::mem::take(&mut self.first),
                        headers: Headers::Known(&self.names),
                    },
                    first_row: self.row,
                    cells: &chunk.cells,
                },
                label: None,
            };
            let edits = cx.text(&fragment);
            for group in edits.chunk_by(|a, b| a.cell == b.cell) {
                let Some(index) = group.first().and_then(|e| e.cell).map(|i| i as usize) else {
                    continue;
                };
                let Some((cell, place)) = chunk.cells.get(index).zip(chunk.places.get(index))
                else {
                    continue;
                };
                let old = chunk.text.get(cell.range()).unwrap_or_default();
                let value = masked(old, cell.start as usize, group, place.form);
                if let Some(changes) = chunk.changes.get_mut(place.row) {
                    changes.push((place.column, value));
                }
            }
        }
        if self.to == Use::Read {
            return Ok(());
        }
        for (key, changes) in chunk.keys.iter().zip(&chunk.changes) {
            self.write(key, changes)?;
        }
        Ok(())
    }

    /// Writes the changes of one row. Where the table refuses masks, they are numbered; where it refuses
    /// text, the value goes.
    fn write(&mut self, key: &[Value], changes: &Changes) -> Result<(), FormatError> {
        let generated = |c: usize| self.table.columns.get(c).is_some_and(|c| c.generated);
        let changes: Vec<&(usize, Value)> = changes.iter().filter(|c| !generated(c.0)).collect();
        if changes.is_empty() {
            return Ok(());
        }
        let set: Vec<String> = changes
            .iter()
            .filter_map(|(c, _)| self.names.get(*c))
            .enumerate()
            .map(|(n, name)| format!("{}=?{}", quoted(name), n + 1))
            .collect();
        let test: Vec<String> = self
            .key()
            .iter()
            .enumerate()
            .map(|(n, name)| format!("{name}=?{}", changes.len() + n + 1))
            .collect();
        let table = quoted(&self.table.name);
        let sql = format!(
            "UPDATE {table} SET {} WHERE {}",
            set.join(","),
            test.join(" AND ")
        );
        let mut statement = match self.last.take() {
            Some((last, statement)) if last == sql => statement,
            _ => self.db.prepare(&sql).map_err(|e| fault(&e))?,
        };
        for attempt in 0..4 {
            self.serial += 1;
            let serial = self.serial;
            let values = changes.iter().map(|(column, value)| {
                if self.table.alias == Some(*column) {
                    return Value::Integer(-serial);
                }
                match (attempt, value) {
                    (1, Value::Text(text)) => Value::Text(format!("{text}~{serial}")),
                    (0 | 1, value) => value.clone(),
                    (2, _) => Value::Null,
                    _ => Value::Integer(-serial),
                }
            });
            let result = statement.execute(params_from_iter(values.chain(key.iter().cloned())));
            match result {
                Ok(1) => {
                    self.changed += changes.len() as u64;
                    self.last = Some((sql, statement));
                    return Ok(());
                }
                Ok(_) => break,
                Err(e) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {}
                Err(e) => return Err(fault(&e)),
            }
        }
        let note = "a row of the database could not be changed";
        Err(FormatError::Withheld(GapKind::Unsupported, note.into()))
    }
}

/// What a copy has in place of a value in binary that is not read: `None` when it is kept.
pub(in crate::formats) fn opaque(
    at: &[Step],
    bytes: &[u8],
    picture: bool,
    cx: &mut Cx<'_>,
) -> Result<Option<Vec<u8>>, FormatError> {
    let (kind, note, treatment, new) = if picture {
        let new = pictures::blank(bytes);
        (GapKind::Image, "a picture", cx.limits.unread.pictures, new)
    } else {
        let new = pictures::empty(bytes);
        let note = "a value in binary that no reader knows";
        (GapKind::Opaque, note, cx.limits.unread.objects, new)
    };
    match treatment {
        _ if new == bytes => Ok(None),
        Treatment::Withhold => Err(FormatError::Withheld(kind, note.into())),
        Treatment::Keep => {
            cx.gap(at, GapKind::Kept, note);
            Ok(None)
        }
        Treatment::Blank => {
            cx.gap(at, GapKind::Dropped, note);
            Ok(Some(new))
        }
    }
}

/// Adds a text, decoded when it is not UTF-8.
fn text(bytes: &[u8], out: &mut Vec<u8>) -> Form {
    if std::str::from_utf8(bytes).is_err() && is_sound_gb(bytes) {
        Codec::new(Encoding::Gb18030).decode(bytes, true, out, &mut 0);
        return Form::Gb;
    }
    out.extend_from_slice(bytes);
    Form::Text
}

/// Adds the printable stretches of some bytes, of whatever encoding.
pub(in crate::formats) fn words(bytes: &[u8], out: &mut Vec<u8>) {
    let mut first = true;
    for word in bytes
        .split(|b| !(b' '..0x7F).contains(b))
        .filter(|w| w.len() >= 4)
    {
        if !std::mem::take(&mut first) {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
    if !bytes.is_ascii() || bytes.contains(&0) {
        let end = out.len();
        super::super::strings::wide(bytes, out);
        if !first && out.len() > end {
            out.insert(end, b' ');
        }
    }
}

/// A text with its edits done; where it was JSON it still is. `from` is where the text begins in the fragment.
pub(in crate::formats) fn json_masked(old: &[u8], from: usize, edits: &[Edit]) -> Vec<u8> {
    let new = spliced(old, from, edits, |_| false);
    let json = matches!(old.trim_ascii_start().first(), Some(b'{' | b'['));
    let sound = |bytes: &[u8]| serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    if json && sound(old) && !sound(&new) {
        // A number that changes becomes a string.
        return spliced(old, from, edits, |at| outside_string(old, at));
    }
    new
}

/// The value to write for a text with edits; `from` is where the text begins in the fragment.
fn masked(old: &[u8], from: usize, edits: &[Edit], form: Form) -> Value {
    if form == Form::Binary {
        return Value::Blob(Vec::new());
    }
    let new = json_masked(old, from, edits);
    match form {
        Form::Blob => Value::Blob(new),
        Form::Gb => {
            Value::Blob(Codec::new(Encoding::Gb18030).encode(&String::from_utf8_lossy(&new)))
        }
        _ => match String::from_utf8(new) {
            Ok(text) => Value::Text(text),
            Err(e) => Value::Blob(e.into_bytes()),
        },
    }
}

fn outside_string(json: &[u8], at: usize) -> bool {
    let (mut inside, mut escaped) = (false, false);
    for &b in json.get(..at).unwrap_or_default() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ => {}
        }
    }
    !inside
}

fn spliced(old: &[u8], from: usize, edits: &[Edit], quote: impl Fn(usize) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(old.len());
    let mut at = 0;
    for edit in edits {
        let (start, end) = (edit.span.start() - from, edit.span.end() - from);
        out.extend_from_slice(old.get(at..start).unwrap_or_default());
        let quote = quote(start);
        if quote {
            out.push(b'"');
        }
        out.extend_from_slice(edit.with.as_bytes());
        if quote {
            out.push(b'"');
        }
        at = end;
    }
    out.extend_from_slice(old.get(at..).unwrap_or_default());
    out
}
