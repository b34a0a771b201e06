//! `inkout redact`: copies that keep everything but the values.

use crate::{
    share::{Run, Share, holds, string, strings, unzip, workbook, zip_of},
    synthetic::{bank_card, known, mobile, resident_id},
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// A file's bytes, and those of its members when it is an archive, all the way down.
fn laid_open(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![bytes.to_vec()];
    if bytes.starts_with(b"PK\x03\x04") {
        for member in unzip(bytes).values() {
            all.extend(laid_open(member));
        }
    }
    all
}

/// A value as it may lie in bytes.
fn forms(value: &str) -> Vec<Vec<u8>> {
    let wide: Vec<u16> = value.encode_utf16().collect();
    vec![
        value.as_bytes().to_vec(),
        wide.iter().flat_map(|u| u.to_le_bytes()).collect(),
        wide.iter().flat_map(|u| u.to_be_bytes()).collect(),
        encoding_rs::GB18030.encode(value).0.into_owned(),
    ]
}

/// Panics when a value is in a tree of copies: in bytes or names, packed or not.
#[track_caller]
fn assert_gone<'a>(
    copies: &BTreeMap<OsString, Vec<u8>>,
    values: impl IntoIterator<Item = &'a String>,
) {
    let open: Vec<(&OsString, Vec<Vec<u8>>)> = copies
        .iter()
        .map(|(name, bytes)| (name, laid_open(bytes)))
        .collect();
    for value in values {
        for form in forms(value) {
            for (name, all) in &open {
                assert!(
                    !holds(name.as_encoded_bytes(), &form),
                    "{value} in the name {name:?}"
                );
                assert!(!all.iter().any(|b| holds(b, &form)), "{value} in {name:?}");
            }
        }
    }
}

/// What `inkout text` reads of a file, by place, without the file's own path.
fn cells(share: &Share, below: &str) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in share.text_of(below).lines() {
        let (at, text) = line.split_once('\t').unwrap();
        let at = at.strip_prefix(below).unwrap();
        if at.contains('#') {
            all.entry(at.to_owned()).or_default().push(text.to_owned());
        }
    }
    all
}

#[test]
fn the_share_comes_out_without_its_values() {
    let share = Share::of_handover();
    let before = share.tree("in");
    share.redact("out", &[]).ends(0);
    assert_eq!(share.tree("in"), before, "originals are only read");

    let copies = share.tree("out");
    let known = known();
    assert_gone(&copies, &known.values);
    let manifest = share.manifest("out");
    assert_eq!(manifest.len(), before.len());
    for (source, line) in &manifest {
        let name = source.strip_prefix("in/").unwrap();
        let original = &before[&OsString::from(name)];
        assert_eq!(string(&line["sha256_before"]), sha256(original), "{name}");
        let outcome = string(&line["outcome"]);
        assert_ne!(outcome, "withheld", "{line}");
        let copy = &copies[&OsString::from(string(&line["copy"]))];
        assert_eq!(string(&line["sha256_after"]), sha256(copy), "{name}");
        assert_eq!(outcome == "unchanged", copy == original, "{name}");
        assert_eq!(
            outcome == "redacted",
            line["masked"].as_u64().unwrap() > 0,
            "{name}"
        );
    }
    let written: BTreeSet<&str> = manifest
        .values()
        .filter_map(|l| l["copy"].as_str())
        .collect();
    let there: BTreeSet<&str> = copies
        .keys()
        .map(|n| n.to_str().unwrap())
        .filter(|n| !["manifest.json", ".inkout-job"].contains(n))
        .collect();
    assert_eq!(there, written, "nothing else lies in the folder");

    // Names are too short to be looked for in bytes: they are read again.
    for name in there.iter().filter(|n| !n.ends_with(".txt")) {
        for (at, text) in cells(&share, &format!("out/{name}")) {
            let has = |n: &&String| text.iter().any(|t| t.contains(*n));
            let left: Vec<&String> = known.names.iter().filter(has).collect();
            assert!(left.is_empty(), "{name}{at}: {left:?}");
        }
    }
}

