//! Values as people and programs write them (full-width, with invisible characters, in words, over a line end, damaged by a
//! spreadsheet, masked already), through the whole program in every format that texts and tables come in.

use crate::share::{Share, workbook, zip_of};
use std::collections::BTreeSet;

/// Texts and the rule that must find something in them; none for values that are masked already.
const TEXTS: &[(&str, Option<&str>)] = &[
    (
        "身份证号：１１０１０５１９４９１２３１００２Ｘ，",
        Some("cn.resident-id"),
    ),
    ("手机：１３８００１３８０００。", Some("cn.mobile")),
    ("手机138\u{200B}0013\u{200B}8000确认", Some("cn.mobile")),
    ("证件110105\u{AD}19491231\u{AD}002X", Some("cn.resident-id")),
    (
        "卡号6226\u{FEFF}0900\u{FEFF}0000\u{FEFF}0048",
        Some("cn.bank-card"),
    ),
    ("电话138\u{A0}0013\u{A0}8000", Some("cn.mobile")),
    ("电话138\u{2013}0013\u{2013}8000", Some("cn.mobile")),
    ("身份证11010519491231002\u{425}", Some("cn.resident-id")),
    ("身份证11010519491231002×", Some("cn.resident-id")),
    ("手机+86 13800138000", Some("cn.mobile")),
    ("电话0086-138-0013-8000", Some("cn.mobile")),
    ("电话：一三八〇〇一三八〇〇〇，请回", Some("cn.mobile")),
    ("打壹叁捌零零壹叁捌零零零找我", Some("cn.mobile")),
    ("手机 13800138000.0", Some("cn.mobile")),
    (
        "纳税人识别号：11010519491231002X00",
        Some("cn.taxpayer-number"),
    ),
    ("证件号码 110105 19491231 002X", Some("cn.resident-id")),
    ("身份证号：110105491231002", Some("cn.resident-id-15")),
    ("手机138****1234", None),
    ("手机138xxxx1234", None),
    ("身份证110105********002X", None),
    ("卡号6226 **** **** 0048", None),
    ("客户张*，邮箱z***@example.com", None),
    ("手机138●●●●1234，尾号1234", None),
];

fn document(text: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let types = format!(
        "<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"
    );
    let roots = format!(
        "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"word/document.xml\"/></Relationships>"
    );
    let body = format!(
        "<w:document xmlns:w=\"{main}\"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
    );
    zip_of(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", roots.as_bytes()),
        ("word/document.xml", body.as_bytes()),
    ])
}

#[test]
fn forms_of_values_in_every_format() {
    let share = Share::new();
    for (i, (text, _)) in TEXTS.iter().enumerate() {
        let cell =
            format!("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{text}</t></is></c></row>");
        let json = serde_json::json!({ "note": text }).to_string();
        let escaped: String = json
            .chars()
            .map(|c| {
                if c.is_ascii() {
                    c.to_string()
                } else {
                    format!("\\u{:04x}", c as u32)
                }
            })
            .collect();
        share
            .put(format!("{i}.txt"), format!("{text}\n"))
            .put(
                format!("{i}-gb.txt"),
                &encoding_rs::GB18030.encode(&format!("备注\n{text}\n")).0,
            )
            .put(
                format!("{i}.csv"),
                format!("序号,备注,甲\n1,\"{text}\",乙\n2,无,丙\n"),
            )
            .put(format!("{i}.json"), &json)
            .put(format!("{i}-escaped.json"), &escaped)
            .put(
                format!("{i}.html"),
                format!("<meta charset=utf-8><p>{text}</p>"),
            )
            .put(format!("{i}.docx"), document(text))
            .put(format!("{i}.xlsx"), workbook(&cell, &[]));
    }
    let run = share.scan(&["--show-values", "--all-findings"]).ends(1);
    let found: BTreeSet<(String, String)> = run
        .of("finding")
        .iter()
        .map(|f| {
            let path = f["path"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned();
            (path, f["rule"].as_str().unwrap().to_owned())
        })
        .collect();
    let mut wrong = Vec::new();
    for (i, (text, rule)) in TEXTS.iter().enumerate() {
        for end in [
            ".txt",
            "-gb.txt",
            ".csv",
            ".json",
            "-escaped.json",
            ".html",
            ".docx",
            ".xlsx",
        ] {
            let name = format!("{i}{end}");
            let here: Vec<&str> = found
                .iter()
                .filter(|(f, _)| *f == name)
                .map(|f| f.1.as_str())
                .collect();
            let right = rule.map_or(here.is_empty(), |r| here.contains(&r));
            if !right {
                wrong.push(format!("{name} {text}: {here:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn columns_that_a_spreadsheet_has_damaged() {
    let share = Share::new();
    let ids = [
        "11010519491231002X",
        "110105194912310000",
        "1.10105E+17",
        "1.1010519491231E+17",
        "440305198511200001",
    ];
    let accounts = [
        "112345678",
        "0112345679",
        "212345678",
        "0800012345",
        "112345670",
    ];
    let mobiles = [
        "13800138000.0",
        "1.3800138E+10",
        "=\"13800138002\"",
        "'13800138003",
        " 13800138004 ",
    ];
    let mut table = "序号,身份证号,深A账户,手机\n".to_owned();
    let mut rows = String::new();
    for i in 0..5 {
        table.push_str(&format!(
            "{i},{},{},\"{}\"\n",
            ids[i],
            accounts[i],
            mobiles[i].replace('"', "\"\"")
        ));
    }
    for (r, cells) in std::iter::once(["序号", "身份证号", "深A账户", "手机"].map(str::to_owned))
        .chain((0..5).map(|i| {
            [
                i.to_string(),
                ids[i].into(),
                accounts[i].into(),
                mobiles[i].replace('"', "&quot;"),
            ]
        }))
        .enumerate()
    {
        let cells: String = (b'A'..)
            .zip(cells)
            .map(|(c, text)| {
                format!(
                    "<c r=\"{}{}\" t=\"inlineStr\"><is><t>{text}</t></is></c>",
                    char::from(c),
                    r + 1
                )
            })
            .collect();
        rows.push_str(&format!("<row r=\"{}\">{cells}</row>", r + 1));
    }
    share
        .put("a.csv", &table)
        .put("b.csv", &encoding_rs::GB18030.encode(&table).0)
        .put("c.xlsx", workbook(&rows, &[]));
    let files = share.scan(&[]).ends(1).files();
    for name in ["a.csv", "b.csv", "c.xlsx"] {
        for (rule, count) in [
            ("cn.resident-id", 5),
            ("cn.sz-account", 5),
            ("cn.mobile", 5),
        ] {
            let counts = &files[&format!("in/{name}")]["counts"];
            assert_eq!(counts[rule]["found"], count, "{name} {rule}: {counts}");
        }
    }
}
