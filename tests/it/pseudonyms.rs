//! `--mask-profile pseudonym`, `inkout pseudo` and `inkout risk`: joins that survive, the way back, what stays.

use crate::{
    share::{PROGRAM, Share, holds, string, unzip, workbook, zip_of},
    synthetic::{bank_card, known, mobile, resident_id},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    process::{Command, Stdio},
};

/// A share with a key in `k.key`.
fn share() -> Share {
    let share = Share::new();
    share.run(&["pseudo", "key", "--out", "k.key"]).ends(0);
    share
}

/// Copies of `in` with pseudonyms of a project.
fn copies(share: &Share, out: &str, project: &str, more: &[&str]) {
    let mut args = vec![
        "--mask-profile",
        "pseudonym",
        "--key-file",
        "k.key",
        "--project",
        project,
    ];
    args.extend(more);
    let run = share.redact(out, &args).ends(0);
    assert!(run.text().contains("PIPL article 73"), "{}", run.text());
}

fn settings(share: &Share, text: &str) {
    fs::write(share.path("s.toml"), text).unwrap();
}

/// What `inkout text` reads of a copy.
fn text(share: &Share, below: &str) -> String {
    share.text_of(below)
}

/// The pseudonyms of a kind in a text.
fn frames(text: &str, kind: &str) -> BTreeSet<String> {
    let start = format!("[[{kind}");
    text.match_indices(&start)
        .filter_map(|(at, _)| {
            let end = text[at..].find("]]")?;
            Some(text[at..at + end + 2].to_owned())
        })
        .collect()
}

fn document(text: &str) -> Vec<u8> {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    let types = format!(
        "{head}<Types xmlns=\"{package}/content-types\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Override PartName=\"/word/document.xml\" ContentType=\
         \"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"
    );
    let roots = format!(
        "{head}<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" \
         Type=\"{office}/officeDocument\" Target=\"word/document.xml\"/></Relationships>"
    );
    let body = format!(
        "{head}<w:document xmlns:w=\"{main}\"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p>\
         </w:body></w:document>"
    );
    zip_of(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", roots.as_bytes()),
        ("word/document.xml", body.as_bytes()),
    ])
}

/// A dBase III table of text fields.
fn table(fields: &[(&str, u8)], rows: &[&[&str]]) -> Vec<u8> {
    let header = 32 + 32 * fields.len() + 1;
    let record = 1 + fields.iter().map(|f| usize::from(f.1)).sum::<usize>();
    let mut out = vec![3, 126, 1, 1];
    out.extend((rows.len() as u32).to_le_bytes());
    out.extend((header as u16).to_le_bytes());
    out.extend((record as u16).to_le_bytes());
    out.resize(32, 0);
    for (name, width) in fields {
        let mut field = name.as_bytes().to_vec();
        field.resize(11, 0);
        field.push(b'C');
        field.extend([0; 4]);
        field.push(*width);
        field.resize(32, 0);
        out.extend(field);
    }
    out.push(0x0D);
    for row in rows {
        out.push(b' ');
        for (value, (_, width)) in row.iter().zip(fields) {
            let mut cell = encoding_rs::GB18030.encode(value).0.into_owned();
            cell.resize(usize::from(*width), b' ');
            out.extend(cell);
        }
    }
    out.push(0x1A);
    out
}

/// One person in seven formats, the number in as many spellings.
fn one_person(share: &Share) -> (String, String) {
    let (id, phone) = (resident_id(3), mobile(3));
    let (a, b, c) = (&id[..6], &id[6..14], &id[14..]);
    let wide: String = id
        .chars()
        .map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap())
        .collect();
    let csv = format!("姓名,证件号码,联系电话\n张三丰,{id},{phone}\n");
    share
        .put("a.csv", encoding_rs::GB18030.encode(&csv).0)
        .put(
            "b.txt",
            format!("姓名：张三丰，身份证号：{a} {b} {c}，手机：+86 {phone}\n"),
        )
        .put(
            "c.json",
            format!("{{\"姓名\":\"张三丰\",\"身份证号\":\"{wide}\",\"mobile\":\"{phone}\"}}"),
        )
        .put("d.docx", document(&format!("身份证号：{a}-{b}-{c}，手机号码：{phone}。")))
        .put(
            "e.xlsx",
            workbook(
                "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>\
                 <row r=\"2\"><c r=\"A2\" t=\"s\"><v>2</v></c><c r=\"B2\" t=\"s\"><v>3</v></c></row>",
                &["身份证号", "手机号", &id, &phone],
            ),
        )
        .put("f.dbf", table(&[("SFZH", 40), ("SJ", 11)], &[&[&id, &phone]]))
        .put("g.html", format!("<p>身份证号：{id}</p>"));
    (id, phone)
}

