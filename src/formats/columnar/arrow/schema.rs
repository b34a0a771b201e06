//! Schemas of Arrow: fields as a list, each before what is below it, and the schema that a copy has.
//!
//! Standard: Apache Arrow columnar format 1.5, `Schema.fbs`.

use super::{
    super::{COLUMNS, DEPTH, grid::column_name, stand_in, value::Shape, words},
    flat::{Fields, Table, Value},
    types::{kind, width},
};
use crate::{
    formats::{Cx, FormatError},
    model::Step,
};
use std::ops::Range;

const BAD: FormatError = FormatError::Corrupt("the schema");

/// How the values of a field lie in buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    /// Bits.
    Bool,
    /// So many bytes a value.
    Fixed(usize),
    /// Offsets of 4 or 8 bytes into the bytes of all.
    Var(usize),
    /// Sixteen bytes a value, which hold it or say where it is.
    View,
    /// Offsets of 4 or 8 bytes into the elements below.
    List(usize),
    /// The same with lengths.
    ListView(usize),
    /// Elements below without offsets: structures, lists of one length.
    Parts {
        own_rows: bool,
    },
    /// Types, and offsets for dense ones; no marks of what is missing.
    Union {
        dense: bool,
    },
    /// Nothing of its own.
    RunEnds,
}

/// A field.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) nullable: bool,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    /// Fields directly below it.
    pub(super) children: usize,
    /// Table, from 0, and column in it, from 1; 0 for a field that has no values of its own.
    pub(super) table: usize,
    pub(super) column: u32,
    /// Number of the dictionary that its values are in: then they are numbers of entries.
    pub(super) dictionary: Option<i64>,
    /// Type as it is written again.
    number: u8,
    said: Fields,
    encoding: Fields,
    renamed: bool,
}

/// A schema that was read.
#[derive(Debug, Default)]
pub(super) struct Schema {
    pub(super) fields: Vec<Field>,
    /// Fields at the top.
    roots: usize,
    /// Name of what repeats, and names of columns.
    pub(super) tables: Vec<(Option<String>, Vec<String>)>,
    /// Fields of dictionaries by number: the values' own, and how many fields they are.
    pub(super) dictionaries: Vec<(i64, Vec<Field>)>,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// `Corrupt`; `Unsupported` for numbers with the highest byte first; `Limit`.
    pub(super) fn read(table: &Table<'_>) -> Result<Self, FormatError> {
        if table.short(0).unwrap_or(0) != 0 {
            return Err(FormatError::Unsupported(
                "numbers with the highest byte first",
            ));
        }
        let mut schema = Self::default();
        schema.tables.push((None, Vec::new()));
        for field in table.tables(1) {
            schema.roots += 1;
            let mut fields = std::mem::take(&mut schema.fields);
            schema.field(&field, 0, &mut Vec::new(), 0, &mut fields)?;
            schema.fields = fields;
        }
        Ok(schema)
    }

    fn field(
        &mut self,
        field: &Table<'_>,
        table: usize,
        path: &mut Vec<String>,
        depth: u32,
        out: &mut Vec<Field>,
    ) -> Result<(), FormatError> {
        let all: usize = self.dictionaries.iter().map(|d| d.1.len()).sum();
        let tables = self.tables.len();
        if depth > DEPTH || out.len() + all >= COLUMNS || tables > 2 * COLUMNS {
            return Err(FormatError::Limit("columns"));
        }
        let name = field.text(0).unwrap_or_default();
        path.push(name.clone());
        let number = field.byte(2).ok_or(BAD)?;
        let (kind, shape, said) = kind(number, field.table(3))?;
        let mut new = Field {
            name,
            nullable: field.byte(1).unwrap_or(0) != 0,
            kind,
            shape,
            children: field.tables(5).count(),
            table,
            column: 0,
            dictionary: None,
            number,
            said,
            encoding: Vec::new(),
            renamed: false,
        };
        if let Some(encoding) = field.table(4) {
            self.encoded(field, &encoding, new, path, depth, out)?;
            path.pop();
            return Ok(());
        }
        let inner = self.own_column(&mut new, path);
        let ends = new.kind == Kind::RunEnds;
        out.push(new);
        let first = out.len();
        for child in field.tables(5) {
            self.field(&child, inner.unwrap_or(table), path, depth + 1, out)?;
        }
        // Where runs end is no value.
        if let Some(field) = out.get_mut(first).filter(|_| ends) {
            field.column = 0;
        }
        path.pop();
        Ok(())
    }

