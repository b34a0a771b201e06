//! Schemas of Avro: types as nodes of a tree, and the schema that a copy has.
//!
//! Standard: Apache Avro specification 1.12, "Schema Declaration".

use super::super::{COLUMNS, DEPTH, grid::column_name, stand_in, value::Shape};
use crate::formats::FormatError;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const BAD: FormatError = FormatError::Corrupt("the schema");

/// Index of a node.
pub(super) type Id = usize;

/// A type.
#[derive(Debug)]
pub(super) enum Node {
    Null,
    /// One byte.
    Bool,
    /// A number of variable length.
    Number,
    /// 4 or 8 bytes.
    Float(usize),
    /// A length and bytes.
    Bytes,
    Fixed(usize),
    Enum(Vec<String>),
    Array(Id),
    Map(Id),
    Union(Vec<Id>),
    Record(Vec<Id>),
    /// A type around this one, once more.
    Again(Id),
}

/// A node and where its values go.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) node: Node,
    pub(super) shape: Shape,
    /// Table, from 0, and column, from 1, of a value; of arrays and maps the table of their elements.
    pub(super) table: usize,
    pub(super) column: u32,
}

/// A schema that was read.
#[derive(Debug, Default)]
pub(super) struct Schema<'j> {
    pub(super) places: Vec<Place>,
    pub(super) root: Id,
    /// Names of tables (of arrays and maps; the first has none) and of their columns.
    pub(super) tables: Vec<(Option<String>, Vec<String>)>,
    /// Definitions of named types by full name, and those that are open.
    named: BTreeMap<String, &'j Value>,
    open: Vec<(String, Id)>,
}

/// The full name of a definition and the namespace in it.
fn full_name(map: &Map<String, Value>, space: &str) -> Option<(String, String)> {
    let name = map.get("name")?.as_str()?;
    if let Some((space, _)) = name.rsplit_once('.') {
        return Some((name.to_owned(), space.to_owned()));
    }
    let space = map
        .get("namespace")
        .and_then(Value::as_str)
        .unwrap_or(space);
    Some((qualified(name, space), space.to_owned()))
}

fn qualified(name: &str, space: &str) -> String {
    if space.is_empty() || name.contains('.') {
        name.to_owned()
    } else {
        format!("{space}.{name}")
    }
}

impl<'j> Schema<'j> {
    /// Reads a schema.
    ///
    /// # Errors
    /// `Corrupt`; `Limit` for more types than a table can have.
    pub(super) fn read(json: &'j Value) -> Result<Self, FormatError> {
        let mut schema = Self::default();
        schema.tables.push((None, Vec::new()));
        schema.collect(json, "", 0)?;
        schema.root = schema.node(json, "", &mut Vec::new(), 0, 0)?;
        Ok(schema)
    }

