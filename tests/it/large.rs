//! Large texts, which are cut into pieces and read side by side.

use crate::{
    share::{Share, string},
    synthetic::{mobile, resident_id},
};
use std::collections::BTreeMap;

/// One expected value: rule, place, first byte.
type Expected = BTreeMap<u64, (String, String, String)>;

fn check(share: &Share, name: &str, expected: &Expected) {
    let run = share.scan(&["--show-values", "--threads", "2"]).ends(1);
    let at = format!("in/{name}");
    assert_eq!(run.file(&at)["state"], "read");
    let mut found = Expected::new();
    for f in run.of("finding") {
        let place = string(&f["locator"]).split_once('#').unwrap().1.to_owned();
        let start = f["start"].as_u64().unwrap();
        let one = (
            string(&f["rule"]).to_owned(),
            place,
            string(&f["value"]).to_owned(),
        );
        assert!(
            found.insert(start, one).is_none(),
            "two findings at {start}"
        );
    }
    for (start, one) in expected {
        assert_eq!(found.get(start), Some(one), "at {start}");
    }
    let more: Vec<_> = found
        .iter()
        .filter(|(s, _)| !expected.contains_key(s))
        .take(5)
        .collect();
    assert!(more.is_empty(), "found besides: {more:?}");
}

/// A table whose quoted fields hold line breaks, separators and doubled quotes, of which some are longer
/// than a piece, so that pieces begin inside of them.
#[test]
fn quoted_line_breaks_across_pieces() {
    let mut text = String::from("\u{feff}编号,手机号,备注,身份证号\r\n");
    let mut expected = Expected::new();
    let mut row = 1u32;
    while text.len() < 10 << 20 {
        row += 1;
        text.push_str(&format!("{row},"));
        if row.is_multiple_of(50) {
            let value = mobile(row);
            expected.insert(
                text.len() as u64,
                ("cn.mobile".into(), format!("R{row}C2"), value.clone()),
            );
            text.push_str(&value);
        }
        let long = if row % 5_000 == 3 { 60_000 } else { 12 };
        text.push_str(&format!(
            ",\"他说\"\"好\"\"，\r\n{}行,\"\"\n\",",
            "备注内容\n".repeat(long)
        ));
        if row.is_multiple_of(70) {
            let value = resident_id(row);
            expected.insert(
                text.len() as u64,
                ("cn.resident-id".into(), format!("R{row}C4"), value.clone()),
            );
            text.push_str(&value);
        }
        text.push_str("\r\n");
    }
    assert!(expected.len() > 300);
    let share = Share::new();
    share.put("big.csv", &text);
    check(&share, "big.csv", &expected);
}

#[test]
fn one_line_without_end() {
    let mut text = String::new();
    let mut expected = Expected::new();
    let mut n = 0;
    while text.len() < 8 << 20 {
        n += 1;
        text.push_str("没有换行的一行，");
        text.push_str(&"填充".repeat(n as usize % 900));
        text.push_str("手机");
        let value = mobile(n);
        expected.insert(
            text.len() as u64,
            ("cn.mobile".into(), "L1".into(), value.clone()),
        );
        text.push_str(&value);
        text.push('；');
    }
    let share = Share::new();
    share.put("line.txt", &text);
    check(&share, "line.txt", &expected);
}

/// Values at every offset around the border of pieces, in GBK with its two-byte characters.
#[test]
fn values_on_the_borders_of_pieces() {
    const MIB: usize = 1 << 20;
    let mut bytes = Vec::new();
    let mut expected = Expected::new();
    let mut line = 1;
    let gbk = |s: &str| encoding_rs::GBK.encode(s).0.into_owned();
    for border in 1..6 {
        // Fill up to 40 bytes before the border, then numbers close together, then on.
        while bytes.len() < border * MIB - 40 - border * 3 {
            let left = border * MIB - 40 - border * 3 - bytes.len();
            let filler = if left > 200 {
                gbk("国风雅颂各有其韵律与章法不可一概而论\n")
            } else {
                vec![b'.']
            };
            line += filler.iter().filter(|&&b| b == b'\n').count();
            bytes.extend(filler);
        }
        for n in 0..8 {
            bytes.extend(gbk("手机"));
            let value = mobile(u32::try_from(border * 10 + n).unwrap());
            expected.insert(
                bytes.len() as u64,
                ("cn.mobile".into(), format!("L{line}"), value.clone()),
            );
            bytes.extend(value.bytes());
            if n % 2 == 1 {
                bytes.push(b'\n');
                line += 1;
            } else {
                bytes.extend(gbk("，"));
            }
        }
    }
    while bytes.len() < 6 * MIB {
        bytes.extend(gbk("国风雅颂各有其韵律与章法不可一概而论\n"));
    }
    let share = Share::new();
    share.put("gbk.log", &bytes);
    check(&share, "gbk.log", &expected);
}

/// A table where every row has a value: the list is handed on while the file is being read, in order, and
/// every value of the count is in it.
#[test]
fn a_dense_table_is_listed_as_it_is_read() {
    let mut text = String::from("编号,手机号\n");
    let mut rows = 0u32;
    while text.len() < 5 << 20 {
        rows += 1;
        text.push_str(&format!("{rows},{}\n", mobile(rows)));
    }
    let share = Share::new();
    share.put("big.csv", &text);
    share.put("a.txt", "手机 13800138000\n");
    share.put("z.txt", "手机 13800138000\n");
    for threads in ["1", "3"] {
        let run = share.scan(&["--threads", threads]).ends(1);
        let listed = run.of("finding");
        let of = |name: &str| {
            listed
                .iter()
                .filter(|f| string(&f["path"]).ends_with(name))
                .map(|f| f["start"].as_u64().unwrap())
                .collect::<Vec<_>>()
        };
        let big = of("big.csv");
        assert_eq!(big.len(), rows as usize);
        assert!(big.is_sorted());
        assert_eq!((of("a.txt").len(), of("z.txt").len()), (1, 1));
        let order: Vec<_> = listed
            .iter()
            .map(|f| string(&f["path"]).to_owned())
            .collect();
        assert!(order.is_sorted());
        let count = &run.file("in/big.csv")["counts"]["cn.mobile"];
        assert_eq!(count["found"].as_u64(), Some(u64::from(rows)), "{count}");
    }
}