#[test]
fn one_person_has_one_token_in_every_format() {
    let share = share();
    let (id, phone) = one_person(&share);
    copies(&share, "out", "A", &[]);
    let mut ids = BTreeMap::new();
    let mut phones = BTreeMap::new();
    for (source, line) in share.manifest("out") {
        assert_eq!(line["outcome"], "redacted", "{line}");
        let copy = string(&line["copy"]);
        let read = text(&share, &format!("out/{copy}"));
        assert!(!read.contains(&id) && !read.contains(&phone), "{source}");
        ids.insert(source.clone(), frames(&read, "ID:"));
        phones.insert(source, frames(&read, "TEL:"));
    }
    assert_eq!(ids.len(), 7);
    let one: BTreeSet<_> = ids.values().flatten().collect();
    assert!(
        one.len() == 1 && ids.values().all(|f| f.len() == 1),
        "{ids:?}"
    );
    let token = one.first().unwrap();
    assert!(token.len() >= "[[ID:]]".len() + 13 + 3, "{token}");
    // A field of eleven bytes has no room for a token: it says what stood there.
    let narrow = phones.remove("in/f.dbf").unwrap();
    assert!(narrow.is_empty());
    assert!(text(&share, "out/f.dbf").contains("[TEL]******"));
    phones.remove("in/g.html");
    let one: BTreeSet<_> = phones.values().flatten().collect();
    assert!(
        one.len() == 1 && phones.values().all(|f| f.len() == 1),
        "{phones:?}"
    );
    // ASCII alone: a sheet or an editor that knows GBK and no more shows it as it is.
    assert!(token.is_ascii());

    copies(&share, "other", "B", &[]);
    let others = frames(&text(&share, "other/a.csv"), "ID:");
    assert!(others.len() == 1 && !others.contains(token.as_str()));
}

#[test]
fn copies_hold_nothing_that_would_be_found_again() {
    let share = Share::of_handover();
    share.run(&["pseudo", "key", "--out", "k.key"]).ends(0);
    for (mode, out) in [("token", "o1"), ("ff1", "o2"), ("vault", "o3")] {
        let kind = |k: &str| format!("{k} = \"{mode}\"\n");
        let kinds: String = ["ID", "TEL", "ACC", "SEC", "ORG"].map(kind).concat();
        settings(
            &share,
            &format!(
                "[kinds]\n{kinds}ADDR = \"generalise\"\nDATE = \"shift\"\nMAIL = \"inline\"\n"
            ),
        );
        copies(
            &share,
            out,
            "A",
            &["--pseudonyms", "s.toml", "--vault", "v"],
        );
        let counts: BTreeSet<String> = (share.manifest(out).values())
            .map(|l| string(&l["outcome"]).to_owned())
            .collect();
        assert!(!counts.contains("withheld"), "{mode}: {counts:?}");
        let known = known();
        let copies = share.tree(out);
        for (name, bytes) in &copies {
            let mut all = vec![bytes.clone()];
            if bytes.starts_with(b"PK") {
                all.extend(unzip(bytes).into_values());
            }
            for value in &known.values {
                let gb = encoding_rs::GB18030.encode(value).0;
                let left = all
                    .iter()
                    .any(|b| holds(b, value.as_bytes()) || holds(b, &gb));
                assert!(!left, "{mode}: a value is left in {name:?}");
            }
        }
        let run = share.run(&["scan", out, "--job", &share.new_job(), "--format", "jsonl"]);
        assert_eq!(run.ends(0).of("finding").len(), 0, "{mode}");
    }
    let run = share
        .run(&["scan", "o1", "--job", &share.new_job()])
        .ends(0);
    assert!(run.err.contains("pseudonyms were met"), "{}", run.err);
}

