//! What tables there are and how their rows are told apart.

use super::open::fault;
use crate::formats::FormatError;
use rusqlite::{Connection, types::ValueRef};

/// How the rows of a table are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// By number, under this name.
    Row(&'static str),
    /// By these columns (indexes).
    Columns(Vec<usize>),
}

/// One column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    /// Worked out from others: never written.
    pub(super) generated: bool,
}

/// One table with rows of its own.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) key: Key,
    /// The column that is the row's number.
    pub(super) alias: Option<usize>,
}

/// Everything of the schema.
#[derive(Debug, Default)]
pub(super) struct Schema {
    pub(super) tables: Vec<Table>,
    /// Statements that made tables, views, indexes, triggers, with the names.
    pub(super) statements: Vec<(String, String)>,
    /// Full-text tables that are built again from their texts.
    pub(super) full_text: Vec<String>,
    /// Full-text tables that hold no texts to build them from.
    pub(super) contentless: Vec<String>,
    /// Whether samples of values are kept for the planner.
    pub(super) statistics: bool,
}

/// A name as SQL quotes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Tables that a full-text table keeps beside its texts.
const FTS: [&str; 8] = [
    "_data",
    "_idx",
    "_docsize",
    "_config",
    "_segments",
    "_segdir",
    "_stat",
    "_parent",
];

impl Schema {
    /// Reads it.
    ///
    /// # Errors
    /// Those of the library.
    pub(super) fn read(db: &Connection) -> Result<Self, FormatError> {
        Self::all(db).map_err(|e| fault(&e))
    }

    fn all(db: &Connection) -> rusqlite::Result<Self> {
        let mut schema = Self::default();
        let mut virtuals: Vec<(String, String)> = Vec::new();
        let mut names = Vec::new();
        let mut rows =
            db.prepare("SELECT type, name, rootpage, sql FROM sqlite_schema ORDER BY rowid")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let text = |i: usize| -> rusqlite::Result<String> {
                Ok(match row.get_ref(i)? {
                    ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    _ => String::new(),
                })
            };
            let (kind, name, sql) = (text(0)?, text(1)?, text(3)?);
            let root: i64 = row.get(2).unwrap_or(0);
            if kind == "table" && root == 0 {
                virtuals.push((name.clone(), sql.to_lowercase()));
            } else if kind == "table" {
                names.push(name.clone());
            }
            schema.statements.push((name, sql));
        }
        schema.virtuals(&virtuals, &mut names);
        for name in names {
            if name == "sqlite_stat4" || name == "sqlite_stat3" {
                schema.statistics = true;
                continue;
            }
            schema.statistics |= name == "sqlite_stat1";
            schema.tables.push(table(db, name)?);
        }
        Ok(schema)
    }

    /// Leaves out what virtual tables keep that is built again.
    fn virtuals(&mut self, virtuals: &[(String, String)], names: &mut Vec<String>) {
        for (name, sql) in virtuals {
            let module = sql.split("using").nth(1).unwrap_or_default().trim_start();
            if module.starts_with("fts") {
                let plain: String = sql.chars().filter(|c| !c.is_whitespace()).collect();
                if plain.contains("content=''") || plain.contains("content=\"\"") {
                    self.contentless.push(name.clone());
                }
                self.full_text.push(name.clone());
                names.retain(|n| FTS.iter().all(|s| *n != format!("{name}{s}")));
            } else if module.starts_with("rtree") {
                names.retain(|n| *n != format!("{name}_node") && *n != format!("{name}_parent"));
            }
        }
    }
}

fn table(db: &Connection, name: String) -> rusqlite::Result<Table> {
    let mut columns = Vec::new();
    let (mut keys, mut integer) = (Vec::new(), false);
    let mut rows = db.prepare("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1)")?;
    let mut rows = rows.query([&name])?;
    while let Some(row) = rows.next()? {
        let (column, kind): (String, String) = (row.get(0)?, row.get(1)?);
        let (pk, hidden): (i64, i64) = (row.get(2)?, row.get(3)?);
        if pk > 0 {
            keys.push((pk, columns.len()));
            integer = kind.eq_ignore_ascii_case("integer");
        }
        columns.push(Column {
            name: column,
            generated: hidden >= 2,
        });
    }
    let rowless: bool = db
        .query_row(
            "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1",
            [&name],
            |row| row.get(0),
        )
        .unwrap_or(false);
    keys.sort_unstable();
    let taken = |word: &str| {
        columns
            .iter()
            .any(|c: &Column| c.name.eq_ignore_ascii_case(word))
    };
    let word = ["rowid", "_rowid_", "oid"].into_iter().find(|w| !taken(w));
    let alias = match keys.as_slice() {
        &[(_, column)] if integer && !rowless => Some(column),
        _ => None,
    };
    let key = match word {
        Some(word) if !rowless => Key::Row(word),
        _ => Key::Columns(keys.iter().map(|k| k.1).collect()),
    };
    Ok(Table {
        name,
        columns,
        key,
        alias,
    })
}
