//! Files made by hand: what a writer may put into every place of one.

use super::{Parquet, thrift::Writer};
use crate::formats::{
    FormatError,
    archives::testing::{Finder, copy, read},
    columnar::unpack::put_varint,
};
use crate::model::GapKind;

const HIDDEN: &str = "call 13800138000";

/// A file with one column of texts that none is missing of.
#[derive(Default)]
struct Made {
    /// Pages, and what lies behind them.
    body: Vec<u8>,
    pages: usize,
    rows: u64,
    values: u64,
    dictionary: bool,
    data: usize,
    offsets: Option<(usize, usize)>,
    filter: Option<(usize, usize)>,
    entry: Option<(&'static str, String)>,
}

fn sized(text: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    [&length[..], text].concat()
}

impl Made {
    fn page(&mut self, kind: i64, count: i64, encoding: i64, data: &[u8]) {
        let mut w = Writer::default();
        let size = i64::try_from(data.len()).unwrap();
        w.i32(1, kind);
        w.i32(2, size);
        w.i32(3, size);
        w.begin(if kind == 2 { 7 } else { 5 });
        w.i32(1, count);
        w.i32(2, encoding);
        if kind == 0 {
            w.i32(3, 3);
            w.i32(4, 3);
        }
        w.close();
        w.out.push(0);
        if kind == 0 {
            self.data = self.body.len();
        } else {
            self.dictionary = true;
        }
        self.body.append(&mut w.out);
        self.body.extend_from_slice(data);
        self.pages = self.body.len();
    }

    fn plain(texts: &[&str]) -> Self {
        let mut made = Self::default();
        let data: Vec<u8> = texts.iter().flat_map(|t| sized(t.as_bytes())).collect();
        let count = texts.len();
        made.page(0, i64::try_from(count).unwrap(), 0, &data);
        made.rows = count as u64;
        made.values = made.rows;
        made
    }