    /// Gives a field its column, or the table of what is below it.
    fn own_column(&mut self, field: &mut Field, path: &[String]) -> Option<usize> {
        let said = column_name(path.iter().map(String::as_str));
        match field.kind {
            Kind::Bool | Kind::Fixed(_) | Kind::Var(_) | Kind::View => {
                if let Some((_, columns)) = self.tables.get_mut(field.table) {
                    columns.push(said);
                    field.column = u32::try_from(columns.len()).unwrap_or(u32::MAX);
                }
                None
            }
            Kind::List(_)
            | Kind::ListView(_)
            | Kind::Parts { own_rows: true }
            | Kind::Union { .. }
            | Kind::RunEnds => {
                self.tables.push((Some(said), Vec::new()));
                Some(self.tables.len() - 1)
            }
            Kind::Null | Kind::Parts { own_rows: false } => None,
        }
    }

    /// A field whose values are numbers of entries of a dictionary.
    fn encoded(
        &mut self,
        field: &Table<'_>,
        encoding: &Table<'_>,
        mut new: Field,
        path: &mut Vec<String>,
        depth: u32,
        out: &mut Vec<Field>,
    ) -> Result<(), FormatError> {
        let id = encoding.long(0).unwrap_or(0);
        let index = encoding.table(1);
        let bits = index.as_ref().and_then(|i| i.int(0)).unwrap_or(32);
        let signed = index.as_ref().is_none_or(|i| i.byte(1).unwrap_or(0) != 0);
        new.encoding = vec![
            (0, Value::Long(id)),
            (
                1,
                Value::Table(vec![(0, Value::Int(bits)), (1, Value::Byte(signed.into()))]),
            ),
            (2, Value::Byte(encoding.byte(2).unwrap_or(0))),
        ];
        let said = column_name(path.iter().map(String::as_str));
        self.tables
            .push((Some(format!("{said}/dictionary")), Vec::new()));
        let table = self.tables.len() - 1;
        // The values' own field, without the dictionary around it.
        let mut values = new.clone();
        values.table = table;
        values.nullable = true;
        let inner = self.own_column(&mut values, path);
        let mut below = vec![values];
        for child in field.tables(5) {
            self.field(&child, inner.unwrap_or(table), path, depth + 1, &mut below)?;
        }
        if !self.dictionaries.iter().any(|d| d.0 == id) {
            self.dictionaries.push((id, below.clone()));
        }
        new.dictionary = Some(id);
        new.kind = Kind::Fixed(width(bits)?);
        new.shape = Shape::Silent;
        // What is below stands in the schema, and has no buffers here.
        new.children = 0;
        out.push(new);
        Ok(())
    }

    /// Hands on names and metadata of a schema. Gives whether something is to change.
    pub(super) fn texts(
        &mut self,
        table: &Table<'_>,
        cx: &mut Cx<'_>,
    ) -> Result<bool, FormatError> {
        let mut changed = metadata(table, 2, cx);
        let mut renamed = Vec::new();
        for field in table.tables(1) {
            changed |= field_texts(&field, 0, &mut renamed, cx)?;
        }
        for field in self
            .fields
            .iter_mut()
            .chain(self.dictionaries.iter_mut().flat_map(|d| &mut d.1))
        {
            field.renamed |= renamed.contains(&field.name);
            for (_, value) in &mut field.said {
                if matches!(value, Value::Text(text) if renamed.contains(text)) {
                    *value = Value::Text("UTC".into());
                }
            }
        }
        Ok(changed)
    }

