//! Tests of workbooks of records.

use super::Xls;
use crate::formats::{
    Format, FormatError, Source,
    ole::testing::compound,
    trial::{Seen, Trial, with_cx},
};
use crate::model::{CellKind, GapKind};
use proptest::prelude::*;

fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut out = kind.to_le_bytes().to_vec();
    out.extend(u16::try_from(body.len()).unwrap().to_le_bytes());
    out.extend_from_slice(body);
    out
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A string with its length in two bytes and how wide it is.
fn string(text: &str) -> Vec<u8> {
    let count = u16::try_from(text.encode_utf16().count()).unwrap();
    let mut out = count.to_le_bytes().to_vec();
    if text.is_ascii() {
        out.push(0);
        out.extend(text.as_bytes());
    } else {
        out.push(1);
        out.extend(wide(text));
    }
    out
}

fn at(row: u16, column: u16) -> Vec<u8> {
    [row, column, 15]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect()
}

fn cell(kind: u16, row: u16, column: u16, rest: &[u8]) -> Vec<u8> {
    record(kind, &[at(row, column), rest.to_vec()].concat())
}

fn formula(row: u16, column: u16, result: [u8; 8], tokens: &[u8]) -> Vec<u8> {
    let mut rest = result.to_vec();
    rest.extend([0; 6]);
    rest.extend(u16::try_from(tokens.len()).unwrap().to_le_bytes());
    rest.extend_from_slice(tokens);
    cell(0x0006, row, column, &rest)
}

const BOF: u16 = 0x0809;

fn stream(name: &str) -> Vec<u8> {
    let mut sst = vec![3, 0, 0, 0, 3, 0, 0, 0];
    sst.extend(string("张三"));
    sst.extend(string("unused 13700137000"));
    // The last string goes on in another record, with other characters.
    sst.extend([11, 0, 0]);
    sst.extend(b"13800");
    let mut rest = vec![1];
    rest.extend(wide("138000"));
    let mut out = record(BOF, &[0, 6, 5, 0]);
    let sheet_at = out.len() + 4;
    let count = u8::try_from(name.encode_utf16().count()).unwrap();
    let mut sheet = vec![0, 0, 0, 0, 0, 0, count, 1];
    sheet.extend(wide(name));
    out.extend(record(0x0085, &sheet));
    out.extend(record(0x00FC, &sst));
    out.extend(record(0x003C, &rest));
    out.extend(record(0x005C, b"\x04\0\0user@x.cn     "));
    out.extend(record(0x000A, &[]));
    let start = u32::try_from(out.len()).unwrap();
    out[sheet_at..sheet_at + 4].copy_from_slice(&start.to_le_bytes());
    out.extend(record(BOF, &[0, 6, 16, 0]));
    out.extend(record(0x0014, &string("&L13600136000&\"Arial\"&12电话")));
    out.extend(cell(0x00FD, 0, 0, &0_u32.to_le_bytes()));
    out.extend(cell(0x00FD, 0, 1, &2_u32.to_le_bytes()));
    out.extend(cell(0x0203, 1, 0, &13_900_139_000_f64.to_le_bytes()));
    let mut packed = at(1, 1)[..4].to_vec();
    for n in [12_345_678_u32, 87_654_321] {
        packed.extend([15, 0]);
        packed.extend(((n << 2) | 2).to_le_bytes());
    }
    packed.extend([2, 0]);
    out.extend(record(0x00BD, &packed));
    out.extend(cell(0x0204, 2, 0, &string("标签13500135000")));
    let mut tokens = vec![0x17, 11, 0];
    tokens.extend(b"13400134000");
    out.extend(formula(3, 0, [0, 0, 0, 0, 0, 0, 0xFF, 0xFF], &tokens));
    out.extend(record(0x0207, &string("13400134000")));
    out.extend(formula(
        3,
        1,
        13_300_133_000_f64.to_le_bytes(),
        &[0x1F, 0, 0, 0, 0, 0, 0, 0, 0],
    ));
    let mut comment = vec![0; 10];
    comment.extend([11, 0, 16, 0, 0, 0, 0, 0]);
    out.extend(record(0x01B6, &comment));
    out.extend(record(0x003C, b"\x0013200132000"));
    out.extend(record(0x003C, &[0; 16]));
    out.extend(record(0x000A, &[]));
    out
}

fn book(name: &str) -> Vec<u8> {
    compound(&[("Workbook", stream(name)), ("ETExtData", b"extra".to_vec())])
}

fn run(raw: &[u8], words: &[(&str, &str)], write: bool) -> (Trial, Result<Vec<u8>, FormatError>) {
    let mut trial = Trial {
        words: words.iter().map(|&(a, b)| (a.into(), b.into())).collect(),
        keep: true,
        ..Trial::default()
    };
    let mut out = std::io::Cursor::new(Vec::new());
    let result = with_cx(&mut trial, raw.len(), |cx| {
        Xls.run(
            &mut Source::slice(raw),
            cx,
            if write { Some(&mut out) } else { None },
        )
    });
    (trial, result.map(|()| out.into_inner()))
}