    fn bytes(&self) -> Vec<u8> {
        let at = |n: usize| n as u64 + 4;
        let mut w = Writer::default();
        w.i32(1, 2);
        w.list(2, 12, 2);
        w.open();
        w.bytes(4, b"schema");
        w.i32(5, 1);
        w.close();
        w.open();
        w.i32(1, 6);
        w.i32(3, 0);
        w.bytes(4, b"memo");
        w.close();
        w.i64(3, self.rows);
        w.list(4, 12, 1);
        w.open();
        w.list(1, 12, 1);
        w.open();
        w.i64(2, 4);
        w.begin(3);
        w.i32(1, 6);
        w.list(2, 5, 1);
        w.element(0);
        w.list(3, 8, 1);
        w.text(b"memo");
        w.i32(4, 0);
        w.i64(5, self.values);
        w.i64(6, self.pages as u64);
        w.i64(7, self.pages as u64);
        w.i64(9, at(self.data));
        if self.dictionary {
            w.i64(11, 4);
        }
        if let Some((from, size)) = self.filter {
            w.i64(14, at(from));
            w.i32(15, i64::try_from(size).unwrap());
        }
        w.close();
        if let Some((from, size)) = self.offsets {
            w.i64(4, at(from));
            w.i32(5, i64::try_from(size).unwrap());
        }
        w.close();
        w.i64(2, self.pages as u64);
        w.i64(3, self.rows);
        w.close();
        if let Some((key, value)) = &self.entry {
            w.list(5, 12, 1);
            w.open();
            w.bytes(1, key.as_bytes());
            w.bytes(2, value.as_bytes());
            w.close();
        }
        w.out.push(0);
        let size = u32::try_from(w.out.len()).unwrap().to_le_bytes();
        [b"PAR1", &self.body[..], &w.out, &size, b"PAR1"].concat()
    }
}

fn seen(bytes: &[u8]) -> Finder {
    let (found, result) = read(&Parquet, bytes, &[]);
    result.unwrap();
    found
}

fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

/// What is hidden is read, and in no copy even when nothing else changes.
fn read_and_gone(made: &Made, place: &str) {
    let bytes = made.bytes();
    let found = seen(&bytes);
    let places = found.places(HIDDEN);
    assert!(places.iter().any(|p| p.contains(place)), "{places:?}");
    let (out, result) = copy(&Parquet, &bytes, &[HIDDEN]);
    result.unwrap();
    assert!(!holds(&out, HIDDEN), "{place}");
    let again = seen(&out);
    assert!(again.places(HIDDEN).is_empty());
    assert!(!again.places("keep one").is_empty());
}

#[test]
fn a_file_made_by_hand_is_read() {
    let bytes = Made::plain(&["keep one", "keep two"]).bytes();
    assert_eq!(seen(&bytes).places("keep one").len(), 1);
    let (out, result) = copy(&Parquet, &bytes, &["no such value"]);
    result.unwrap();
    assert_eq!(out, bytes);
}

#[test]
fn what_is_said_to_be_an_index_or_a_filter_is_looked_through() {
    for filter in [false, true] {
        let mut made = Made::plain(&["keep one", "keep two"]);
        let place = (made.body.len(), HIDDEN.len());
        made.body.extend_from_slice(HIDDEN.as_bytes());
        if filter {
            made.filter = Some(place);
        } else {
            made.offsets = Some(place);
        }
        read_and_gone(&made, if filter { "filter" } else { "between" });
    }
}

#[test]
fn what_lies_behind_the_values_of_a_dictionary_is_read() {
    let mut made = Made::default();
    let values: Vec<u8> = ["keep one", "keep two", HIDDEN]
        .iter()
        .flat_map(|t| sized(t.as_bytes()))
        .collect();
    made.page(2, 2, 0, &values);
    // Two values of one bit, packed: 0 and 1.
    made.page(0, 2, 8, &[1, 3, 0b10]);
    (made.rows, made.values) = (2, 2);
    read_and_gone(&made, "memo");
}

#[test]
fn values_behind_the_last_row_are_read_and_there_is_no_copy() {
    let mut made = Made::plain(&["keep one", "keep two", HIDDEN]);
    made.rows = 1;
    let bytes = made.bytes();
    let found = seen(&bytes);
    assert!(!found.places(HIDDEN).is_empty());
    assert!(found.gaps.iter().any(|g| g.1 == GapKind::Corrupt));
    let (_, result) = copy(&Parquet, &bytes, &["no such value"]);
    assert!(
        matches!(result, Err(FormatError::Withheld(..))),
        "{result:?}"
    );
}

#[test]
fn what_the_schema_of_arrow_says_is_read_too() {
    let bytes = crate::formats::columnar::tests::fixture("fields.parquet");
    let found = seen(&bytes);
    assert_eq!(found.places(HIDDEN), ["#metadata"]);
    // Names of columns are no second time, and the text in base 64 is none.
    assert_eq!(found.places("keep_column").len(), 1);
    assert!(found.texts.iter().all(|t| !t.2.contains("/////")));
    let (out, result) = copy(&Parquet, &bytes, &[HIDDEN]);
    result.unwrap();
    assert!(!holds(&out, "ARROW:schema"));
    assert!(!seen(&out).places("keep one").is_empty());
    // One that is no schema of Arrow is a text as it stands, and bytes.
    let mut made = Made::plain(&["keep one"]);
    made.entry = Some(("ARROW:schema", crate::digest::base64(HIDDEN.as_bytes())));
    read_and_gone(&made, "metadata");
}

#[test]
fn truth_values_count_among_the_values_of_a_footer() {
    let mut footer = Vec::new();
    for _ in 0..5 << 20 {
        footer.push(0x01);
        put_varint(&mut footer, 40);
    }
    footer.push(0);
    let size = u32::try_from(footer.len()).unwrap().to_le_bytes();
    let bytes = [b"PAR1", &footer[..], &size, b"PAR1"].concat();
    let (_, result) = read(&Parquet, &bytes, &[]);
    assert!(matches!(result, Err(FormatError::Limit(_))), "{result:?}");
}

#[test]
fn tables_in_a_schema_are_as_bounded_as_columns() {
    let many = 30_000;
    let mut w = Writer::default();
    w.list(2, 12, many + 1);
    w.open();
    w.bytes(4, b"schema");
    w.i32(5, i64::try_from(many).unwrap());
    w.close();
    for _ in 0..many {
        w.open();
        w.i32(3, 2);
        w.bytes(4, b"g");
        w.i32(5, 0);
        w.close();
    }
    w.i64(3, 0);
    w.list(4, 12, 0);
    w.out.push(0);
    let size = u32::try_from(w.out.len()).unwrap().to_le_bytes();
    let bytes = [b"PAR1", &w.out[..], &size, b"PAR1"].concat();
    let (_, result) = read(&Parquet, &bytes, &[]);
    assert!(
        matches!(result, Err(FormatError::Limit("columns"))),
        "{result:?}"
    );
}
