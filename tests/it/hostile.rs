//! Damaged and malicious files: each in the ledger, in bounded time and memory, and no reader fails.

use crate::{
    share::{PROGRAM, Run, Share, handover, skipped, string, workbook, zip_of},
    synthetic::{mobile, resident_id},
};
use serde_json::Value;
use std::{fs, io::Write, process::Command, time::Duration};

/// Longest time for one scan of hostile files, in a debug build on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// A generator of numbers that are the same in every run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }
}

/// What must hold after a scan of whatever files.
#[track_caller]
pub(crate) fn assert_sound(share: &Share, run: &Run) {
    assert!(matches!(run.code, 0 | 1 | 3), "{} {}", run.code, run.err);
    assert!(run.took < LONG, "{:?}", run.took);
    assert!(run.err.is_empty(), "{}", run.err);
    let files = run.files();
    for name in share.tree("in").keys() {
        let locator = format!("in/{}", name.to_str().unwrap());
        assert!(
            files.contains_key(&locator),
            "{locator} is not in the ledger"
        );
    }
    let gaps = run.of("gap");
    let crashed: Vec<&Value> = gaps.iter().filter(|g| g["reason"] == "crashed").collect();
    assert!(crashed.is_empty(), "{crashed:?}");
    let unread = files.values().any(|f| f["state"] != "read");
    let wanted = gaps
        .iter()
        .all(|g| ["excluded", "link", "signed"].contains(&string(&g["reason"])));
    assert_eq!(run.code == 3, !wanted && (unread || !gaps.is_empty()));
}

fn scan(share: &Share) -> Run {
    let run = share.scan(&["--threads", "2"]);
    assert_sound(share, &run);
    run
}

/// State and reason of a file or member.
fn state(run: &Run, locator: &str) -> (String, String) {
    let file = run.file(locator);
    let reason = file["reason"].as_str().unwrap_or_default();
    (string(&file["state"]).to_owned(), reason.to_owned())
}

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = fs::read_dir(handover())
        .unwrap()
        .map(|e| e.unwrap())
        .map(|e| {
            (
                e.file_name().into_string().unwrap(),
                fs::read(e.path()).unwrap(),
            )
        })
        .collect();
    let xls = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/formats/xls/customers.xls"
    );
    all.push(("customers.xls".into(), fs::read(xls).unwrap()));
    all.sort();
    all
}

#[test]
fn truncated_files() {
    let mut numbers = Numbers(20_260_101);
    let share = Share::new();
    for (name, bytes) in fixtures() {
        for n in 0..8 {
            let len = match n {
                0 => bytes.len() - 1,
                1 => bytes.len() / 2,
                _ => numbers.next(bytes.len()),
            };
            share.put(format!("{n}-{name}"), &bytes[..len]);
        }
    }
    let run = scan(&share);
    for n in 0..2 {
        for name in ["客户名单.xlsx", "归档2025.zip"] {
            assert_ne!(
                state(&run, &format!("in/{n}-{name}")).0,
                "read",
                "{n}-{name}"
            );
        }
    }
    // Half of a text is a text.
    assert_eq!(state(&run, "in/1-系统日志.log").0, "read");
    assert_eq!(state(&run, "in/1-转账流水_gbk.csv").0, "read");
    assert_ne!(state(&run, "in/1-接口导出.json").0, "unread");
}

#[test]
fn flipped_bits() {
    let mut numbers = Numbers(7);
    let share = Share::new();
    for (name, bytes) in fixtures() {
        for n in 0..10 {
            let mut bytes = bytes.clone();
            for _ in 0..=numbers.next(6) {
                let at = numbers.next(bytes.len());
                bytes[at] ^= 1 << numbers.next(8);
            }
            share.put(format!("{n}-{name}"), &bytes);
        }
    }
    scan(&share);
    // The same files are copied or withheld; a copy never holds what was found.
    let run = share.redact("out", &["--threads", "2"]);
    assert!(
        matches!(run.code, 3 | 5),
        "{} {}\n{}",
        run.code,
        run.err,
        run.text()
    );
    assert!(run.took < LONG);
}