/// Cell by cell: what no value is in is the same as before, in the same places.
#[test]
fn everything_else_stays() {
    let share = Share::of_handover();
    share.redact("out", &[]).ends(0);
    let scan = share.scan(&["--show-values", "--all-findings"]).ends(3);
    for name in [
        "客户名单.xlsx",
        "转账流水_gbk.csv",
        "接口导出.json",
        "服务商.html",
        "系统日志.log",
        "归档2025.zip",
    ] {
        let (before, after) = (
            cells(&share, &format!("in/{name}")),
            cells(&share, &format!("out/{name}")),
        );
        let places = |all: &BTreeMap<String, Vec<String>>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(places(&before), places(&after), "{name}");
        let hit: BTreeSet<String> = scan
            .of("finding")
            .iter()
            .filter_map(|f| {
                string(&f["locator"])
                    .strip_prefix(&format!("in/{name}"))
                    .map(str::to_owned)
            })
            .collect();
        let mut masked = 0;
        for (at, text) in &before {
            if hit.contains(at) {
                assert_ne!(text, &after[at], "{name}{at}");
                masked += 1;
            } else {
                assert_eq!(text, &after[at], "{name}{at}");
            }
        }
        assert!(masked >= 4, "{name}: {masked}");
    }
}

#[test]
fn a_workbook_stays_a_workbook() {
    use calamine::Reader as _;
    let share = Share::of_handover();
    share.redact("out", &[]).ends(0);
    let open =
        |below: &str| -> calamine::Xlsx<_> { calamine::open_workbook(share.path(below)).unwrap() };
    let (mut before, mut after) = (open("in/客户名单.xlsx"), open("out/客户名单.xlsx"));
    assert_eq!(before.sheet_names(), after.sheet_names());
    for sheet in before.sheet_names() {
        let (a, b) = (
            before.worksheet_range(&sheet).unwrap(),
            after.worksheet_range(&sheet).unwrap(),
        );
        assert_eq!(a.get_size(), b.get_size());
        for ((row, column, old), (_, _, new)) in a.cells().zip(b.cells()) {
            let keeps = row == 0 || sheet == "统计" || (sheet == "客户名单" && column >= 8);
            assert_eq!(keeps, old == new, "{sheet} {row} {column}: {old:?} {new:?}");
        }
    }
    let (before, after) = (
        unzip(&share.get("in/客户名单.xlsx")),
        unzip(&share.get("out/客户名单.xlsx")),
    );
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    for part in ["xl/styles.xml", "[Content_Types].xml", "xl/workbook.xml"] {
        assert_eq!(before[part], after[part], "{part}");
    }
    let sheet = String::from_utf8(after["xl/worksheets/sheet1.xml"].clone()).unwrap();
    assert!(sheet.contains("width=\"24\"") && sheet.contains("&#22797;&#26680;"));
}

#[test]
fn cells_of_every_kind_are_masked() {
    let (id, phone, card) = (resident_id(21), mobile(21), bank_card(21));
    let rows = format!(
        "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>手机号</t></is></c>\
         <c r=\"C1\" t=\"s\"><v>1</v></c></row>\
         <row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\"><v>{phone}</v></c>\
         <c r=\"C2\" t=\"inlineStr\"><is><r><t>{}</t></r><r><rPr><b/></rPr><t>{}</t></r></is></c></row>\
         <row r=\"3\"><c r=\"A3\" t=\"str\"><f>\"{id}\"</f><v>{id}</v></c><c r=\"B3\"><v>{}</v></c>\
         <c r=\"C3\"><f>B3+1</f><v>7</v></c></row>",
        &card[..9],
        &card[9..],
        mobile(22),
    );
    let share = Share::new();
    share.put("a.xlsx", workbook(&rows, &["身份证号", "银行卡号", &id]));
    share.redact("out", &[]).ends(0);
    assert_gone(&share.tree("out"), [&id, &phone, &card, &mobile(22)]);
    let after = cells(&share, "out/a.xlsx");
    assert_eq!(after["#客户!A1"], ["身份证号"]);
    assert_eq!(after["#客户!B1"], ["手机号"]);
    let sheet =
        String::from_utf8(unzip(&share.get("out/a.xlsx"))["xl/worksheets/sheet1.xml"].clone())
            .unwrap();
    assert!(
        sheet.contains("<f>B3+1</f>"),
        "the formula of an untouched cell stays: {sheet}"
    );
    share.scan(&["in", "--job", "x"]).ends(1);
    let again = share.run(&["scan", "out", "--job", "y"]).ends(0);
    assert!(!again.out.is_empty());
}

