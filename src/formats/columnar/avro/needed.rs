//! What values need of a schema of Avro.
//!
//! Standard: Apache Avro specification 1.12, "Schema Declaration".

use crate::formats::FormatError;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value, json};
use std::fmt;

/// Most values of a schema that are kept.
const VALUES: usize = 400_000;
/// What values need of a schema.
const KEYS: [&str; 12] = [
    "type",
    "name",
    "namespace",
    "fields",
    "items",
    "values",
    "symbols",
    "size",
    "precision",
    "scale",
    "logicalType",
    "avro.java.string",
];

/// What values need of a schema: without documentation, defaults and whatever else is written into it, which can be
/// as large as the head is.
///
/// # Errors
/// `Corrupt`; `Limit` for more values than any schema has.
pub(super) fn needed(raw: &[u8]) -> Result<Value, FormatError> {
    let mut room = VALUES;
    let mut reader = serde_json::Deserializer::from_slice(raw);
    let out = Needed(&mut room).deserialize(&mut reader);
    let out = out.and_then(|value| reader.end().map(|()| value));
    out.map_err(|_| {
        if room == 0 {
            FormatError::Limit("values in the schema")
        } else {
            FormatError::Corrupt("the head")
        }
    })
}

struct Needed<'r>(&'r mut usize);

impl<'de> DeserializeSeed<'de> for Needed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        let room = self.0.checked_sub(1);
        *self.0 = room.ok_or_else(|| D::Error::custom("too many"))?;
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Needed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a schema")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(json!(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(one) = from.next_element_seed(Needed(self.0))? {
            out.push(one);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(key) = from.next_key::<String>()? {
            if KEYS.contains(&key.as_str()) {
                out.insert(key, from.next_value_seed(Needed(self.0))?);
            } else {
                from.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::schema::Schema, *};

    #[test]
    fn of_a_schema_is_held_what_values_need() {
        let junk = format!("[{}0]", "0,".repeat(VALUES));
        let text = format!(
            r#"{{"type":"record","name":"r","doc":{junk},"fields":[{{"name":"f","type":["null",{{"type":"fixed",
            "name":"x","size":3}}],"default":{junk}}},{{"name":"g","type":"x"}}]}}"#
        );
        let json = needed(text.as_bytes()).unwrap();
        let want = json!({"type":"record","name":"r","fields":[
            {"name":"f","type":["null",{"type":"fixed","name":"x","size":3}]},{"name":"g","type":"x"}]});
        assert_eq!(json, want);
        let schema = Schema::read(&json).unwrap();
        assert_eq!(
            schema.tables,
            [(None, vec!["f".to_owned(), "g".to_owned()])]
        );
        let much = format!(r#"{{"type":"enum","name":"e","symbols":{junk}}}"#);
        assert!(matches!(
            needed(much.as_bytes()),
            Err(FormatError::Limit(_))
        ));
        assert!(matches!(
            needed(b"{\"type\":"),
            Err(FormatError::Corrupt(_))
        ));
    }
}