#[test]
fn members_that_are_damaged_are_told_apart_from_the_others() {
    let mut bytes = zip_of(&[
        ("good.txt", format!("手机 {}\n", mobile(1)).as_bytes()),
        ("bad.txt", "这里将被损坏".repeat(50).as_bytes()),
        ("last.txt", format!("手机 {}\n", mobile(2)).as_bytes()),
    ]);
    // Inside the data of the second member.
    let at = memchr::memmem::find(&bytes, b"bad.txt").unwrap() + 12;
    bytes[at] ^= 0xFF;
    let share = Share::new();
    share.put("a.zip", bytes);
    let run = scan(&share);
    assert_eq!(state(&run, "in/a.zip!good.txt").0, "read");
    assert_eq!(state(&run, "in/a.zip!last.txt").0, "read");
    assert_eq!(state(&run, "in/a.zip!bad.txt").1, "corrupt");
    assert_eq!(run.of("finding").len(), 2);
}

/// Archives that grow without bound.
#[test]
fn bombs() {
    let share = Share::new();
    // 64 MiB of zeros, a thousand to one; then sixteen of them, and sixteen of those, five levels deep.
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("zeros.txt", options).unwrap();
    let block = vec![b'0'; 1 << 20];
    for _ in 0..64 {
        zip.write_all(&block).unwrap();
    }
    let flat = zip.finish().unwrap().into_inner();
    assert!(flat.len() < 100 << 10);
    share.put("flat.zip", &flat);
    let mut nested = zip_of(&[("0.txt", &vec![b'0'; 1 << 20])]);
    for _ in 0..5 {
        let names: Vec<String> = (0..16).map(|n| format!("{n}.zip")).collect();
        let members: Vec<(&str, &[u8])> = names
            .iter()
            .map(|n| (n.as_str(), nested.as_slice()))
            .collect();
        nested = zip_of(&members);
    }
    share.put("42.zip", &nested);
    let mut deep = zip_of(&[("end.txt", format!("手机 {}", mobile(1)).as_bytes())]);
    for _ in 0..40 {
        deep = zip_of(&[("in.zip", &deep)]);
    }
    share.put("deep.zip", &deep);
    share.put("after.txt", format!("手机 {}\n", mobile(3)));
    let run = scan(&share);
    for name in ["flat.zip!zeros.txt", "42.zip", "deep.zip"] {
        let (state, _) = state(&run, &format!("in/{name}"));
        assert_ne!(state, "read", "{name}");
    }
    assert!(run.summary()["gaps"]["limit"].as_u64().unwrap() >= 3);
    assert_eq!(state(&run, "in/after.txt").0, "read");
    let copies = share.redact("out", &["--threads", "2"]).ends(3);
    assert!(copies.took < LONG);
    assert_eq!(share.manifest("out")["in/42.zip"]["outcome"], "withheld");
}

#[test]
fn zips_that_say_two_things() {
    let share = Share::new();
    let phone = format!("手机 {}\n", mobile(4));
    // Two members of one name; names that lead outside; a member whose header has another name.
    let mut twice = zip_of(&[("a.txt", phone.as_bytes()), ("b.txt", b"harmless")]);
    while let Some(at) = memchr::memmem::find(&twice, b"b.txt") {
        twice[at] = b'a';
    }
    share.put("twice.zip", twice);
    share.put(
        "outside.zip",
        zip_of(&[
            ("../../evil.txt", phone.as_bytes()),
            ("/abs.txt", b"x"),
            ("C:\\win.txt", b"y"),
            ("ok/../../x.txt", b"z"),
        ]),
    );
    let mut other = zip_of(&[("shown.txt", phone.as_bytes())]);
    let at = memchr::memmem::find(&other, b"shown.txt").unwrap();
    other[at..at + 5].copy_from_slice(b"local");
    share.put("other.zip", other);
    // Two directory entries for one stretch of data.
    share.put("overlap.zip", overlapping());
    // Something before and behind the archive.
    let plain = zip_of(&[("a.txt", b"x")]);
    share.put("behind.zip", [plain.as_slice(), phone.as_bytes()].concat());
    share.put("before.zip", [phone.as_bytes(), plain.as_slice()].concat());
    let run = share.scan(&["--show-values", "--threads", "2"]);
    assert!(
        run.took < LONG && (run.code == 1 || run.code == 3),
        "{}",
        run.err
    );
    assert!(run.of("gap").iter().all(|g| g["reason"] != "crashed"));
    let value = mobile(4);
    for name in [
        "twice.zip",
        "outside.zip",
        "other.zip",
        "behind.zip",
        "before.zip",
    ] {
        let at = format!("in/{name}");
        let found = run
            .of("finding")
            .iter()
            .any(|f| f["path"] == at.as_str() && f["value"] == value.as_str());
        let told = run.of("gap").iter().any(|g| g["path"] == at.as_str());
        assert!(found || told, "{name}: neither found nor a gap");
    }
    let copies = share.redact("out", &[]);
    assert!(copies.code == 0 || copies.code == 3, "{}", copies.err);
    assert!(!share.path("evil.txt").exists() && !share.path("../evil.txt").exists());
    for (name, bytes) in share.tree("out") {
        assert!(!crate::share::holds(&bytes, value.as_bytes()), "{name:?}");
    }
}

