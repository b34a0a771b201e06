//! Files of other programs (`fixtures/formats/columnar`): each has a number in every place that a copy must not have it in.

use super::{Arrow, Avro, Parquet};
use crate::formats::{
    Format, FormatError,
    archives::testing::{Finder, copy, read},
};
use crate::model::{GapKind, State};
use proptest::prelude::*;

const VALUE: &str = "13800138000";

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/formats/columnar/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

const FILES: [(&str, &dyn Format); 14] = [
    ("plain.parquet", &Parquet),
    ("snappy.parquet", &Parquet),
    ("second.parquet", &Parquet),
    ("gzip.parquet", &Parquet),
    ("lz4.parquet", &Parquet),
    ("plain.arrow", &Arrow),
    ("lz4.arrow", &Arrow),
    ("zstd.arrow", &Arrow),
    ("whole.arrow", &Arrow),
    ("stream.arrows", &Arrow),
    ("null.avro", &Avro),
    ("deflate.avro", &Avro),
    ("snappy.avro", &Avro),
    ("bzip2.avro", &Avro),
];

/// How often something stands in the texts that were seen.
fn count(found: &Finder, what: &str) -> usize {
    let texts = found.texts.iter();
    texts.map(|(_, _, text)| text.matches(what).count()).sum()
}

fn sound(found: &Finder) {
    let bad: Vec<_> = found
        .gaps
        .iter()
        .filter(|g| !matches!(g.1, GapKind::Dropped))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
    assert!(
        found.members.iter().all(|m| m.2 == State::Read),
        "{:?}",
        found.members
    );
}

#[test]
fn every_value_is_read() {
    for (name, format) in FILES {
        let bytes = fixture(name);
        assert_eq!(
            format.probe(&bytes[..4096.min(bytes.len())], b"x"),
            crate::formats::Probe::Bytes
        );
        let (found, result) = read(format, &bytes, &[]);
        result.unwrap_or_else(|e| panic!("{name}: {e}"));
        sound(&found);
        for what in ["keep0\t", "keep39\t", "1990-01-01", "1990-02-09", "9.75"] {
            let there = count(&found, what) + count(&found, &what.replace('\t', "\n"));
            assert!(there > 0, "{name}: {what:?}");
        }
        for place in ["metadata", "tags"] {
            let there = found
                .texts
                .iter()
                .any(|t| t.0.contains(place) && t.2.contains(VALUE));
            assert!(
                there || (place == "metadata" && name.ends_with("avro")),
                "{name}: {place}"
            );
        }
        let least = if name.ends_with("avro") { 30 } else { 50 };
        assert!(
            count(&found, VALUE) >= least,
            "{name}: {}",
            count(&found, VALUE)
        );
    }
}

/// Every form in which the number can lie in a file.
fn forms() -> Vec<Vec<u8>> {
    let number: i64 = VALUE.parse().unwrap();
    let mut zigzag = Vec::new();
    super::unpack::put_varint(&mut zigzag, super::unpack::zigzag(number));
    let wide = VALUE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        VALUE.as_bytes().to_vec(),
        number.to_le_bytes().to_vec(),
        zigzag,
        wide,
    ]
}

#[test]
fn a_copy_has_the_value_nowhere_and_everything_else() {
    for (name, format) in FILES {
        let bytes = fixture(name);
        let (before, _) = read(format, &bytes, &[]);
        let (out, result) = copy(format, &bytes, &[VALUE]);
        result.unwrap_or_else(|e| panic!("{name}: {e}"));
        let (after, result) = read(format, &out, &[]);
        result.unwrap_or_else(|e| panic!("{name}: {e}"));
        sound(&after);
        assert_eq!(count(&after, VALUE), 0, "{name}");
        // As it lies, and as it lies in what is packed: the second is what was read.
        for form in forms() {
            assert!(
                memchr::memmem::find(&out, &form).is_none(),
                "{name}: {form:?}"
            );
        }
        let cells = |found: &Finder, what: &str| -> usize {
            let cells = found.texts.iter().filter(|t| t.0.contains("cells"));
            cells.map(|t| t.2.matches(what).count()).sum()
        };
        for what in ["keep", "1990-0", ".25", "9.75"] {
            assert_eq!(cells(&before, what), cells(&after, what), "{name}: {what}");
        }
        assert!(cells(&after, "***********") > 5, "{name}");
        let (again, result) = copy(format, &out, &[VALUE]);
        result.unwrap();
        assert!(again == out, "{name}: a copy of a copy is itself");
        let (same, result) = copy(format, &bytes, &["no such value"]);
        result.unwrap();
        // Pieces of a table, as its writer cuts them, keep bytes of the other pieces in their buffers: these go.
        let cut = name.contains("arrow") && name != "whole.arrow";
        assert!(
            (same == bytes) != cut,
            "{name}: a copy without changes is the source"
        );
    }
}