fn cells(seen: &[Seen]) -> Vec<(u64, u32, String, CellKind)> {
    seen.iter().flat_map(|s| s.cells.clone()).collect()
}

const VALUES: [&str; 8] = [
    "13800138000",
    "13900139000",
    "13700137000",
    "13600136000",
    "13500135000",
    "13400134000",
    "13300133000",
    "13200132000",
];

#[test]
fn everything_is_read() {
    let (seen, result) = run(&book("客户"), &[], false);
    result.unwrap();
    assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
    for value in VALUES.iter().chain(&["张三", "user@x.cn", "客户", "extra"]) {
        assert!(seen.shows(value), "{value}");
    }
    let cells = cells(&seen.seen);
    let shown: Vec<String> = cells
        .iter()
        .map(|c| format!("{}.{}={}", c.0, c.1, c.2))
        .collect();
    assert_eq!(
        shown,
        [
            "1.1=张三",
            "1.2=13800138000",
            "2.1=13900139000",
            "2.2=12345678",
            "2.3=87654321",
            "3.1=标签13500135000",
            "4.1=13400134000",
            "4.2=13300133000",
        ]
    );
    assert_eq!(cells[2].3, CellKind::Number);
}

#[test]
fn everything_changes_in_place() {
    let raw = book("客户");
    let words: Vec<(&str, &str)> = VALUES
        .iter()
        .map(|v| (*v, "*********00"))
        .chain([("张三", "**"), ("87654321", "x"), ("user@x.cn", "***@***")])
        .collect();
    let (_, result) = run(&raw, &words, true);
    let new = result.unwrap();
    let mut container = super::Container::read(&new).unwrap();
    let stream = container.stream(1).unwrap();
    assert_eq!(
        stream.len(),
        super::Container::read(&raw)
            .unwrap()
            .stream(1)
            .unwrap()
            .len()
    );
    assert!(container.stream(2).unwrap().is_empty());
    let (seen, result) = run(&new, &[], false);
    result.unwrap();
    for value in VALUES.iter().chain(&["张三", "user@x.cn"]) {
        assert!(!seen.shows(value), "{value}");
        for bytes in [value.as_bytes().to_vec(), wide(value)] {
            assert!(memchr::memmem::find(&new, &bytes).is_none(), "{value}");
        }
    }
    for number in [13_900_139_000_f64, 13_300_133_000.0] {
        assert!(memchr::memmem::find(&new, &number.to_le_bytes()).is_none());
    }
    let shown: Vec<String> = cells(&seen.seen)
        .into_iter()
        .map(|c| c.2.trim_end().to_owned())
        .collect();
    assert_eq!(
        shown,
        [
            "**",
            "*********00",
            "*****",
            "12345678",
            "0",
            "标签*********00",
            "*********00",
            "********"
        ]
    );
    assert!(seen.shows("电话"));
    // Without changes it is the workbook.
    assert!(run(&raw, &[], true).1.unwrap() == raw);
}

#[test]
fn early_strings_are_in_the_code_page() {
    let gb = crate::formats::encoding::Codec::new(crate::formats::encoding::Encoding::Gb18030);
    let text = gb.encode("张三13800138000");
    let mut label = at(0, 0);
    label.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
    label.extend(&text);
    let stream = [
        record(BOF, &[0, 5, 16, 0]),
        record(0x0042, &936_u16.to_le_bytes()),
        record(0x0204, &label),
        record(0x000A, &[]),
    ]
    .concat();
    let raw = compound(&[("Book", stream)]);
    let (seen, result) = run(&raw, &[("张三", "**"), ("13800138000", "*")], true);
    assert_eq!(cells(&seen.seen)[0].2, "张三13800138000");
    let (seen, _) = run(&result.unwrap(), &[], false);
    assert_eq!(cells(&seen.seen)[0].2, format!("****{}", "*".repeat(11)));
}

#[test]
fn what_is_not_read_is_told() {
    let raw = compound(&[
        ("Workbook", stream("x")),
        ("MBD0001", vec![1; 10]),
        ("VBA", vec![1; 10]),
    ]);
    let gaps = run(&raw, &[], false).0.gaps;
    assert!(gaps.iter().all(|g| g.0 == GapKind::Opaque) && gaps.len() == 2);
    let locked = [record(BOF, &[0, 6, 5, 0]), record(0x002F, &[0; 6])].concat();
    let result = run(&compound(&[("Workbook", locked)]), &[], false).1;
    assert!(matches!(result, Err(FormatError::Encrypted)));
    let other = compound(&[("WordDocument", vec![0; 10])]);
    assert!(matches!(
        run(&other, &[], false).1,
        Err(FormatError::Unsupported(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn damaged_workbooks_are_harmless(flips in proptest::collection::vec((0_usize..6000, any::<u8>()), 0..20), cut in 0_usize..6000) {
        let mut raw = book("客户");
        for (at, b) in flips {
            if let Some(slot) = raw.get_mut(at) { *slot = b; }
        }
        raw.truncate(raw.len().max(cut) - cut.min(raw.len() / 2));
        let words: Vec<(&str, &str)> = VALUES.iter().map(|v| (*v, "*")).collect();
        let _ = run(&raw, &words, true);
    }
}