type Decode = fn(&[u8]) -> String;

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn decoded(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> String {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    text.expect("the encoding is kept").into_owned()
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let to = if little {
        u16::to_le_bytes
    } else {
        u16::to_be_bytes
    };
    format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(to)
        .collect()
}

/// Files that hold these two values, and how their bytes are read.
fn texts(id: &str, phone: &str) -> Vec<(&'static str, Vec<u8>, Decode)> {
    let gbk: Decode = |b| decoded(encoding_rs::GB18030, b);
    let big5: Decode = |b| decoded(encoding_rs::BIG5, b);
    let le: Decode = |b| decoded(encoding_rs::UTF_16LE, b);
    let be: Decode = |b| decoded(encoding_rs::UTF_16BE, b);
    let table = |end: &str| {
        format!(
            "姓名,\"身份证号\" ,手机号,备注{end}\"王小明\",{id},\"{phone}\",\"说\"\"好\"\"{end}二\"{end}李四,,, {end}尾"
        )
    };
    let note = format!("第一行\r\n手机：{phone}\r\n混合\n身份证号码 {id} 止\r\r\n无尾");
    let traditional = format!(
        "客戶資料\n姓名：王小明\n聯絡電話及電郵：zhang.san@example.com\n身份證號碼 {id} 請妥善保管這些資料"
    );
    let json = format!(
        "{{ \"手机\" :\t\"{phone}\",\r\n \"list\":[1e3, {{\"身份证号\":\"{id}\"}} ],\"u\":\"\\u4e2d\\/\" }}"
    );
    let lines = format!("{{\"手机\":\"{phone}\"}}\n{{\"手机\":{phone}}}\n\n{{\"x\": 1.50}}");
    let xml = format!(
        "<?xml version='1.0'?>\r\n<!-- 注 -->\n<客户  编号='1'>\n<证件 号='{id}'/>\
         <手机><![CDATA[{phone}]]></手机>&amp;</客户>\n"
    );
    let html = format!(
        "<!DOCTYPE html>\n<P Class=x>手机：<b>{phone}</b>&nbsp;<br>身份证 {id}\
         <script>var a=\"{phone}\";</script>"
    );
    vec![
        ("u.csv", table("\n").into_bytes(), utf8),
        (
            "bom.csv",
            format!("\u{feff}{}", table("\r\n")).into_bytes(),
            utf8,
        ),
        (
            "g.csv",
            encoding_rs::GBK.encode(&table("\r\n")).0.into_owned(),
            gbk,
        ),
        ("u.txt", note.clone().into_bytes(), utf8),
        ("g.txt", encoding_rs::GBK.encode(&note).0.into_owned(), gbk),
        (
            "b.txt",
            encoding_rs::BIG5.encode(&traditional).0.into_owned(),
            big5,
        ),
        ("le.txt", utf16(&note, true), le),
        ("be.txt", utf16(&note, false), be),
        ("le.csv", utf16(&table("\r\n"), true), le),
        ("a.json", json.into_bytes(), utf8),
        ("l.jsonl", lines.into_bytes(), utf8),
        ("a.xml", xml.into_bytes(), utf8),
        ("a.html", html.into_bytes(), utf8),
    ]
}

/// Encoding, byte order mark, line ends, quotes and spaces stay; so does a last line without end.
#[test]
fn texts_keep_their_form() {
    let (id, phone) = (resident_id(31), mobile(31));
    let inputs = texts(&id, &phone);
    let share = Share::new();
    for (name, bytes, _) in &inputs {
        share.put(name, bytes);
    }
    share.redact("out", &[]).ends(0);
    let copies = share.tree("out");
    assert_gone(&copies, [&id, &phone]);
    let values = [
        id.as_str(),
        &phone,
        "zhang.san@example.com",
        "王小明",
        "李四",
    ];
    for (name, bytes, decode) in &inputs {
        let (old, new) = (decode(bytes), decode(&copies[&OsString::from(*name)]));
        assert_ne!(old, new, "{name}");
        // All that lies around the values is there, in order.
        let mut pieces = vec![old.as_str()];
        for value in values {
            pieces = pieces.into_iter().flat_map(|p| p.split(value)).collect();
        }
        let mut rest = new.as_str();
        for (index, piece) in pieces.iter().enumerate() {
            let at = rest.find(piece);
            let at = at.unwrap_or_else(|| panic!("{name}: {piece:?} is not in {new:?}"));
            assert!(index > 0 || at == 0, "{name}: {new:?}");
            rest = &rest[at + piece.len()..];
        }
        assert_eq!(rest, "", "{name}: {new:?}");
    }
}

#[test]
fn clean_files_are_the_same_bytes() {
    let share = Share::new();
    let clean = zip_of(&[
        ("a/说明.txt", "没有什么\n".as_bytes()),
        ("b.csv", b"x,y\n1,2\n"),
        ("e", b""),
    ]);
    share
        .put("a.zip", &clean)
        .put("空", "")
        .put("b.json", "{ \"a\":[ 1 ,2],\n\n\"b\":null}")
        .put("deep/er/c.csv", "a;b\r\n\"1\";2\r\n")
        .put(
            "book.xlsx",
            workbook("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>", &[]),
        );
    share.redact("out", &[]).ends(0);
    for (name, bytes) in share.tree("in") {
        assert_eq!(share.get(share.path("out").join(&name)), bytes, "{name:?}");
    }
    let manifest = share.manifest("out");
    assert!(
        manifest
            .values()
            .all(|l| l["outcome"] == "unchanged" && l["masked"] == 0)
    );
}

/// Values in names are masked; of names that become equal, the later gets a number.
#[test]
fn names_are_masked_and_kept_apart() {
    let share = Share::new();
    let (a, b) = (mobile(41), mobile(42));
    let id = resident_id(41);
    share
        .put(format!("{a}.txt"), "一\n")
        .put(format!("{b}.txt"), "二\n")
        .put(format!("客户{id}/合同.txt"), "三\n")
        .put(
            "包.zip",
            zip_of(&[
                (&format!("{a}.txt"), b"1"),
                (&format!("{b}.txt"), b"2"),
                (&format!("{id}/{a}.txt"), b"3"),
            ]),
        );
    share.redact("out", &["--mask-profile", "label"]).ends(0);
    let copies = share.tree("out");
    assert_gone(&copies, [&a, &b, &id]);
    let contents = |all: Vec<&Vec<u8>>| -> BTreeSet<Vec<u8>> { all.into_iter().cloned().collect() };
    let files: Vec<&Vec<u8>> = copies
        .iter()
        .filter(|(n, _)| n.to_str().unwrap().ends_with(".txt"))
        .map(|(_, b)| b)
        .collect();
    assert_eq!(files.len(), 3, "{:?}", copies.keys());
    assert_eq!(
        contents(files),
        ["一\n", "二\n", "三\n"]
            .map(|s| s.as_bytes().to_vec())
            .into()
    );
    let members = unzip(&copies[&OsString::from("包.zip")]);
    assert_eq!(
        contents(members.values().collect()),
        [b"1", b"2", b"3"].map(|s| s.to_vec()).into(),
        "{:?}",
        members.keys()
    );
    let manifest = String::from_utf8(share.get("out/manifest.json")).unwrap();
    for value in [&a, &b, &id] {
        assert!(
            !manifest.contains(value.as_str()),
            "{value} in the manifest"
        );
    }
}

/// Sheets may be called by values too; a workbook with two sheets of one name does not open.
#[test]
fn sheets_that_become_equal_are_kept_apart() {
    use calamine::Reader as _;
    let (a, b) = (mobile(43), mobile(44));
    let mut parts = unzip(&workbook(
        "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>",
        &[],
    ));
    let change = |parts: &mut BTreeMap<String, Vec<u8>>, name: &str, from: &str, to: &str| {
        let part = parts.get_mut(name).unwrap();
        let text = String::from_utf8(part.clone()).unwrap();
        assert!(text.contains(from));
        *part = text.replacen(from, to, 1).into_bytes();
    };
    change(
        &mut parts,
        "xl/workbook.xml",
        "<sheet name=\"客户\" sheetId=\"1\" r:id=\"rId1\"/>",
        &format!(
            "<sheet name=\"{a}\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"{b}\" sheetId=\"2\" r:id=\"rId3\"/>"
        ),
    );
    change(
        &mut parts,
        "xl/_rels/workbook.xml.rels",
        "</Relationships>",
        "<Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet2.xml\"/></Relationships>",
    );
    change(
        &mut parts,
        "[Content_Types].xml",
        "</Types>",
        "<Override PartName=\"/xl/worksheets/sheet2.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>",
    );
    let sheet = String::from_utf8(parts["xl/worksheets/sheet1.xml"].clone()).unwrap();
    let second = sheet.replace("<v>1</v>", &format!("<f>'{a}'!A1+1</f><v>2</v>"));
    parts.insert("xl/worksheets/sheet2.xml".into(), second.into_bytes());
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(n, b)| (n.as_str(), b.as_slice()))
        .collect();
    let share = Share::new();
    share.put("a.xlsx", zip_of(&parts));
    for profile in ["strict", "label"] {
        share.redact(profile, &["--mask-profile", profile]).ends(0);
        assert_gone(&share.tree(profile), [&a, &b]);
        let path = share.path(profile).join("a.xlsx");
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
        let names = book.sheet_names();
        assert_eq!(names.len(), 2);
        assert_ne!(names[0], names[1], "{profile}");
        let formula = book.worksheet_formula(&names[1]).unwrap();
        let formula = formula.get_value((0, 0)).unwrap();
        assert!(
            formula.contains(&names[0]),
            "{profile}: {formula} {names:?}"
        );
        let cell = |book: &mut calamine::Xlsx<_>, n: usize| {
            book.worksheet_range(&names[n])
                .unwrap()
                .get_value((0, 0))
                .cloned()
        };
        assert_ne!(cell(&mut book, 0), cell(&mut book, 1));
    }
}