#[test]
fn a_day_that_is_masked_is_no_other_day_of_a_life() {
    for (name, format) in FILES {
        let (out, result) = copy(format, &fixture(name), &["1990-01-05"]);
        result.unwrap_or_else(|e| panic!("{name}: {e}"));
        let (found, _) = read(format, &out, &[]);
        sound(&found);
        for day in ["1990-01-05", "1970-01-01"] {
            assert_eq!(count(&found, day), 0, "{name}: {day}");
        }
        assert!(count(&found, "1990-01-06") > 0, "{name}");
    }
}

#[test]
fn names_that_are_masked_are_others() {
    for (name, format) in FILES {
        let bytes = fixture(name);
        let (out, result) = copy(format, &bytes, &["birthday"]);
        result.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(memchr::memmem::find(&out, b"birthday").is_none(), "{name}");
        let (found, result) = read(format, &out, &[]);
        result.unwrap();
        sound(&found);
        assert!(count(&found, "1990-02-09") > 0, "{name}");
    }
}

#[test]
fn what_lies_between_is_read_and_is_not_in_a_copy() {
    // Before the footer of Parquet: every place behind it counts from the start.
    let bytes = fixture("plain.parquet");
    let size = u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().unwrap()) as usize;
    let at = bytes.len() - 8 - size;
    let hidden = "card 6222021234567894";
    let planted = [&bytes[..at], hidden.as_bytes(), &bytes[at..]].concat();
    let (found, result) = read(&Parquet, &planted, &[]);
    result.unwrap();
    assert_eq!(found.places(hidden), ["#between"]);
    let (out, result) = copy(&Parquet, &planted, &["no such value"]);
    result.unwrap();
    assert!(memchr::memmem::find(&out, hidden.as_bytes()).is_none());
    let stream = fixture("stream.arrows");
    let planted = [&stream[..], hidden.as_bytes()].concat();
    let (found, result) = read(&Arrow, &planted, &[]);
    result.unwrap();
    assert_eq!(found.places(hidden), ["#between"]);
    let (out, result) = copy(&Arrow, &planted, &["no such value"]);
    result.unwrap();
    assert!(memchr::memmem::find(&out, hidden.as_bytes()).is_none());
}

#[test]
fn what_cannot_be_read_is_told() {
    let mut bytes = fixture("plain.parquet");
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(b"PARE");
    assert!(matches!(
        read(&Parquet, &bytes, &[]).1,
        Err(FormatError::Encrypted)
    ));
    // A footer that says to be longer than the file.
    let mut bytes = fixture("plain.parquet");
    bytes[end - 8..end - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(read(&Parquet, &bytes, &[]).1.is_err());
    for name in ["stream.arrows", "deflate.avro"] {
        let bytes = fixture(name);
        let format: &dyn Format = if name.ends_with("avro") {
            &Avro
        } else {
            &Arrow
        };
        let cut = &bytes[..bytes.len() - 40];
        let (found, result) = read(format, cut, &[]);
        result.unwrap();
        assert!(found.gaps.iter().any(|g| g.1 == GapKind::Corrupt), "{name}");
        assert!(copy(format, cut, &[VALUE]).1.is_err(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn damage_ends_in_a_result(
        file in 0..FILES.len(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in 0usize..300,
    ) {
        let (name, format) = FILES[file];
        let mut bytes = fixture(name);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if cut < 100 {
            bytes.truncate(bytes.len().saturating_sub(cut));
        }
        let _ = read(format, &bytes, &[]);
        let _ = copy(format, &bytes, &[VALUE]);
    }
}