/// A zip whose two directory entries name the same data.
fn overlapping() -> Vec<u8> {
    let one = zip_of(&[("a.txt", &[b'a'; 1000])]);
    let central = memchr::memmem::find(&one, b"PK\x01\x02").unwrap();
    let end = memchr::memmem::find(&one, b"PK\x05\x06").unwrap();
    let entry = one[central..end].to_vec();
    let mut out = one[..central].to_vec();
    out.extend(&entry);
    out.extend(&entry);
    let size = u32::try_from(entry.len() * 2).unwrap();
    let mut tail = one[end..].to_vec();
    tail[8] = 2;
    tail[10] = 2;
    tail[12..16].copy_from_slice(&size.to_le_bytes());
    out.extend(tail);
    out
}

#[test]
fn xml_that_grows_or_goes_deep() {
    let share = Share::new();
    let mut laughs =
        String::from("<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY a0 \"lol\">\n");
    for n in 1..12 {
        let before = n - 1;
        laughs.push_str(&format!(
            "<!ENTITY a{n} \"{}\">\n",
            format!("&a{before};").repeat(10)
        ));
    }
    laughs.push_str(&format!("]>\n<x>&a11;<手机>{}</手机></x>\n", mobile(5)));
    share.put("laughs.xml", &laughs);
    share.put(
        "outside.xml",
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>",
    );
    let deep = 10_000;
    share.put(
        "deep.xml",
        format!("{}{}{}", "<a>".repeat(deep), mobile(6), "</a>".repeat(deep)),
    );
    share.put(
        "open.xml",
        format!("{}{}", "<a b=\"c\">".repeat(deep), mobile(6)),
    );
    share.put(
        "deep.html",
        format!("<html>{}{}", "<div>".repeat(deep), mobile(6)),
    );
    share.put(
        "deep.json",
        format!(
            "{}\"手机 {}\"{}",
            "[".repeat(deep),
            mobile(7),
            "]".repeat(deep)
        ),
    );
    share.put(
        "open.json",
        format!("{}\"手机 {}\"", "{\"a\":".repeat(deep), mobile(7)),
    );
    let book = workbook(
        &format!(
            "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is>{}<t>x</t>",
            "<r>".repeat(deep)
        ),
        &[],
    );
    share.put("deep.xlsx", book);
    let run = scan(&share);
    let out = run.text();
    assert!(!out.contains("root:"), "no file outside is read");
    for name in ["laughs.xml", "deep.xml", "deep.json"] {
        let file = run.file(&format!("in/{name}"));
        let found = file["counts"]["cn.mobile"]["found"].as_u64().unwrap_or(0);
        assert!(found == 1 || file["state"] != "read", "{file}");
    }
    share.redact("out", &["--threads", "2"]);
}

