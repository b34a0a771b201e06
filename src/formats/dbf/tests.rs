//! Tests of tables and memo files.

use super::{Dbf, header, memo::Memo};
use crate::{
    formats::{
        Format, FormatError, Probe, Source,
        encoding::{Codec, Encoding},
        trial::{Trial, copy, encoded, read, with_cx},
    },
    model::{CellKind, GapKind},
};
use proptest::prelude::*;

/// A table of these fields (name, type, width) and records (mark of deletion, values).
fn table(
    version: u8,
    language: u8,
    fields: &[(&str, u8, u8)],
    records: &[(u8, &[&[u8]])],
) -> Vec<u8> {
    let length = 32 + 32 * fields.len() + 1;
    let record = 1 + fields.iter().map(|f| usize::from(f.2)).sum::<usize>();
    let mut out = vec![version, 126, 1, 2];
    out.extend(u32::try_from(records.len()).unwrap().to_le_bytes());
    out.extend(u16::try_from(length).unwrap().to_le_bytes());
    out.extend(u16::try_from(record).unwrap().to_le_bytes());
    out.resize(29, 0);
    out.push(language);
    out.resize(32, 0);
    for (name, kind, width) in fields {
        let mut field = encoded(name, Encoding::Gb18030, false);
        field.resize(11, 0);
        field.push(*kind);
        field.resize(16, 0);
        field.push(*width);
        field.resize(32, 0);
        out.extend(field);
    }
    out.push(0x0D);
    for (mark, values) in records {
        out.push(*mark);
        for (value, field) in values.iter().zip(fields) {
            let mut value = value.to_vec();
            value.resize(usize::from(field.2), b' ');
            out.extend(value);
        }
    }
    out.push(0x1A);
    out
}

fn gb(text: &str) -> Vec<u8> {
    encoded(text, Encoding::Gb18030, false)
}

const FIELDS: &[(&str, u8, u8)] = &[
    ("姓名", b'C', 8),
    ("SJ", b'C', 11),
    ("ZJHM", b'N', 20),
    ("RQ", b'D', 8),
];

fn people(language: u8, encoding: Encoding) -> Vec<u8> {
    let e = |t: &str| encoded(t, encoding, false);
    table(
        0x03,
        language,
        FIELDS,
        &[
            (
                b' ',
                &[
                    &e("張三"),
                    b"13800138000",
                    b" 110101199003071233",
                    b"19900307",
                ],
            ),
            (
                b'*',
                &[&e("王五 先"), b"13900139000", b"        123.00", b""],
            ),
        ],
    )
}

#[test]
fn records_are_rows_and_deleted_ones_too() {
    let raw = people(0, Encoding::Gb18030);
    assert_eq!(Dbf.probe(&raw, b"SJSMX10101.MDD"), Probe::Bytes);
    let seen = read(&Dbf, &raw);
    let cells = seen.cells();
    assert_eq!(cells.len(), 7);
    assert_eq!(cells[0], (1, 1, "張三".into(), CellKind::Text));
    assert_eq!(
        cells[2],
        (1, 3, "110101199003071233".into(), CellKind::Number)
    );
    assert_eq!(cells[4], (2, 1, "王五 先".into(), CellKind::Text));
    assert_eq!(cells[6], (2, 3, "123".into(), CellKind::Number));
    let names = &seen.seen.iter().find_map(|s| s.table.clone()).unwrap().2;
    assert_eq!(names[..], ["姓名", "SJ", "ZJHM", "RQ"]);
    assert!(seen.gaps.is_empty());
}

#[test]
fn masks_keep_widths() {
    for (language, encoding) in [
        (0x4D, Encoding::Gb18030),
        (0, Encoding::Utf8),
        (0x78, Encoding::Other(encoding_rs::BIG5)),
    ] {
        let raw = people(language, encoding);
        assert_eq!(copy(&Dbf, &raw, &[]), raw);
        let words = [
            ("張三", "**"),
            ("13900139000", "[手机号码]"),
            ("110101199003071233", "1****3"),
            ("19900307", "********"),
        ];
        let new = copy(&Dbf, &raw, &words);
        assert_eq!(new.len(), raw.len());
        let text = Codec::new(encoding);
        let size = text.encode("張三").len();
        let at = |n: usize| &new[161 + n * 48..161 + (n + 1) * 48];
        assert_eq!(
            &at(0)[1..9],
            [vec![b'*'; size], vec![b' '; 8 - size]].concat()
        );
        assert_eq!(&at(0)[20..40], [b' '; 20], "a number becomes blank");
        assert_eq!(&at(0)[40..48], [b' '; 8], "a date becomes blank");
        assert_eq!(&at(0)[9..20], b"13800138000");
        assert!(at(1)[9..20] != *b"13900139000");
        let again = read(&Dbf, &new);
        assert_eq!(again.cells().len(), 5);
    }
}

