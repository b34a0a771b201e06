//! One way to write a value as JSON: keys sorted, no spaces, whole numbers only. What is signed or hashed
//! is written so, and read back only when it stands so to the byte.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Why bytes are not what they should be. Never quotes them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalError {
    /// Not JSON at all, or cut off.
    #[error("it is not JSON (line {line}, column {column})")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// JSON with an unknown, missing or double key, or a value of another kind.
    #[error("a key or value does not belong there (line {line}, column {column})")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// Written by a program with another number for this shape.
    #[error("it has the number {found}, this program knows {known}")]
    Schema {
        /// Number in the file; 0 when there is none.
        found: u64,
        /// Number of this program.
        known: u64,
    },
    /// The same content, but not written in the one way: it was edited, or another program wrote it.
    #[error("it is not written in canonical form: it was changed after it was made")]
    Rewritten,
    /// A number with a fraction, which has more than one way to be written.
    #[error("a number is not whole")]
    Fraction,
}

/// The bytes of a value, without a line break at the end.
///
/// # Errors
/// `Fraction` when it holds a number that is not whole; `Shape` when it cannot be JSON.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value).map_err(|e| of_serde(&e))?;
    let mut out = Vec::new();
    write(&value, &mut out)?;
    Ok(out)
}

/// The bytes of a file that holds a value: its canonical form and one line break.
///
/// # Errors
/// Those of [`canonical`].
pub fn canonical_file<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut out = canonical(value)?;
    out.push(b'\n');
    Ok(out)
}

/// Reads what [`canonical_file`] wrote (the line break may be missing). `known` is the number that its key
/// `schema` must have.
///
/// # Errors
/// Everything that is not exactly so.
pub fn read_canonical<T: Serialize + DeserializeOwned>(
    bytes: &[u8],
    known: u64,
) -> Result<T, CanonicalError> {
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let loose: Value = serde_json::from_slice(body).map_err(|e| of_serde(&e))?;
    let found = loose.get("schema").and_then(Value::as_u64).unwrap_or(0);
    if found != known {
        return Err(CanonicalError::Schema { found, known });
    }
    let value: T = serde_json::from_slice(body).map_err(|e| of_serde(&e))?;
    if canonical(&value)? != body {
        return Err(CanonicalError::Rewritten);
    }
    Ok(value)
}

fn of_serde(error: &serde_json::Error) -> CanonicalError {
    let (line, column) = (error.line(), error.column());
    if error.is_data() {
        CanonicalError::Shape { line, column }
    } else {
        CanonicalError::Syntax { line, column }
    }
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            out.push(b'{');
            for (n, key) in keys.into_iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                scalar(&Value::String(key.clone()), out)?;
                out.push(b':');
                if let Some(inner) = map.get(key) {
                    write(inner, out)?;
                }
            }
            out.push(b'}');
        }
        Value::Array(all) => {
            out.push(b'[');
            for (n, inner) in all.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write(inner, out)?;
            }
            out.push(b']');
        }
        other => scalar(other, out)?,
    }
    Ok(())
}

fn scalar(value: &Value, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    if value.as_number().is_some_and(serde_json::Number::is_f64) {
        return Err(CanonicalError::Fraction);
    }
    serde_json::to_writer(out, value).map_err(|e| of_serde(&e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, Serialize, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Small {
        schema: u32,
        b: String,
        a: u64,
    }

    #[test]
    fn keys_are_sorted_and_nothing_else_is_read() {
        let small = Small {
            schema: 1,
            b: "客户\n".into(),
            a: 7,
        };
        let bytes = canonical_file(&small).unwrap();
        assert_eq!(
            bytes,
            "{\"a\":7,\"b\":\"客户\\n\",\"schema\":1}\n".as_bytes()
        );
        assert_eq!(read_canonical::<Small>(&bytes, 1).unwrap(), small);
        let read = |text: &str| read_canonical::<Small>(text.as_bytes(), 1).unwrap_err();
        assert_eq!(
            read("{\"b\":\"x\",\"a\":7,\"schema\":1}"),
            CanonicalError::Rewritten
        );
        assert_eq!(
            read("{\"a\":7,\"b\":\"x\",\"schema\":1} "),
            CanonicalError::Rewritten
        );
        assert_eq!(
            read("{\"a\":7,\"b\":\"x\",\"schema\":2}"),
            CanonicalError::Schema { found: 2, known: 1 }
        );
        assert!(matches!(
            read("{\"a\":7,\"b\":\"x\",\"c\":1,\"schema\":1}"),
            CanonicalError::Shape { .. }
        ));
        assert!(matches!(
            read("{\"a\":7,\"a\":7,\"b\":\"x\",\"schema\":1}"),
            CanonicalError::Shape { .. }
        ));
        assert!(matches!(
            read("{\"a\":7,\"b\":"),
            CanonicalError::Syntax { .. }
        ));
        assert_eq!(canonical(&1.5), Err(CanonicalError::Fraction));
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_refused_or_another_value(at in 0_usize..40, with in any::<u8>(), text in "\\PC{0,12}") {
            let small = Small { schema: 1, b: text, a: 12_345 };
            let bytes = canonical_file(&small).unwrap();
            let mut other = bytes.clone();
            let at = at % other.len();
            other[at] = with;
            if other != bytes && let Ok(read) = read_canonical::<Small>(&other, 1) {
                // The last byte is the line break, which may be missing but not be something else.
                prop_assert!(read != small, "read as the same");
            }
        }
    }
}