#[test]
fn odd_texts() {
    let share = Share::new();
    let phone = mobile(8);
    let wide = {
        let mut text: String = (0..100_000).map(|n| format!("c{n},")).collect();
        text.push_str("手机号\n");
        for _ in 0..2 {
            text.push_str(&"1,".repeat(100_000));
            text.push_str(&phone);
            text.push('\n');
        }
        text
    };
    share
        .put("wide.csv", wide)
        .put(
            "nul.txt",
            [b"a\0\0b ".as_slice(), phone.as_bytes(), b" \0"].concat(),
        )
        .put("nuls.bin", vec![0u8; 300_000])
        .put("quote.csv", format!("a,b\n\"{}", "x,\n".repeat(100_000)))
        .put("quotes.csv", "\"".repeat(300_000))
        .put("commas.csv", ",".repeat(1_000_000))
        .put("lines.txt", "\n".repeat(1_000_000))
        .put("returns.txt", "\r".repeat(1_000_000))
        .put("digits.txt", "1".repeat(2_000_000))
        .put("dense.txt", phone.repeat(50_000))
        .put("labels.txt", "姓名：".repeat(100_000))
        .put("ats.txt", "a@".repeat(300_000))
        .put("colons.txt", "a:".repeat(300_000))
        .put(
            "bad-utf8.txt",
            [
                b"\xE6\x89\x8B\xE6\x9C\xBA ".as_slice(),
                phone.as_bytes(),
                b" \xFF\xFE\xC0\x80 \xE6\x89",
            ]
            .concat(),
        )
        .put(
            "bad-gbk.txt",
            [
                encoding_rs::GBK.encode("手机号码登记表").0.as_ref(),
                phone.as_bytes(),
                b"\xFF\xFF\x81",
            ]
            .concat(),
        )
        .put(
            "odd-utf16.txt",
            [b"\xFF\xFEa\0b\0\x00\xD8c\0".as_slice(), b"x"].concat(),
        )
        .put("bom.txt", b"\xEF\xBB\xBF")
        .put("bom16.txt", b"\xFF\xFE")
        .put("random.txt", noise(200_000, 11))
        .put("random.csv", noise(200_000, 12))
        .put("random.json", noise(200_000, 13))
        .put("random.xlsx", noise(200_000, 14));
    for name in [
        "e.txt", "e.csv", "e.json", "e.xml", "e.html", "e.xlsx", "e.zip", "e.pdf", "e.xls", "e",
    ] {
        share.put(name, "");
    }
    let run = scan(&share);
    let wide = run.file("in/wide.csv");
    let found = wide["counts"]["cn.mobile"]["found"].as_u64().unwrap_or(0);
    assert!(
        found == 2 || wide["state"] != "read",
        "{found} {}",
        wide["state"]
    );
    assert_ne!(state(&run, "in/random.xlsx").0, "read");
    let copies = share.redact("out", &["--threads", "2"]);
    assert!(copies.took < LONG, "{:?}", copies.took);
    assert!(
        copies.code == 0 || copies.code == 3,
        "{} {}\n{}",
        copies.code,
        copies.err,
        copies.text()
    );
}

/// The same random bytes every time.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut numbers = Numbers(seed);
    (0..len)
        .map(|_| u8::try_from(numbers.next(256)).unwrap())
        .collect()
}

#[test]
fn workbooks_that_claim_too_much() {
    let share = Share::new();
    let phone = mobile(9);
    let cell = |at: &str| {
        format!("<row r=\"1\"><c r=\"{at}\" t=\"inlineStr\"><is><t>手机 {phone}</t></is></c></row>")
    };
    share.put("far.xlsx", workbook(&cell("XFD1048576"), &[]));
    share.put("beyond.xlsx", workbook(&cell("ZZZZZ99999999999"), &[]));
    share.put("none.xlsx", workbook(&cell(""), &[]));
    share.put("string.xlsx", workbook("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>4294967295</v></c><c r=\"B1\" t=\"s\"><v>-1</v></c></row>", &[]));
    let huge = {
        let book = workbook(&cell("A1"), &[]);
        let mut parts = crate::share::unzip(&book);
        let sheet = parts.get_mut("xl/worksheets/sheet1.xml").unwrap();
        let text = String::from_utf8(sheet.clone()).unwrap();
        *sheet = text
            .replace(
                "<sheetData>",
                "<dimension ref=\"A1:XFD1048576\"/><sheetData>",
            )
            .into_bytes();
        let strings = parts.get_mut("xl/sharedStrings.xml").unwrap();
        let text = String::from_utf8(strings.clone()).unwrap();
        *strings = text
            .replace(
                "<sst ",
                "<sst count=\"4000000000\" uniqueCount=\"4000000000\" ",
            )
            .into_bytes();
        let parts: Vec<(&str, &[u8])> = parts
            .iter()
            .map(|(n, b)| (n.as_str(), b.as_slice()))
            .collect();
        zip_of(&parts)
    };
    share.put("huge.xlsx", huge);
    // Rows and cells in no order, and the same cell twice.
    share.put(
        "order.xlsx",
        workbook(
            &format!("<row r=\"9\"><c r=\"C9\"><v>1</v></c><c r=\"A9\"><v>{phone}</v></c></row><row r=\"2\"><c r=\"A2\"><v>{phone}</v></c></row><row r=\"2\"><c r=\"A2\"><v>{phone}</v></c></row>"),
            &[],
        ),
    );
    let run = scan(&share);
    for name in ["far.xlsx", "beyond.xlsx", "none.xlsx", "huge.xlsx"] {
        let file = run.file(&format!("in/{name}"));
        let found = file["counts"]["cn.mobile"]["found"].as_u64().unwrap_or(0);
        assert!(found >= 1 || file["state"] != "read", "{file}");
    }
    share.redact("out", &["--threads", "2"]);
    for (name, bytes) in share.tree("out") {
        if name.to_str().unwrap().ends_with(".xlsx") {
            let parts = crate::share::unzip(&bytes);
            assert!(
                parts
                    .values()
                    .all(|b| !crate::share::holds(b, phone.as_bytes())),
                "{name:?}"
            );
        }
    }
}