#[test]
fn a_longer_mask_takes_blanks_or_becomes_stars() {
    let raw = table(
        3,
        0,
        &[("A", b'C', 12)],
        &[(b' ', &[b"ab xy"]), (b' ', &[b"0123456789xy"])],
    );
    let new = copy(&Dbf, &raw, &[("xy", "[long]")]);
    assert_eq!(&new[65..78], b" ab [long]   ");
    assert_eq!(&new[78..91], b" 0123456789**");
}

#[test]
fn what_lies_behind_the_records_is_read_and_goes() {
    let mut raw = people(0, Encoding::Gb18030);
    raw.extend_from_slice(b"left 13700137000 behind");
    let seen = read(&Dbf, &raw);
    assert!(seen.shows("13700137000") && seen.gaps.is_empty());
    let new = copy(&Dbf, &raw, &[]);
    assert_eq!(new.len(), raw.len());
    assert!(memchr::memmem::find(&new, b"13700137000").is_none());
    // Records past the number in the header are rows.
    raw = people(0, Encoding::Gb18030);
    raw[4] = 1;
    assert_eq!(read(&Dbf, &raw).cells().len(), 7);
}

#[test]
fn a_table_that_ends_early_is_told() {
    let mut raw = people(0, Encoding::Gb18030);
    raw[4] = 9;
    let seen = read(&Dbf, &raw);
    assert_eq!(seen.cells().len(), 7);
    assert_eq!(seen.gaps[0].0, GapKind::Corrupt);
    raw[15] = 1;
    let mut trial = Trial::default();
    let result = with_cx(&mut trial, raw.len(), |cx| {
        Dbf.run(&mut Source::slice(&raw), cx, None)
    });
    assert!(matches!(result, Err(FormatError::Encrypted)));
}

#[test]
fn numbers_in_binary_are_digits() {
    let fields = [
        ("I", b'I', 4),
        ("B", b'B', 8),
        ("Y", b'Y', 8),
        ("T", b'T', 8),
    ];
    let mut moment = 2_451_545_u32.to_le_bytes().to_vec();
    moment.extend([0; 4]);
    let raw = table(
        0x30,
        0,
        &fields,
        &[(
            b' ',
            &[
                &1_380_013_800_i32.to_le_bytes(),
                &13_800_138_000_f64.to_le_bytes(),
                &(13_900_139_000_i64 * 10_000).to_le_bytes(),
                &moment,
            ],
        )],
    );
    let texts: Vec<_> = read(&Dbf, &raw).cells().into_iter().map(|c| c.2).collect();
    assert_eq!(
        texts,
        ["1380013800", "13800138000", "13900139000", "2000-01-01"]
    );
    let new = copy(&Dbf, &raw, &[("13800138000", "***"), ("2000-01-01", "*")]);
    let texts: Vec<_> = read(&Dbf, &new).cells().into_iter().map(|c| c.2).collect();
    assert_eq!(texts, ["1380013800", "13900139000"]);
}

#[test]
fn other_bytes_are_no_tables() {
    assert_eq!(Dbf.probe("\u{3}text".as_bytes(), b"x.txt"), Probe::No);
    assert_eq!(
        Dbf.probe(b"0123456789,abc,def,ghi,jkl,mno,pqr,stu", b"x.dbf"),
        Probe::No
    );
    let many: Vec<(&str, u8, u8)> = vec![("A", b'C', 1); 200];
    let raw = table(3, 0, &many, &[]);
    assert_eq!(Dbf.probe(&raw[..4096], b"x"), Probe::Bytes);
    assert!(header::Header::parse(&raw).unwrap().exact);
}

