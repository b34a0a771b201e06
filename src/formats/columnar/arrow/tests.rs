//! Streams made by hand.

use super::{
    Arrow, CONTINUES,
    flat::{Table, Value, written},
    repeated,
};
use crate::formats::{
    archives::testing::{copy, read},
    trial::{Trial, with_cx},
};
use std::collections::BTreeSet;

fn message(head: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(head.len()).unwrap().to_le_bytes();
    [&CONTINUES.to_le_bytes()[..], &size, head, body].concat()
}

/// One column with one text, and bytes of the body that belong to none.
fn stream(between: &[u8; 32], behind: &[u8; 32]) -> Vec<u8> {
    let field = vec![
        (0, Value::Text("memo".into())),
        (2, Value::Byte(5)),
        (3, Value::Table(vec![])),
    ];
    let schema = written(&[
        (0, Value::Short(4)),
        (1, Value::Byte(1)),
        (2, Value::Table(vec![(1, Value::Tables(vec![field]))])),
    ]);
    let body = [&[0, 0, 0, 0, 8, 0, 0, 0][..], between, b"keep one", behind].concat();
    let batch = written(&[
        (0, Value::Short(4)),
        (1, Value::Byte(3)),
        (
            2,
            Value::Table(vec![
                (0, Value::Long(1)),
                (1, Value::Longs(1, vec![1, 0])),
                (2, Value::Longs(3, vec![0, 0, 0, 8, 40, 8])),
            ]),
        ),
        (3, Value::Long(80)),
    ]);
    let end = [CONTINUES.to_le_bytes(), [0; 4]].concat();
    [message(&schema, &[]), message(&batch, &body), end].concat()
}

#[test]
fn what_lies_between_and_behind_the_arrays_of_a_body_is_read_and_in_no_copy() {
    const HIDDEN: &str = "call 13800138000";
    let mut text = [0; 32];
    text[..16].copy_from_slice(HIDDEN.as_bytes());
    for bytes in [stream(&text, &[0; 32]), stream(&[0; 32], &text)] {
        let (found, result) = read(&Arrow, &bytes, &[]);
        result.unwrap();
        assert_eq!(found.places(HIDDEN), ["#between"]);
        assert_eq!(found.places("keep one").len(), 1);
        let (out, result) = copy(&Arrow, &bytes, &["no such value"]);
        result.unwrap();
        assert!(memchr::memmem::find(&out, HIDDEN.as_bytes()).is_none());
        let (found, result) = read(&Arrow, &out, &[]);
        result.unwrap();
        assert_eq!(found.places("keep one").len(), 1);
    }
    let bytes = stream(&[0; 32], &[0; 32]);
    let (out, result) = copy(&Arrow, &bytes, &["no such value"]);
    result.unwrap();
    assert_eq!(out, bytes);
}

/// Sixty levels of fields, each of which is twice the one below.
#[test]
fn a_schema_that_unfolds_without_end_is_given_up() {
    let field = vec![(0, Value::Text("memo".into()))];
    let mut raw = written(&[
        (1, Value::Byte(1)),
        (2, Value::Table(vec![(1, Value::Tables(vec![field]))])),
    ]);
    let root = Table::root(&raw).unwrap();
    let slot = root.table(2).unwrap().vector(1, 4).unwrap().start;
    let number = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let first = raw.len() + 16;
    raw[slot..slot + 4].copy_from_slice(&number(first - slot));
    for _ in 0..60 {
        // The list of fields, of which only the sixth is there; the table; its vector of two.
        for word in [16_u16, 8, 0, 0, 0, 0, 0, 4] {
            raw.extend_from_slice(&word.to_le_bytes());
        }
        raw.extend_from_slice(&number(16));
        raw.extend_from_slice(&number(4));
        raw.extend_from_slice(&number(2));
        let next = raw.len() + 8 + 16;
        for _ in 0..2 {
            let at = raw.len();
            raw.extend_from_slice(&number(next - at));
        }
    }
    let whole = message(&raw, &[]);
    with_cx(&mut Trial::default(), raw.len(), |cx| {
        assert_eq!(repeated(&whole, BTreeSet::new(), cx), None);
        Ok(())
    })
    .unwrap();
}