    /// The schema of a changed copy: what values need and nothing else.
    pub(super) fn written(&self) -> Result<Fields, FormatError> {
        let mut at = 0;
        let mut roots = Vec::new();
        for _ in 0..self.roots {
            roots.push(self.field_again(&self.fields, &mut at)?);
        }
        Ok(vec![(0, Value::Short(0)), (1, Value::Tables(roots))])
    }

    fn field_again(&self, all: &[Field], at: &mut usize) -> Result<Fields, FormatError> {
        let number = *at + 1;
        let field = all.get(*at).ok_or(BAD)?;
        *at += 1;
        let name = if field.renamed {
            stand_in(number)
        } else {
            field.name.clone()
        };
        let mut children = Vec::new();
        if let Some(id) = field.dictionary {
            let below = self.dictionaries.iter().find(|d| d.0 == id);
            let below = below.map(|d| d.1.as_slice()).unwrap_or_default();
            let mut inner = 1;
            while inner < below.len() {
                children.push(self.field_again(below, &mut inner)?);
            }
        }
        for _ in 0..field.children {
            children.push(self.field_again(all, at)?);
        }
        let mut out = vec![
            (0, Value::Text(name)),
            (1, Value::Byte(field.nullable.into())),
            (2, Value::Byte(field.number)),
            (3, Value::Table(field.said.clone())),
            (5, Value::Tables(children)),
        ];
        if !field.encoding.is_empty() {
            out.push((4, Value::Table(field.encoding.clone())));
        }
        Ok(out)
    }
}

/// Hands on entries of anybody's own.
pub(super) fn metadata(table: &Table<'_>, number: usize, cx: &mut Cx<'_>) -> bool {
    let mut changed = false;
    let at = [Step::Field("metadata".into())];
    for entry in table.tables(number) {
        for part in 0..2 {
            if let Some(raw) = entry.bytes(part, 1) {
                changed |= words(raw, &at, cx);
            }
        }
    }
    changed
}

fn field_texts(
    field: &Table<'_>,
    depth: u32,
    renamed: &mut Vec<String>,
    cx: &mut Cx<'_>,
) -> Result<bool, FormatError> {
    if depth > DEPTH {
        return Err(FormatError::Limit("columns"));
    }
    cx.spend(0)?;
    let mut changed = metadata(field, 6, cx);
    let at = [Step::Field("schema".into()), Step::Name];
    let zone = field.table(3).filter(|_| field.byte(2) == Some(10));
    for name in [field.text(0), zone.and_then(|z| z.text(1))]
        .into_iter()
        .flatten()
    {
        if !cx.string(&at, &name, None).is_empty() {
            renamed.push(name);
            changed = true;
        }
    }
    for child in field.tables(5) {
        changed |= field_texts(&child, depth + 1, renamed, cx)?;
    }
    Ok(changed)
}

/// Where the texts of a schema lie: names, zones, metadata. `None` for one with too many fields.
pub(super) fn places(table: &Table<'_>, out: &mut Vec<Range<usize>>) -> Option<()> {
    entries(table, 2, out);
    let mut room = 2 * COLUMNS;
    for field in table.tables(1) {
        field_places(&field, 0, &mut room, out)?;
    }
    Some(())
}

/// Where keys and values of metadata lie.
pub(super) fn entries(table: &Table<'_>, number: usize, out: &mut Vec<Range<usize>>) {
    for entry in table.tables(number) {
        out.extend((0..2).filter_map(|part| entry.vector(part, 1)));
    }
}

fn field_places(
    field: &Table<'_>,
    depth: u32,
    room: &mut usize,
    out: &mut Vec<Range<usize>>,
) -> Option<()> {
    // Fields that lead back to themselves would be ever more.
    *room = room.checked_sub(1).filter(|_| depth <= DEPTH)?;
    out.extend(field.vector(0, 1));
    if let Some(zone) = field.table(3).filter(|_| field.byte(2) == Some(10)) {
        out.extend(zone.vector(1, 1));
    }
    entries(field, 6, out);
    for child in field.tables(5) {
        field_places(&child, depth + 1, room, out)?;
    }
    Some(())
}