#[test]
fn the_output_folder_is_new_and_apart() {
    let share = Share::of_handover();
    let refused = |out: &str| {
        let run = share.redact(out, &[]).ends(4);
        assert!(!run.err.is_empty());
    };
    refused("in/out");
    refused("in");
    refused(".");
    assert!(!share.path("in/out").exists());
    fs::create_dir(share.path("full")).unwrap();
    fs::write(share.path("full/mine.txt"), "mine").unwrap();
    refused("full");
    assert_eq!(share.tree("full").len(), 1);
    fs::write(share.path("file"), "mine").unwrap();
    refused("file");
    std::os::unix::fs::symlink("in", share.path("link")).unwrap();
    refused("link");
    refused("link/out");
    assert!(!share.path("in/out").exists());
    fs::create_dir(share.path("empty")).unwrap();
    share.redact("empty", &[]).ends(0);
    share.redact("new/folder", &[]).ends(0);
    assert_eq!(
        share
            .run(&["redact", "in", "--out", "x", "--mask-profile", "none"])
            .code,
        2
    );
    assert!(!share.path("x").exists());
}

#[test]
fn copies_are_reproducible() {
    let share = Share::of_handover();
    for profile in ["strict", "label", "token"] {
        let made: Vec<BTreeMap<OsString, Vec<u8>>> = ["1", "2", "8"]
            .iter()
            .map(|threads| {
                let out = format!("{profile}{threads}");
                share
                    .redact(
                        &out,
                        &[
                            "--mask-profile",
                            profile,
                            "--threads",
                            threads,
                            "--job",
                            "job",
                        ],
                    )
                    .ends(0);
                share.tree(&out)
            })
            .collect();
        assert!(made[0].len() > 6);
        assert!(made[0] == made[1] && made[0] == made[2], "{profile}");
    }
}