    /// Gathers the named types, which may be used before the place that this reader comes to first.
    fn collect(&mut self, json: &'j Value, space: &str, depth: u32) -> Result<(), FormatError> {
        if depth > 2 * DEPTH {
            return Err(FormatError::Limit("depth of the schema"));
        }
        match json {
            Value::Array(all) => {
                for one in all {
                    self.collect(one, space, depth + 1)?;
                }
            }
            Value::Object(map) => {
                let mut inner = space.to_owned();
                let kind = map.get("type").and_then(Value::as_str);
                if matches!(kind, Some("record" | "error" | "enum" | "fixed")) {
                    let (name, space) = full_name(map, space).ok_or(BAD)?;
                    inner = space;
                    self.named.insert(name, json);
                }
                for key in ["type", "items", "values"] {
                    if let Some(next @ (Value::Object(_) | Value::Array(_))) = map.get(key) {
                        self.collect(next, &inner, depth + 1)?;
                    }
                }
                for field in map
                    .get("fields")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    self.collect(field.get("type").ok_or(BAD)?, &inner, depth + 1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, node: Node, shape: Shape, table: usize) -> Result<Id, FormatError> {
        if self.places.len() >= 2 * COLUMNS {
            return Err(FormatError::Limit("types in the schema"));
        }
        self.places.push(Place {
            node,
            shape,
            table,
            column: 0,
        });
        Ok(self.places.len() - 1)
    }

    /// A value with a column of its own.
    fn leaf(
        &mut self,
        node: Node,
        shape: Shape,
        path: &[String],
        table: usize,
    ) -> Result<Id, FormatError> {
        let id = self.add(node, shape, table)?;
        let name = column_name(path.iter().map(String::as_str));
        if let Some((_, columns)) = self.tables.get_mut(table) {
            columns.push(name);
            let number = u32::try_from(columns.len()).unwrap_or(u32::MAX);
            if let Some(place) = self.places.get_mut(id) {
                place.column = number;
            }
        }
        Ok(id)
    }

    fn fill(&mut self, id: Id, node: Node) -> Id {
        if let Some(place) = self.places.get_mut(id) {
            place.node = node;
        }
        id
    }

    fn node(
        &mut self,
        json: &'j Value,
        space: &str,
        path: &mut Vec<String>,
        table: usize,
        depth: u32,
    ) -> Result<Id, FormatError> {
        if depth > DEPTH {
            return Err(FormatError::Limit("depth of the schema"));
        }
        match json {
            Value::String(name) => self.simple(name, None, space, path, table, depth),
            Value::Array(all) => {
                let id = self.add(Node::Null, Shape::Silent, table)?;
                let mut branches = Vec::new();
                for one in all {
                    branches.push(self.node(one, space, path, table, depth + 1)?);
                }
                Ok(self.fill(id, Node::Union(branches)))
            }
            Value::Object(map) => match map.get("type") {
                Some(Value::String(name)) => {
                    self.simple(name, Some(map), space, path, table, depth)
                }
                Some(inner) => self.node(inner, space, path, table, depth + 1),
                None => Err(BAD),
            },
            _ => Err(BAD),
        }
    }

    fn simple(
        &mut self,
        name: &str,
        map: Option<&'j Map<String, Value>>,
        space: &str,
        path: &mut Vec<String>,
        table: usize,
        depth: u32,
    ) -> Result<Id, FormatError> {
        let logical = map
            .and_then(|m| m.get("logicalType"))
            .and_then(Value::as_str);
        let scale = map.and_then(|m| m.get("scale")).and_then(Value::as_i64);
        let scale = i32::try_from(scale.unwrap_or(0)).unwrap_or(0);
        let decimal = (logical == Some("decimal")).then_some(Shape::Decimal { scale, big: true });
        let bytes = decimal.unwrap_or(Shape::Bytes);
        match (name, map) {
            ("null", _) => self.add(Node::Null, Shape::Silent, table),
            ("boolean", _) => self.leaf(Node::Bool, Shape::Bool, path, table),
            ("int" | "long", _) => self.leaf(Node::Number, number(logical), path, table),
            ("float", _) => self.leaf(Node::Float(4), Shape::Float, path, table),
            ("double", _) => self.leaf(Node::Float(8), Shape::Float, path, table),
            ("bytes", _) => self.leaf(Node::Bytes, bytes, path, table),
            ("string", _) => self.leaf(Node::Bytes, Shape::Bytes, path, table),
            ("array" | "map", Some(map)) => {
                let key = if name == "array" { "items" } else { "values" };
                let items = map.get(key).ok_or(BAD)?;
                let inner = self.tables.len();
                self.tables.push((path.last().cloned(), Vec::new()));
                let id = self.add(Node::Null, Shape::Silent, inner)?;
                if name == "map" {
                    // Keys of a map are the first column.
                    if let Some((_, columns)) = self.tables.get_mut(inner) {
                        columns.push("key".to_owned());
                    }
                }
                let items = self.node(items, space, path, inner, depth + 1)?;
                let node = if name == "array" {
                    Node::Array(items)
                } else {
                    Node::Map(items)
                };
                Ok(self.fill(id, node))
            }
            ("fixed", Some(map)) => {
                let size = map.get("size").and_then(Value::as_u64);
                let size = size.and_then(|n| usize::try_from(n).ok()).ok_or(BAD)?;
                let shape = match logical {
                    Some("duration") => Shape::Silent,
                    Some("uuid") if size == 16 => Shape::Uuid,
                    _ => bytes,
                };
                self.leaf(Node::Fixed(size), shape, path, table)
            }
            ("enum", Some(map)) => {
                let symbols = map.get("symbols").and_then(Value::as_array).ok_or(BAD)?;
                let symbols = symbols.iter().map(|s| s.as_str().map(str::to_owned));
                let symbols: Vec<String> = symbols.collect::<Option<_>>().ok_or(BAD)?;
                self.leaf(Node::Enum(symbols), Shape::Silent, path, table)
            }
            ("record" | "error", Some(map)) => self.record(map, space, path, table, depth),
            (name, _) => {
                let full = qualified(name, space);
                let found = self.open.iter().find(|(n, _)| *n == full || n == name);
                if let Some((_, id)) = found {
                    let id = *id;
                    return self.add(Node::Again(id), Shape::Silent, table);
                }
                let known = self.named.get(&full).or_else(|| self.named.get(name));
                let json = *known.ok_or(BAD)?;
                let space = full.rsplit_once('.').map_or("", |(s, _)| s).to_owned();
                self.node(json, &space, path, table, depth + 1)
            }
        }
    }

    fn record(
        &mut self,
        map: &'j Map<String, Value>,
        space: &str,
        path: &mut Vec<String>,
        table: usize,
        depth: u32,
    ) -> Result<Id, FormatError> {
        let (name, space) = full_name(map, space).ok_or(BAD)?;
        let id = self.add(Node::Null, Shape::Silent, table)?;
        self.open.push((name, id));
        let mut fields = Vec::new();
        for field in map.get("fields").and_then(Value::as_array).ok_or(BAD)? {
            let name = field.get("name").and_then(Value::as_str).ok_or(BAD)?;
            path.push(name.to_owned());
            let kind = field.get("type").ok_or(BAD)?;
            fields.push(self.node(kind, &space, path, table, depth + 1)?);
            path.pop();
        }
        self.open.pop();
        Ok(self.fill(id, Node::Record(fields)))
    }
}

fn number(logical: Option<&str>) -> Shape {
    let second = match logical {
        Some("date") => return Shape::Days,
        Some("timestamp-millis" | "local-timestamp-millis") => 1_000,
        Some("timestamp-micros" | "local-timestamp-micros") => 1_000_000,
        Some("timestamp-nanos" | "local-timestamp-nanos") => 1_000_000_000,
        _ => return Shape::Int { signed: true },
    };
    Shape::Moment { second }
}

/// The schema of a changed copy: what values need and nothing else. Names that were masked get others.
#[derive(Debug, Default)]
pub(super) struct Rewrite {
    /// Names of types: old, new.
    names: BTreeMap<String, String>,
    count: usize,
}

impl Rewrite {
    /// `new` is `old` with what was found masked.
    ///
    /// # Errors
    /// `Corrupt`.
    pub(super) fn all(
        &mut self,
        old: &Value,
        new: &Value,
        depth: u32,
    ) -> Result<Value, FormatError> {
        if depth > 2 * DEPTH {
            return Err(FormatError::Limit("depth of the schema"));
        }
        match (old, new) {
            (Value::String(name), _) => {
                Ok(Value::String(self.names.get(name).unwrap_or(name).clone()))
            }
            (Value::Array(old), new) => {
                let mut out = Vec::new();
                for (n, one) in old.iter().enumerate() {
                    out.push(self.all(one, new.get(n).unwrap_or(one), depth + 1)?);
                }
                Ok(Value::Array(out))
            }
            (Value::Object(old), new) => self.object(old, new, depth),
            _ => Err(BAD),
        }
    }

    /// A name, or another where it was masked.
    fn name(&mut self, old: &str, new: Option<&Value>) -> String {
        if new.and_then(Value::as_str) == Some(old) {
            return old.to_owned();
        }
        self.count += 1;
        stand_in(self.count)
    }

    fn object(
        &mut self,
        old: &Map<String, Value>,
        new: &Value,
        depth: u32,
    ) -> Result<Value, FormatError> {
        let mut out = Map::new();
        let kind = old.get("type").ok_or(BAD)?;
        let named = matches!(kind.as_str(), Some("record" | "error" | "enum" | "fixed"));
        if named {
            let name = old.get("name").and_then(Value::as_str).ok_or(BAD)?;
            let now = self.name(name, new.get("name"));
            let space = old.get("namespace").and_then(Value::as_str);
            let kept =
                space.is_none_or(|s| new.get("namespace").and_then(Value::as_str) == Some(s));
            if now != name {
                let full = space.map_or_else(|| name.to_owned(), |s| qualified(name, s));
                self.names.insert(name.to_owned(), now.clone());
                self.names.insert(full, now.clone());
            }
            out.insert("name".into(), json!(now));
            if let Some(space) = space {
                // References by full name would have to follow.
                if !kept {
                    return Err(super::super::withheld("a value in the names of the schema"));
                }
                out.insert("namespace".into(), json!(space));
            }
        }
        let inner = new.get("type").unwrap_or(kind);
        let kind = match kind {
            Value::String(_) if named => kind.clone(),
            _ => self.all(kind, inner, depth + 1)?,
        };
        out.insert("type".into(), kind);
        for key in ["items", "values"] {
            if let Some(one) = old.get(key) {
                let new = new.get(key).unwrap_or(one);
                out.insert(key.into(), self.all(one, new, depth + 1)?);
            }
        }
        for key in ["size", "precision", "scale"] {
            if let Some(number @ Value::Number(_)) = old.get(key)
                && new.get(key) == Some(number)
            {
                out.insert(key.into(), number.clone());
            }
        }
        if let Some(logical) = old.get("logicalType").and_then(Value::as_str)
            && LOGICAL.contains(&logical)
        {
            out.insert("logicalType".into(), json!(logical));
        }
        if old.get("avro.java.string").and_then(Value::as_str) == Some("String") {
            out.insert("avro.java.string".into(), json!("String"));
        }
        if let Some(symbols) = old.get("symbols").and_then(Value::as_array) {
            let new = new.get("symbols");
            let symbols = symbols.iter().enumerate().map(|(n, s)| {
                let now = new.and_then(|all| all.get(n));
                Ok(json!(self.name(s.as_str().ok_or(BAD)?, now)))
            });
            out.insert(
                "symbols".into(),
                Value::Array(symbols.collect::<Result<_, FormatError>>()?),
            );
        }
        if let Some(fields) = old.get("fields").and_then(Value::as_array) {
            let mut all = Vec::new();
            for (n, field) in fields.iter().enumerate() {
                let now = new.get("fields").and_then(|f| f.get(n));
                let name = field.get("name").and_then(Value::as_str).ok_or(BAD)?;
                let name = self.name(name, now.and_then(|f| f.get("name")));
                let kind = field.get("type").ok_or(BAD)?;
                let new = now.and_then(|f| f.get("type")).unwrap_or(kind);
                all.push(json!({"name": name, "type": self.all(kind, new, depth + 1)?}));
            }
            out.insert("fields".into(), Value::Array(all));
        }
        Ok(Value::Object(out))
    }
}

/// What a number or some bytes mean, as the specification names it.
const LOGICAL: [&str; 14] = [
    "decimal",
    "big-decimal",
    "uuid",
    "date",
    "time-millis",
    "time-micros",
    "timestamp-millis",
    "timestamp-micros",
    "timestamp-nanos",
    "local-timestamp-millis",
    "local-timestamp-micros",
    "local-timestamp-nanos",
    "duration",
    "enum",
];