/// Content decides before the name, and a clash is told.
#[test]
fn names_that_lie() {
    let share = Share::new();
    let id = resident_id(10);
    for (name, bytes) in fixtures() {
        share.put(format!("{name}.txt"), &bytes);
        share.put(format!("{name}.pdf"), &bytes);
    }
    share.put("text.zip", format!("身份证号：{id}\n"));
    share.put("text.xlsx", format!("身份证号：{id}\n"));
    share.put("text.png", format!("身份证号：{id}\n"));
    share.put("csv.json", format!("姓名,身份证号\n王小明,{id}\n"));
    let run = scan(&share);
    for (name, format) in [
        ("客户名单.xlsx", "xlsx"),
        ("归档2025.zip", "zip"),
        ("对账单.pdf", "pdf"),
    ] {
        let file = run.file(&format!("in/{name}.txt"));
        assert_eq!(file["format"], format, "{name}");
        assert_eq!(file["clash"], "text", "{name}");
    }
    for name in ["text.zip", "text.xlsx", "text.png", "csv.json"] {
        let file = run.file(&format!("in/{name}"));
        let found = file["counts"]["cn.resident-id"]["found"]
            .as_u64()
            .unwrap_or(0);
        assert!(found == 1 || file["state"] != "read", "{file}");
    }
}

/// All of this within a fixed amount of memory.
#[test]
fn memory_is_bounded() {
    const LIMIT: u64 = 1 << 30;
    let share = Share::new();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("zeros.txt", zip::write::SimpleFileOptions::default())
        .unwrap();
    let block = vec![b'0'; 1 << 20];
    for _ in 0..300 {
        zip.write_all(&block).unwrap();
    }
    share.put("bomb.zip", zip.finish().unwrap().into_inner());
    // A workbook whose part is 200 MB of nothing.
    let rows = "<row><c><v>1</v></c></row>".repeat(2_000_000);
    share.put("cells.xlsx", workbook(&rows, &[]));
    share.put("line.txt", "没有换行".repeat(5_000_000));
    share.put("after.txt", format!("手机 {}\n", mobile(3)));
    let mut command = Command::new("sh");
    command.args([
        "-c",
        &format!("ulimit -v {} || exit 99; exec \"$@\"", LIMIT / 1024),
        "sh",
    ]);
    command.args([
        PROGRAM,
        "--lang",
        "en",
        "scan",
        "in",
        "--format",
        "jsonl",
        "--threads",
        "2",
        "--job",
        "j",
    ]);
    let run = share.finish(&mut command);
    if run.code == 99 || run.code == 127 {
        return skipped("no limit can be set on the address space");
    }
    assert_sound(&share, &run);
    assert_eq!(state(&run, "in/after.txt").0, "read");
    assert_eq!(state(&run, "in/line.txt").0, "read");
}