/// A copy holds nothing that would be masked again, whatever the profile.
#[test]
fn redacting_a_copy_changes_nothing() {
    for profile in ["strict", "display", "label", "token", "remove"] {
        let share = Share::of_handover();
        let run = share.redact("out", &["--mask-profile", profile]).ends(0);
        assert!(!run.text().contains("residue"), "{profile}: {}", run.text());
        fs::remove_dir_all(share.path("in")).unwrap();
        fs::rename(share.path("out"), share.path("in")).unwrap();
        fs::remove_file(share.path("in/manifest.json")).unwrap();
        fs::remove_file(share.path("in/.inkout-job")).unwrap();
        assert_gone(&share.tree("in"), &known().values);
        share.redact("again", &["--mask-profile", profile]).ends(0);
        let again = share.manifest("again");
        let changed: Vec<_> = again
            .values()
            .filter(|l| l["outcome"] != "unchanged")
            .collect();
        assert!(changed.is_empty(), "{profile}: {changed:?}");
    }
}

#[test]
fn profiles_write_what_they_promise() {
    let share = Share::new();
    let (id, phone) = (resident_id(51), mobile(51));
    share.put(
        "a.txt",
        format!("身份证号：{id}；手机：{phone}；\n再次手机：{phone}；\n"),
    );
    let made = |profile: &str| -> String {
        share.redact(profile, &["--mask-profile", profile]).ends(0);
        String::from_utf8(share.get(format!("{profile}/a.txt"))).unwrap()
    };
    let strict = made("strict");
    assert!(
        !strict.contains(&phone[..3]) && !strict.contains(&id[..6]),
        "{strict}"
    );
    assert!(made("display").contains(&format!("{}****{}", &phone[..3], &phone[7..])));
    assert!(made("label").contains("[手机号]"));
    assert_eq!(made("remove"), "身份证号：；手机：；\n再次手机：；\n");
    let token = made("token");
    let tokens: Vec<&str> = token
        .split("手机：")
        .skip(1)
        .map(|t| t.split('；').next().unwrap())
        .collect();
    assert_eq!(tokens.len(), 2);
    assert!(tokens[0] == tokens[1] && tokens[0].len() >= 8, "{token}");
}

