//! Synthetic values: made here or taken from published specimens; none belongs to anyone.

use crate::share::{handover, string};
use calamine::{Data, Reader, Xlsx};
use std::{collections::BTreeSet, fs};

/// A resident identity number with the right check digit. Born on 1 January 1980 and after.
pub(crate) fn resident_id(n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const REGIONS: [&str; 4] = ["110105", "310101", "440305", "510107"];
    let region = REGIONS[n as usize % REGIONS.len()];
    let body = format!(
        "{region}{}{:02}{:02}{:03}",
        1980 + n % 20,
        1 + n / 7 % 12,
        1 + n / 3 % 28,
        n * 37 % 1000
    );
    let sum: u32 = body
        .chars()
        .zip(WEIGHTS)
        .map(|(c, w)| c.to_digit(10).unwrap() * w)
        .sum();
    let check = b"10X98765432"[sum as usize % 11];
    format!("{body}{}", char::from(check))
}

/// A mobile number.
pub(crate) fn mobile(n: u32) -> String {
    format!(
        "138{:08}",
        (u64::from(n) * 7_919_017 + 10_203) % 100_000_000
    )
}

/// A bank card of 19 digits with the right check digit.
pub(crate) fn bank_card(n: u32) -> String {
    let body = format!("622202{:012}", u64::from(n) * 7_654_321 + 1_234_567);
    let sum: u32 = body
        .chars()
        .rev()
        .enumerate()
        .map(|(i, c)| {
            let d = c.to_digit(10).unwrap() * if i % 2 == 0 { 2 } else { 1 };
            if d > 9 { d - 9 } else { d }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// What is known to stand in the brokerage share, read with other readers than the program's own.
pub(crate) struct Known {
    /// Identity numbers, telephone and account numbers, mailboxes, addresses: nine bytes or more.
    pub values: BTreeSet<String>,
    /// Names of persons, too short to be looked for in bytes.
    pub names: BTreeSet<String>,
}

pub(crate) fn known() -> Known {
    let mut known = Known {
        values: BTreeSet::new(),
        names: BTreeSet::new(),
    };
    from_json(&mut known);
    from_csv(&mut known);
    from_workbook(&mut known);
    assert!(known.values.len() > 400 && known.names.len() > 40);
    known
}

fn from_json(known: &mut Known) {
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(handover().join("接口导出.json")).unwrap()).unwrap();
    for row in json["rows"].as_array().unwrap() {
        for key in ["id_no", "mobile", "email"] {
            known.values.insert(string(&row[key]).to_owned());
        }
        known.names.insert(string(&row["name"]).to_owned());
    }
}

fn from_csv(known: &mut Known) {
    let bytes = fs::read(handover().join("转账流水_gbk.csv")).unwrap();
    let (text, _, bad) = encoding_rs::GBK.decode(&bytes);
    assert!(!bad);
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let headers = rows.headers().unwrap().clone();
    for row in rows.records() {
        let row = row.unwrap();
        for (header, value) in headers.iter().zip(&row) {
            match header {
                "姓名" => known.names.insert(value.to_owned()),
                "证件号码" | "联系电话" | "账号" => known.values.insert(value.to_owned()),
                _ => false,
            };
        }
    }
}

fn from_workbook(known: &mut Known) {
    let mut book: Xlsx<_> = calamine::open_workbook(handover().join("客户名单.xlsx")).unwrap();
    for sheet in ["客户名单", "历史"] {
        let range = book.worksheet_range(sheet).unwrap();
        let mut rows = range.rows();
        let headers: Vec<String> = rows
            .next()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        for row in rows {
            for (header, cell) in headers.iter().zip(row) {
                let Data::String(value) = cell else { continue };
                match header.as_str() {
                    "客户姓名" | "姓名" => known.names.insert(value.clone()),
                    "开户日期" | "风险等级" => false,
                    _ => known.values.insert(value.clone()),
                };
            }
        }
    }
}