#[test]
fn what_was_encrypted_comes_back_in_every_format() {
    let share = share();
    let (id, phone) = one_person(&share);
    settings(
        &share,
        "project = \"A\"\n[kinds]\nID = \"ff1\"\nTEL = \"inline\"\nNAME = \"vault\"\n",
    );
    let made = [
        "--pseudonyms",
        "s.toml",
        "--vault",
        "v",
        "--key-file",
        "k.key",
    ];
    let mut redact = vec![
        "redact",
        "in",
        "--out",
        "out",
        "--mask-profile",
        "pseudonym",
    ];
    redact.extend(made);
    share.run(&redact).ends(0);
    let vault = share.get("v");
    assert!(
        !holds(&vault, "张三丰".as_bytes()),
        "the vault is encrypted"
    );

    let reverse = |out: &str, more: &[&str]| {
        let mut args = vec!["pseudo", "reverse", "out", "--out", out];
        args.extend(more);
        share.run(&args)
    };
    let run = reverse("back", &made).ends(0);
    assert!(run.err.contains("values in clear"), "{}", run.err);
    for name in [
        "a.csv", "b.txt", "c.json", "d.docx", "e.xlsx", "f.dbf", "g.html",
    ] {
        let read = text(&share, &format!("back/{name}"));
        assert!(read.contains(&id), "{name}: {read}");
        // The telephone of the table was too narrow for a pseudonym.
        assert!(
            ["f.dbf", "g.html"].contains(&name) || read.contains(&phone),
            "{name}"
        );
    }
    assert!(text(&share, "back/a.csv").contains("张三丰"));

    // Without the vault its names stay; with another key nothing comes back.
    let run = reverse("half", &["--key-file", "k.key", "--project", "A"]).ends(3);
    assert!(run.text().contains("--vault"), "{}", run.text());
    let half = text(&share, "half/a.csv");
    assert!(half.contains(&id) && !half.contains("张三丰"));
    share.run(&["pseudo", "key", "--out", "k2.key"]).ends(0);
    let run = reverse("none", &["--key-file", "k2.key", "--project", "A"]).ends(3);
    assert!(
        run.text().contains("were not made with this key"),
        "{}",
        run.text()
    );
    assert!(!text(&share, "none/a.csv").contains(&id));
    let made = ["--key-file", "k2.key", "--project", "A", "--vault", "v"];
    assert!(reverse("no", &made).ends(4).err.contains("does not open"));
}

#[test]
fn text_comes_back_through_a_pipe() {
    let share = share();
    share.put("a.txt", format!("客户{}办理\n", resident_id(9)));
    settings(&share, "default = \"inline\"\n");
    copies(&share, "out", "A", &["--pseudonyms", "s.toml"]);
    let copy = share.get("out/a.txt");
    let through = |bytes: &[u8]| {
        let mut child = Command::new(PROGRAM)
            .args(["--lang", "en", "pseudo", "reverse", "-"])
            .args(["--key-file", "k.key", "--project", "A"])
            .current_dir(share.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let done = child.wait_with_output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap())
    };
    let (code, back) = through(&copy);
    assert_eq!(
        (code, back),
        (Some(0), format!("客户{}办理\n", resident_id(9)))
    );
    // One letter changed: no frame any more, left as it is.
    let mut changed = copy.clone();
    let at = memchr::memmem::find(&copy, b"[[ID=").unwrap() + 7;
    changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
    let (code, back) = through(&changed);
    assert_eq!((code, back.as_bytes()), (Some(0), changed.as_slice()));
}

#[test]
fn dates_of_a_row_move_together_and_ages_become_bands() {
    let share = share();
    let mut rows = "身份证号,出生日期\n".to_owned();
    for n in 0..12 {
        let id = resident_id(n);
        let born = format!("{}-{}-{}", &id[6..10], &id[10..12], &id[12..14]);
        rows.push_str(&format!("{id},{born}\n{id},{born}\n"));
    }
    share.put("a.csv", rows);
    settings(&share, "[kinds]\nDATE = \"shift\"\n");
    copies(&share, "out", "A", &["--pseudonyms", "s.toml"]);
    let copy = String::from_utf8(share.get("out/a.csv")).unwrap();
    let lines: Vec<&str> = copy.lines().skip(1).collect();
    assert_eq!(lines.len(), 24);
    for pair in lines.chunks(2) {
        assert_eq!(pair[0], pair[1], "one person, one date");
        assert!(pair[0].contains("[[DATE+"), "{}", pair[0]);
    }
    settings(
        &share,
        "as_of = \"2026-01-01\"\n[kinds]\nDATE = \"generalise\"\n",
    );
    copies(&share, "bands", "A", &["--pseudonyms", "s.toml"]);
    let copy = String::from_utf8(share.get("bands/a.csv")).unwrap();
    assert!(
        copy.lines().nth(1).unwrap().contains("[[DATE^40-49."),
        "{copy}"
    );
}