#[test]
fn what_cannot_be_copied_safely_is_withheld() {
    let share = Share::new();
    let phone = mobile(61);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
    let encrypted = {
        let mut zip = zip_of(&[("a.txt", phone.as_bytes())]);
        // The flag that says so, in the local header and in the directory.
        zip[6] |= 1;
        let central = memchr::memmem::find(&zip, b"PK\x01\x02").unwrap();
        zip[central + 8] |= 1;
        zip
    };
    let with_unknown = {
        let book = workbook("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>", &[]);
        let mut parts = unzip(&book);
        parts.insert("xl/unknown/thing.bin".into(), b"\x01\x02".to_vec());
        let parts: Vec<(&str, &[u8])> = parts
            .iter()
            .map(|(n, b)| (n.as_str(), b.as_slice()))
            .collect();
        zip_of(&parts)
    };
    share
        .put("ok.txt", "x")
        .put("scan.png", png)
        .put("broken.zip", b"PK\x03\x04 no more")
        .put("locked.zip", encrypted)
        .put("unknown.xlsx", with_unknown)
        .put(
            "mixed.zip",
            zip_of(&[("a.txt", phone.as_bytes()), ("b.png", png)]),
        )
        .put("cut.json", format!("{{\"手机\":\"{phone}\", "));
    std::os::unix::fs::symlink("ok.txt", share.path("in/link")).unwrap();
    // What nobody understands stays out of a copy; whoever asks for it gets no copy at all.
    let run = share.redact("out", &[]).ends(3);
    let said = run.text();
    assert!(said.contains("2 of the copies go without"), "{said}");
    let manifest = share.manifest("out");
    assert_eq!(manifest["in/unknown.xlsx"]["outcome"], "redacted");
    assert_eq!(manifest["in/mixed.zip"]["outcome"], "redacted");
    let parts = unzip(&share.get("out/unknown.xlsx"));
    assert!(
        parts.values().all(|part| part.as_slice() != b"\x01\x02"),
        "{parts:?}"
    );
    fs::remove_dir_all(share.path("out")).unwrap();
    let strictly = ["--pictures", "withhold", "--objects", "withhold"];
    let run = share.redact("out", &strictly).ends(3);
    let manifest = share.manifest("out");
    for name in [
        "scan.png",
        "broken.zip",
        "locked.zip",
        "unknown.xlsx",
        "mixed.zip",
    ] {
        let line = &manifest[&format!("in/{name}")];
        assert_eq!(line["outcome"], "withheld", "{line}");
        assert!(!string(&line["reason"]).is_empty());
        assert!(!share.path("out").join(name).exists(), "{name}");
        assert!(run.text().contains(name), "{name} is named on the terminal");
    }
    assert_eq!(manifest["in/ok.txt"]["outcome"], "unchanged");
    assert_eq!(manifest["in/link"]["outcome"], "excluded");
    assert!(!share.path("out/link").exists());
    assert_gone(&share.tree("out"), [&phone]);
    let left: Vec<OsString> = share
        .tree("out")
        .into_keys()
        .filter(|n| n.to_str().unwrap().contains(".part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A value is told by its label in one place and stands alone in another, once even inside a word: the copy is
/// made again with the value known, in every encoding.
#[test]
fn values_told_once_go_wherever_they_stand() {
    let text = "Contact name: Brannock Thistle\n\nthe brannock thistle file, see xxBrannock Thistleyy.\n\
                户名：诸葛曜辰轩\n另见诸葛曜辰轩之件\n";
    let share = Share::new();
    share
        .put("utf8.txt", text)
        .put("gb.txt", &encoding_rs::GB18030.encode(text).0)
        .put("wide.txt", utf16(text, true));
    share.redact("out", &[]).ends(0);
    for line in share.manifest("out").values() {
        assert_eq!(line["outcome"], "redacted", "{line}");
    }
    let values = ["Brannock Thistle", "brannock thistle", "诸葛曜辰轩"].map(String::from);
    assert_gone(&share.tree("out"), &values);
}

/// Globs leave out; what is left out is in the manifest and not in the folder.
#[test]
fn globs_choose_what_is_copied() {
    let share = Share::of_handover();
    let run: Run = share
        .redact("out", &["--include", "**/*.csv", "--include", "**/*.json"])
        .ends(0);
    assert!(run.err.is_empty(), "{}", run.err);
    let names: Vec<OsString> = share.tree("out").into_keys().collect();
    assert_eq!(names.len(), 4, "{names:?}");
    let scan = share.scan(&["--include", "**/*.csv"]);
    assert_eq!(strings(&scan.summary()["conditions"]), ["findings"]);
}