fn fox(memos: &[&[u8]]) -> Vec<u8> {
    let mut out = 99_u32.to_be_bytes().to_vec();
    out.extend([0, 0]);
    out.extend(64_u16.to_be_bytes());
    out.resize(512, 0);
    for memo in memos {
        out.extend(1_u32.to_be_bytes());
        out.extend(u32::try_from(memo.len()).unwrap().to_be_bytes());
        out.extend_from_slice(memo);
        out.resize(out.len().next_multiple_of(64), 0);
    }
    out
}

#[test]
fn memos_keep_their_places_and_leftovers_go() {
    let mut raw = fox(&[
        &gb("客户张三,电话 13800138000"),
        &[b'x'; 200],
        b"13900139000",
    ]);
    assert_eq!(Memo::FPT.probe(&raw, b"kh.FPT"), Probe::Bytes);
    let seen = read(&Memo::FPT, &raw);
    assert!(seen.shows("客户张三") && seen.shows("13900139000") && seen.gaps.is_empty());
    assert_eq!(copy(&Memo::FPT, &raw, &[]), raw);
    let new = copy(
        &Memo::FPT,
        &raw,
        &[("13800138000", "1*"), ("张三", "***某")],
    );
    assert_eq!(new.len(), raw.len());
    assert!(memchr::memmem::find(&new, &gb("客户****,电话 1**********")).is_some());
    // What an earlier, longer memo left behind, and a block that is no memo.
    raw[512 + 64 * 5 + 40..512 + 64 * 5 + 51].copy_from_slice(b"13600136000");
    raw.extend([7; 20]);
    raw.extend_from_slice(b"free 13500135000");
    let seen = read(&Memo::FPT, &raw);
    assert!(seen.shows("13600136000") && seen.shows("13500135000"));
    let new = copy(&Memo::FPT, &raw, &[]);
    assert_eq!(new.len(), raw.len());
    for gone in [b"13600136000", b"13500135000"] {
        assert!(memchr::memmem::find(&new, gone).is_none());
    }
}

#[test]
fn memos_of_dbase() {
    let mut three = vec![2, 0, 0, 0];
    three.resize(16, 0);
    three.push(3);
    three.resize(512, 0);
    three.extend(gb("电话13800138000"));
    three.extend([0x1A, 0x1A]);
    three.resize(1024, 0);
    three.extend_from_slice(b"second");
    three.push(0x1A);
    let mut four = vec![2, 0, 0, 0];
    four.resize(20, 0);
    four.extend(512_u16.to_le_bytes());
    four.resize(512, 0);
    four.extend(b"\xff\xff\x08\x00");
    four.extend(19_u32.to_le_bytes());
    four.extend(b"13800138000");
    four.resize(1024, 0);
    for raw in [three, four] {
        assert_eq!(Memo::DBT.probe(&raw, b"a.dbt"), Probe::Bytes);
        assert!(read(&Memo::DBT, &raw).shows("13800138000"));
        assert_eq!(copy(&Memo::DBT, &raw, &[]), raw);
        let new = copy(&Memo::DBT, &raw, &[("13800138000", "*")]);
        assert_eq!(new.len(), raw.len());
        assert!(memchr::memmem::find(&new, b"13800138000").is_none());
    }
}

fn anything(format: &dyn Format, raw: &[u8]) {
    let mut trial = Trial::default();
    let mut out = std::io::Cursor::new(Vec::new());
    let _ = with_cx(&mut trial, raw.len(), |cx| {
        format.run(&mut Source::slice(raw), cx, Some(&mut out))
    });
    assert!(out.into_inner().len() <= raw.len());
}

proptest! {
    #[test]
    fn damaged_tables_are_harmless(cuts in proptest::collection::vec((0_usize..260, any::<u8>()), 0..8), len in 0_usize..260) {
        let mut raw = people(0, Encoding::Gb18030);
        for (at, b) in cuts {
            if let Some(slot) = raw.get_mut(at) { *slot = b; }
        }
        raw.truncate(len);
        anything(&Dbf, &raw);
    }

    #[test]
    fn damaged_memos_are_harmless(cuts in proptest::collection::vec((0_usize..900, any::<u8>()), 0..12), len in 0_usize..900) {
        let mut raw = fox(&[b"13800138000", &[b'x'; 200], b"13900139000"]);
        for (at, b) in cuts {
            if let Some(slot) = raw.get_mut(at) { *slot = b; }
        }
        raw.truncate(len);
        anything(&Memo::FPT, &raw);
        anything(&Memo::DBT, &raw);
    }
}