#[test]
fn a_number_beside_its_date_of_birth_shows_less() {
    let share = Share::new();
    let id = resident_id(5);
    let born = format!("{}-{}-{}", &id[6..10], &id[10..12], &id[12..14]);
    share
        .put("alone.csv", format!("身份证号,备注\n{id},无\n"))
        .put("beside.csv", format!("身份证号,出生日期\n{id},{born}\n"))
        .put("age.csv", format!("身份证号,年龄\n{id},41\n"))
        .put("line.txt", format!("身份证号：{id}，出生日期：{born}\n"));
    share.redact("out", &["--mask-profile", "display"]).ends(0);
    let copy = |name: &str| String::from_utf8(share.get(format!("out/{name}"))).unwrap();
    let usual = format!("{}********{}", &id[..6], &id[14..]);
    assert!(copy("alone.csv").contains(&usual));
    for name in ["beside.csv", "age.csv", "line.txt"] {
        let copy = copy(name);
        let strict = format!("{}****************{}", &id[..1], &id[17..]);
        assert!(
            copy.contains(&strict) && !copy.contains(&id[..6]),
            "{name}: {copy}"
        );
    }
}

#[test]
fn keys_and_settings_are_looked_at() {
    use std::os::unix::fs::PermissionsExt;
    let share = share();
    share.put("a.txt", format!("客户{}办理\n", resident_id(9)));
    let mode = fs::metadata(share.path("k.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = share.get("k.key");
    share.run(&["pseudo", "key", "--out", "k.key"]).ends(4);
    assert_eq!(share.get("k.key"), before);

    let refused = |args: &[&str], code: i32, why: &str| {
        let run = share.redact("x", args).ends(code);
        assert!(run.err.contains(why), "{args:?}: {}", run.err);
        assert!(!share.path("x").exists(), "{args:?}");
    };
    let profile = ["--mask-profile", "pseudonym"];
    let with = |more: &[&'static str]| [&profile[..], more].concat();
    refused(&profile, 2, "--key-file");
    refused(&["--project", "A"], 2, "--mask-profile pseudonym");
    refused(&with(&["--key-file", "k.key"]), 2, "no project");
    refused(
        &with(&["--key-file", "none", "--project", "A"]),
        2,
        "cannot read the key file",
    );
    refused(
        &with(&["--key-file", "in/a.txt", "--project", "A"]),
        2,
        "is no key file",
    );
    for (text, why) in [
        ("[kinds]\nXX = \"token\"", "no kind XX"),
        ("[kinds]\nID = \"rot13\"", "no mode rot13"),
        ("[kinds]\nID = \"vault\"", "--vault FILE"),
        ("[rules]\n\"cn.nothing\" = \"token\"", "no rule cn.nothing"),
        ("[kinds]\nNAME = \"shift\"", "cannot have mode shift"),
        ("\nwhat = 1", "line 2"),
    ] {
        settings(&share, text);
        let args = with(&[
            "--key-file",
            "k.key",
            "--project",
            "A",
            "--pseudonyms",
            "s.toml",
        ]);
        refused(&args, 2, why);
    }
    fs::write(share.path("v"), "x").unwrap();
    refused(
        &with(&["--key-file", "k.key", "--project", "A", "--vault", "v"]),
        2,
        "is no vault",
    );
    let typo = String::from_utf8(before).unwrap().replacen('\n', "\n0", 1);
    fs::write(share.path("bad.key"), typo).unwrap();
    refused(
        &with(&["--key-file", "bad.key", "--project", "A"]),
        2,
        "damaged",
    );
}

#[test]
fn pseudonyms_do_not_depend_on_threads() {
    let share = Share::of_handover();
    share.run(&["pseudo", "key", "--out", "k.key"]).ends(0);
    let made: Vec<_> = ["1", "4"]
        .iter()
        .map(|threads| {
            let out = format!("out{threads}");
            copies(&share, &out, "A", &["--threads", threads]);
            let mut tree = share.tree(&out);
            tree.remove(std::ffi::OsStr::new(".inkout-job"));
            tree
        })
        .collect();
    assert!(made[0].len() > 6 && made[0] == made[1]);
}

/// Ten rows: ages in their thirties, one of 61.
fn people(share: &Share) {
    let mut rows = "客户编号,年龄,区县,资产\n".to_owned();
    for n in 0..9 {
        rows.push_str(&format!("X{n},{},海淀区,{}\n", 30 + n / 5, 1000 * (n + 1)));
    }
    rows.push_str("X9,61,朝阳区,5000\n");
    share.put("p.csv", rows);
}

#[test]
fn the_risk_of_what_stays() {
    let share = Share::new();
    people(&share);
    let ask = [
        "risk",
        "k-anon",
        "in/p.csv",
        "--qi",
        "年龄,区县",
        "--sensitive",
        "资产",
    ];
    let json = share
        .run(&[&ask[..], &["--format", "json"]].concat())
        .ends(1);
    let json: serde_json::Value = serde_json::from_slice(&json.out).unwrap();
    assert_eq!(json["rows"], 10);
    let groups = &json["groups"];
    assert_eq!(
        (&groups["classes"], &groups["k_min"]),
        (&3.into(), &1.into())
    );
    assert_eq!(
        (&groups["small_rows"], &groups["unique_rows"]),
        (&5.into(), &1.into())
    );
    assert_eq!(json["risks"]["prosecutor_max"], 1.0);
    assert_eq!(json["risks"]["marketer"], 0.3);
    assert_eq!(json["sensitive"][0]["l_distinct"], 1);
    assert_eq!(json["grade"], 2);
    let tens = &json["advice"][0];
    assert_eq!(
        (&tens["column"], &tens["change"]),
        (&"年龄".into(), &"tens".into())
    );
    assert_eq!(tens["groups"]["small_rows"], 1);

    let english = share.run(&ask).ends(1);
    assert!(english.text().contains("k_min = 1") && english.text().contains("PIPL"));
    let chinese = Command::new(PROGRAM)
        .args(["--lang", "zh"])
        .args(ask)
        .current_dir(share.path(""))
        .output()
        .unwrap();
    let chinese = String::from_utf8(chinese.stdout).unwrap();
    assert!(
        chinese.contains("凭记忆标注") && chinese.contains("个人信息保护法"),
        "{chinese}"
    );

    // The same numbers from a workbook.
    let cells = |row: usize, of: &[&str]| -> String {
        let cells: String = of
            .iter()
            .zip(["A", "B"])
            .map(|(v, c)| format!("<c r=\"{c}{row}\" t=\"inlineStr\"><is><t>{v}</t></is></c>"))
            .collect();
        format!("<row r=\"{row}\">{cells}</row>")
    };
    let mut sheet = cells(1, &["年龄", "区县"]);
    for n in 0..6 {
        sheet.push_str(&cells(n + 2, &["30", "海淀区"]));
    }
    share.put("p.xlsx", workbook(&sheet, &[]));
    let run = share
        .run(&["risk", "k-anon", "in/p.xlsx", "--qi", "年龄,区县"])
        .ends(0);
    assert!(run.text().contains("k_min = 6"), "{}", run.text());
}

#[test]
fn direct_identifiers_and_mistakes_are_said() {
    let share = Share::new();
    let card = bank_card(4);
    share.put(
        "a.csv",
        format!("年龄,银行卡号\n30,{card}\n30,{card}\n30,{card}\n30,{card}\n30,{card}\n"),
    );
    let run = share
        .run(&["risk", "k-anon", "in/a.csv", "--qi", "年龄"])
        .ends(1);
    assert!(
        run.text().contains("direct identifiers are left"),
        "{}",
        run.text()
    );
    assert!(!run.text().contains(&card));
    let wrong = |args: &[&str], why: &str| {
        let run = share.run(&[&["risk", "k-anon"], args].concat()).ends(2);
        assert!(run.err.contains(why), "{}", run.err);
    };
    wrong(&["in/a.csv", "--qi", "性别"], "年龄, 银行卡号");
    wrong(&["in/none.csv", "--qi", "年龄"], "no such path");
    wrong(&["in/a.csv", "--qi", "年龄", "--sampled", "2"], "--sampled");
    share.put("b.csv", "年龄,区县\n");
    wrong(&["in/b.csv", "--qi", "年龄"], "no rows");
}
