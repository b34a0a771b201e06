//! `inkout scan`: every file accounted for, every value at its place, whatever the number of threads.

use crate::{
    share::{Share, handover, holds, skipped, string, strings, zip_of},
    synthetic::{bank_card, known, mobile, resident_id},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt, net::UnixListener},
    path::Path,
};

fn found_count(file: &Value, rule: &str) -> u64 {
    file["counts"][rule]["found"].as_u64().unwrap_or(0)
}

#[test]
fn every_file_of_the_share_is_accounted_for() {
    let share = Share::of_handover();
    let run = share.scan(&[]).ends(3);
    let files = run.files();
    let names: BTreeSet<String> = fs::read_dir(handover())
        .unwrap()
        .map(|e| format!("in/{}", e.unwrap().file_name().to_str().unwrap()))
        .collect();
    let of_files: BTreeSet<String> = files.keys().filter(|l| !l.contains('!')).cloned().collect();
    assert_eq!(of_files, names);
    for (name, format, encoding) in [
        ("客户名单.xlsx", "xlsx", None),
        ("转账流水_gbk.csv", "csv", Some("GB18030")),
        ("接口导出.json", "json", Some("UTF-8")),
        ("系统日志.log", "text", Some("UTF-8")),
        ("服务商.html", "html", Some("UTF-8")),
        ("归档2025.zip", "zip", None),
        ("归档2025.zip!2025/回访记录.txt", "text", Some("UTF-8")),
        ("归档2025.zip!2025/账户.csv", "csv", Some("GB18030")),
    ] {
        let file = &files[&format!("in/{name}")];
        assert_eq!(file["state"], "read", "{name}");
        assert_eq!(file["format"], format, "{name}");
        assert_eq!(file["encoding"].as_str(), encoding, "{name}");
    }
    let docx = &files["in/移交说明.docx"];
    assert_eq!(
        (&docx["state"], &docx["reason"]),
        (&"partly".into(), &"image".into())
    );
    let summary = run.summary();
    assert_eq!(strings(&summary["conditions"]), ["findings", "incomplete"]);
    assert_eq!(summary["exit"], 3);
    assert_eq!(summary["files"], 9);
    assert_eq!(summary["members"], 3);
    let bytes: u64 = fs::read_dir(handover())
        .unwrap()
        .map(|e| e.unwrap().metadata().unwrap().len())
        .sum();
    assert_eq!(summary["bytes"], bytes);
    let states: u64 = summary["states"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!(states, 9);
}

#[test]
fn what_other_readers_see_in_the_share_is_found() {
    let share = Share::of_handover();
    let run = share.scan(&["--show-values"]).ends(3);
    let found: BTreeSet<String> = run
        .of("finding")
        .iter()
        .map(|f| string(&f["value"]).to_owned())
        .collect();
    let known = known();
    let missed: Vec<&String> = known
        .values
        .iter()
        .chain(&known.names)
        .filter(|v| !found.contains(*v))
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    let sheet = run.file("in/客户名单.xlsx");
    // 60 in their column, 5 on the hidden sheet, one in a comment, one in the footer.
    assert!(found_count(&sheet, "cn.mobile") >= 67);
    assert_eq!(found_count(&sheet, "cn.resident-id"), 60);
    let clean = run.file("in/说明.txt");
    assert_eq!(clean["counts"], serde_json::json!({}));
}

#[test]
fn the_exit_code_is_as_asked_for() {
    let share = Share::new();
    share.put("a.txt", format!("手机 {}\n", mobile(1)));
    let conditions = |args: &[&str], code| {
        let run = share.scan(args).ends(code);
        let summary = run.summary();
        assert_eq!(summary["exit"], code);
        strings(&summary["conditions"]).join(" ")
    };
    assert_eq!(conditions(&[], 1), "findings");
    assert_eq!(conditions(&["--fail-on", "never"], 0), "");
    assert_eq!(conditions(&["--fail-on", "cn.mobile"], 1), "findings");
    assert_eq!(conditions(&["--fail-on", "cn.resident-id"], 0), "");
    assert_eq!(conditions(&["--fail-on", "C2"], 1), "findings");
    assert_eq!(conditions(&["--fail-on", "C3"], 0), "");
    share
        .scan(&["--fail-on", "nothing.known"])
        .ends_with_usage();
    share.scan(&["in/absent"]).ends_with_usage();
    share.scan(&["--include", "a{"]).ends_with_usage();
    share.scan(&["--min-confidence", "101"]).ends_with_usage();

    fs::remove_file(share.path("in/a.txt")).unwrap();
    share.put("clean.txt", "没有什么\n");
    assert_eq!(conditions(&[], 0), "");
    share.put("broken.zip", b"PK\x03\x04 and no more");
    assert_eq!(conditions(&["--fail-on", "never"], 3), "incomplete");
}

impl crate::share::Run {
    #[track_caller]
    fn ends_with_usage(self) {
        let run = self.ends(2);
        assert!(run.out.is_empty());
        assert!(!run.err.is_empty());
    }
}

#[test]
fn least_confidence_is_kept() {
    let share = Share::of_handover();
    let all = share.scan(&["--min-confidence", "1"]).of("finding");
    let sure = share.scan(&["--min-confidence", "90"]).of("finding");
    assert!(sure.len() < all.len());
    assert!(sure.iter().all(|f| f["confidence"].as_u64().unwrap() >= 90));
    assert!(all.iter().any(|f| f["confidence"].as_u64().unwrap() < 50));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let share = Share::of_handover();
    for n in 0..300u32 {
        let folder = n % 7;
        share.put(
            format!("many/{folder}/{n}.txt"),
            format!("{n}: {} 手机 {}\n", resident_id(n), mobile(n)),
        );
    }
    share.put("big.csv", big_table(40_000));
    // The same job each time, for the key that the identities are made with.
    let outputs: Vec<Vec<u8>> = ["1", "2", "16"]
        .iter()
        .map(|n| share.scan(&["--threads", n, "--job", "job"]).ends(3).out)
        .collect();
    assert!(holds(&outputs[0], b"big.csv"));
    assert!(outputs[0] == outputs[1], "1 and 2 threads differ");
    assert!(outputs[0] == outputs[2], "1 and 16 threads differ");
}

/// Some 5 MB, with one quoted line break in each row.
fn big_table(rows: u32) -> String {
    let mut text = String::from("编号,手机号,备注\n");
    for n in 0..rows {
        text.push_str(&format!(
            "{n},{},\"第一行，{}\n第二行 {}\"\n",
            if n % 500 == 0 {
                mobile(n)
            } else {
                String::new()
            },
            "内容".repeat(12),
            "x".repeat(10)
        ));
    }
    text
}

#[test]
fn encodings_are_told_by_content() {
    let id = resident_id(5);
    let text = format!(
        "客户资料\r\n姓名：王小明\r\n身份证号码：{id}\r\n手机：{}\r\n",
        mobile(5)
    );
    let traditional = format!(
        "客戶資料\n姓名：王小明\n聯絡電話及電郵：zhang.san@example.com\n身份證號碼 {id} 請妥善保管這些資料\n"
    );
    let utf16 = |little: bool, bom: bool| -> Vec<u8> {
        bom.then_some(0xFEFF)
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(|u| {
                if little {
                    u.to_le_bytes()
                } else {
                    u.to_be_bytes()
                }
            })
            .collect()
    };
    let share = Share::new();
    share
        .put("utf8.txt", &text)
        .put("utf8bom.txt", format!("\u{feff}{text}"))
        .put("gbk.txt", encoding_rs::GBK.encode(&text).0)
        .put(
            "gb18030.txt",
            encoding_rs::GB18030
                .encode(&format!("{text}𠮷𡈽镕喆\r\n"))
                .0,
        )
        .put("big5.txt", encoding_rs::BIG5.encode(&traditional).0)
        .put("le.txt", utf16(true, false))
        .put("le_bom.txt", utf16(true, true))
        .put("be.txt", utf16(false, false))
        .put("be_bom.txt", utf16(false, true));
    let run = share.scan(&["--show-values"]).ends(1);
    for (name, encoding) in [
        ("utf8.txt", "UTF-8"),
        ("utf8bom.txt", "UTF-8"),
        ("gbk.txt", "GB18030"),
        ("gb18030.txt", "GB18030"),
        ("big5.txt", "Big5"),
        ("le.txt", "UTF-16LE"),
        ("le_bom.txt", "UTF-16LE"),
        ("be.txt", "UTF-16BE"),
        ("be_bom.txt", "UTF-16BE"),
    ] {
        let at = format!("in/{name}");
        let file = run.file(&at);
        assert_eq!(file["state"], "read", "{name}");
        assert!(
            string(&file["encoding"]).starts_with(encoding),
            "{name}: {}",
            file["encoding"]
        );
        let found = run.found(&at);
        let line = if name == "big5.txt" { "L4" } else { "L3" };
        assert!(
            found.contains(&("cn.resident-id".into(), line.into(), id.clone())),
            "{name}: {found:?}"
        );
    }
}

/// Where the bytes of a file are the text itself, `start..end` are the bytes of the value.
#[test]
fn places_are_right() {
    let share = Share::of_handover();
    let gbk = encoding_rs::GBK
        .encode(&format!(
            "甲\r\n证件 {}，电话{}。\r\n\r\n尾 {}",
            resident_id(7),
            mobile(7),
            bank_card(7)
        ))
        .0
        .into_owned();
    share
        .put("更多/混合.txt", gbk)
        .put(
            "更多/无尾.log",
            format!("\u{feff}a\nb {} c\n\nd {}", mobile(8), resident_id(8)),
        )
        .put(
            "更多/t.tsv",
            format!("a\t手机\n1\t{}\n2\t{}\n", mobile(9), mobile(10)),
        );
    let run = share.scan(&["--show-values"]);
    let mut seen = 0;
    for finding in run.of("finding") {
        let Some(start) = finding["start"].as_u64() else {
            continue;
        };
        let (start, end) = (start as usize, finding["end"].as_u64().unwrap() as usize);
        let path = string(&finding["path"]);
        let member = string(&finding["locator"])
            .split_once('!')
            .map(|(_, m)| m.split('#').next().unwrap());
        let bytes = match member {
            None => share.get(path),
            Some(member) => crate::share::unzip(&share.get(path))
                .remove(member)
                .unwrap(),
        };
        let raw = &bytes[start..end];
        let value = string(&finding["value"]);
        let (gbk, ..) = encoding_rs::GB18030.encode(value);
        assert!(raw == value.as_bytes() || raw == &*gbk, "{finding}");
        if let Some(line) = finding["line"].as_u64() {
            let before = &bytes[..start];
            let lines = before.iter().filter(|&&b| b == b'\n').count() as u64;
            assert_eq!(line, lines + 1, "{finding}");
            let from = before
                .iter()
                .rposition(|&b| b == b'\n')
                .map_or(0, |i| i + 1);
            let head = before[from..]
                .strip_prefix("\u{feff}".as_bytes())
                .unwrap_or(&before[from..]);
            let head = std::str::from_utf8(head).map_or_else(
                |_| encoding_rs::GB18030.decode(head).0.into_owned(),
                str::to_owned,
            );
            assert_eq!(
                finding["column"].as_u64(),
                Some(head.chars().count() as u64 + 1),
                "{finding}"
            );
        }
        seen += 1;
    }
    assert!(seen > 250, "{seen}");
    for name in ["混合.txt", "无尾.log", "t.tsv"] {
        assert!(run.found(&format!("in/更多/{name}")).len() >= 2, "{name}");
    }
}

#[test]
fn all_kinds_of_entries_are_listed() {
    let share = Share::new();
    let phone = format!("手机 {}\n", mobile(2));
    share
        .put(".hidden", &phone)
        .put(".config/.deep/.more", &phone)
        .put(".gitignore", "*\n")
        .put("node_modules/a.js", &phone)
        .put("empty.txt", "")
        .put("without", &phone);
    fs::create_dir(share.path("in/empty folder")).unwrap();
    fs::write(share.path("outside.txt"), &phone).unwrap();
    std::os::unix::fs::symlink("../outside.txt", share.path("in/link")).unwrap();
    std::os::unix::fs::symlink("..", share.path("in/up")).unwrap();
    std::os::unix::fs::symlink("nowhere", share.path("in/dangling")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        share.path("in/fifo"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let _socket = UnixListener::bind(share.path("in/socket")).unwrap();
    let run = share.scan(&[]).ends(3);
    let files = run.files();
    for name in [
        ".hidden",
        ".config/.deep/.more",
        "node_modules/a.js",
        "without",
    ] {
        assert_eq!(
            found_count(&files[&format!("in/{name}")], "cn.mobile"),
            1,
            "{name}"
        );
    }
    for (name, reason) in [
        ("link", "link"),
        ("up", "link"),
        ("dangling", "link"),
        ("fifo", "special"),
        ("socket", "special"),
    ] {
        let file = &files[&format!("in/{name}")];
        assert_eq!(file["state"], "unread", "{name}");
        assert_eq!(file["reason"], reason, "{name}");
    }
    assert_eq!(files["in/empty.txt"]["state"], "read");
    assert_eq!(files.len(), 11);
    assert!(!run.text().contains("outside.txt"));
    let summary = run.summary();
    assert_eq!(summary["gaps"]["special"], 2);
    assert_eq!(summary["states"]["left-out"], 3);
}

#[test]
fn a_link_given_as_a_root_is_not_followed_in_silence() {
    let share = Share::new();
    share.put("a.txt", format!("手机 {}\n", mobile(2)));
    std::os::unix::fs::symlink("in", share.path("in_link")).unwrap();
    let run = share.scan(&["in_link"]);
    let listed = run.of("file");
    assert!(
        !listed.is_empty(),
        "a root is in the ledger: {}",
        run.text()
    );
}

#[test]
fn an_unreadable_folder_is_a_gap() {
    let share = Share::new();
    share
        .put("shut/a.txt", "x")
        .put("shut.txt", "x")
        .put("open.txt", "x");
    let rights = |name: &str, mode| {
        fs::set_permissions(
            share.path("in").join(name),
            fs::Permissions::from_mode(mode),
        )
        .unwrap();
    };
    rights("shut", 0o000);
    rights("shut.txt", 0o000);
    if fs::read_dir(share.path("in/shut")).is_ok() {
        rights("shut", 0o700);
        return skipped("this user may read everything");
    }
    let run = share.scan(&[]).ends(3);
    rights("shut", 0o700);
    let files = run.files();
    assert_eq!(files["in/shut"]["reason"], "unreadable");
    assert_eq!(files["in/shut.txt"]["reason"], "unreadable");
    assert_eq!(files["in/open.txt"]["state"], "read");
}

#[test]
fn names_that_are_not_utf8_are_read_and_told_apart() {
    let share = Share::new();
    let name = |bytes: &[u8]| Path::new(std::ffi::OsStr::from_bytes(bytes)).to_owned();
    let gbk = encoding_rs::GBK.encode("客户.txt").0.into_owned();
    share
        .put(name(&gbk), format!("手机 {}\n", mobile(1)))
        .put(name(b"a\xff.txt"), format!("手机 {}\n", mobile(2)))
        .put(name(b"a\xfe.txt"), format!("手机 {}\n", mobile(3)))
        .put(
            name(b"line\nbreak \x1b[31m.txt"),
            format!("手机 {}\n", mobile(4)),
        )
        .put(name(b"50%25!#.txt"), format!("手机 {}\n", mobile(5)));
    let run = share.scan(&[]).ends(1);
    let files = run.files();
    assert_eq!(files.len(), 5);
    for file in files.values() {
        assert_eq!(found_count(file, "cn.mobile"), 1, "{file}");
    }
    for locator in [
        "in/a%FF.txt",
        "in/a%FE.txt",
        "in/line%0Abreak %1B[31m.txt",
        "in/50%2525%21%23.txt",
    ] {
        assert!(files.contains_key(locator), "{locator} {:?}", files.keys());
    }
    let summary = share.run(&["scan", "in", "--job", "other"]).ends(1);
    assert!(!summary.text().contains('\u{1b}'));
}

#[test]
fn archives_in_archives_are_read() {
    let phone = format!("手机 {}\n", mobile(3));
    let table = encoding_rs::GBK
        .encode(&format!("姓名,手机号\n王小明,{}\n", mobile(4)))
        .0
        .into_owned();
    let inner = zip_of(&[("里/客户.csv", &table), ("b.txt", phone.as_bytes())]);
    let middle = zip_of(&[("inner.zip", &inner), ("c.txt", phone.as_bytes())]);
    let share = Share::new();
    share.put(
        "outer.zip",
        zip_of(&[("dir/middle.zip", &middle), ("d.txt", phone.as_bytes())]),
    );
    // A name that lies: content decides.
    share.put("really-a.zip.txt", zip_of(&[("e.txt", phone.as_bytes())]));
    let run = share.scan(&["--show-values"]).ends(1);
    let value = mobile(3);
    for at in [
        "in/outer.zip!d.txt",
        "in/outer.zip!dir/middle.zip!c.txt",
        "in/outer.zip!dir/middle.zip!inner.zip!b.txt",
        "in/really-a.zip.txt!e.txt",
    ] {
        assert_eq!(
            run.found(at),
            [("cn.mobile".into(), "L1".into(), value.clone())],
            "{at}"
        );
    }
    let found = run.found("in/outer.zip!dir/middle.zip!inner.zip!里/客户.csv");
    assert!(
        found.contains(&("cn.mobile".into(), "R2C2".into(), mobile(4))),
        "{found:?}"
    );
    assert_eq!(run.file("in/really-a.zip.txt")["clash"], "text");
    assert_eq!(run.summary()["files"], 2);
    assert_eq!(run.summary()["members"], 7);
}

#[test]
fn a_root_given_twice_is_read_once() {
    let share = Share::new();
    share
        .put("a.txt", format!("手机 {}\n", mobile(1)))
        .put("sub/b.txt", format!("手机 {}\n", mobile(2)));
    let once = share.scan(&["in", "--threads", "2"]).ends(1);
    for roots in [
        &["in", "in"][..],
        &["in", "in/sub"],
        &["in", "in/a.txt"],
        &["in/a.txt", "in"],
        &["in", "in/../in"],
    ] {
        let twice = share.scan(roots).ends(1);
        assert_eq!(twice.files().len(), 2, "{roots:?}: {}", twice.text());
        assert_eq!(twice.summary()["files"], 2);
        assert_eq!(
            twice.summary()["findings"]["cn.mobile"]["found"],
            once.summary()["findings"]["cn.mobile"]["found"],
            "{roots:?}: {}",
            twice.text()
        );
    }
}

#[test]
fn the_job_folder_is_not_part_of_what_is_scanned() {
    let share = Share::new();
    share.put("a.txt", format!("手机 {}\n", mobile(1)));
    for _ in 0..2 {
        let run = share.scan(&["--job", "in/sub/job"]).ends(1);
        assert!(share.path("in/sub/job/inventory.db").exists());
        assert!(!run.text().contains("inventory.db"));
        assert!(!run.text().contains("job/key"));
        let read: Vec<_> = run
            .files()
            .into_iter()
            .filter(|(_, f)| f["reason"] != "excluded")
            .map(|(l, _)| l)
            .collect();
        assert_eq!(read, ["in/a.txt"]);
    }
    fs::remove_dir_all(share.path("in/sub")).unwrap();
    // The default folder is said.
    let run = share.run(&["scan", "in"]).ends(1);
    assert!(share.path("inkout-job/inventory.db").exists());
    assert!(run.text().contains("inkout-job"));
}

#[test]
fn globs_choose_what_is_read() {
    let share = Share::new();
    for name in ["a.txt", "b.log", "sub/c.txt", "sub/d.log", "sub/deep/e.txt"] {
        share.put(name, format!("手机 {}\n", mobile(1)));
    }
    let read = |args: &[&str]| -> Vec<String> {
        let run = share.scan(args);
        assert!(run.code == 1 || run.code == 0, "{}", run.err);
        run.files()
            .into_iter()
            .filter(|(_, f)| f["state"] == "read")
            .map(|(l, _)| l)
            .collect()
    };
    assert_eq!(
        read(&["--include", "**/*.txt"]),
        ["in/a.txt", "in/sub/c.txt", "in/sub/deep/e.txt"]
    );
    assert_eq!(
        read(&["--exclude", "**/*.txt"]),
        ["in/b.log", "in/sub/d.log"]
    );
    assert_eq!(read(&["--exclude", "sub/**"]), ["in/a.txt", "in/b.log"]);
    assert_eq!(
        read(&["--include", "sub/**", "--exclude", "**/*.log"]),
        ["in/sub/c.txt", "in/sub/deep/e.txt"]
    );
    let run = share.scan(&["--exclude", "**/*.log"]).ends(1);
    // What is left out is told, by folder, and does not make the run incomplete.
    let told: Vec<String> = run
        .of("gap")
        .iter()
        .map(|g| {
            assert_eq!(g["reason"], "excluded");
            format!("{}: {}", string(&g["locator"]), string(&g["note"]))
        })
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("in: 1 ") && told[1].starts_with("in/sub: 1 "),
        "{told:?}"
    );
    assert_eq!(strings(&run.summary()["conditions"]), ["findings"]);
    assert_eq!(run.summary()["states"]["left-out"], 2);
}

/// Without `--show-values` no raw value leaves: not to the terminal, not to the job's folder.
#[test]
fn no_value_leaves_unasked() {
    let share = Share::of_handover();
    let id = resident_id(11);
    share
        .put(format!("客户{id}.txt"), format!("手机 {}\n", mobile(11)))
        .put(
            "broken.json",
            format!("{{\"手机\": \"{}\", \"x\": ", mobile(12)),
        )
        .put(
            "名.zip",
            zip_of(&[
                (&format!("{}/{}.txt", mobile(13), mobile(14)), b"x"),
                ("broken.xlsx", b"PK\x03\x04"),
            ]),
        );
    let mut secrets = known().values;
    secrets.extend([id, mobile(11), mobile(12), mobile(13), mobile(14)]);
    for (format, name) in [("jsonl", "j"), ("csv", "c"), ("summary", "s")] {
        let run = share.run(&[
            "scan",
            "in",
            "--format",
            format,
            "--job",
            name,
            "--all-findings",
        ]);
        assert_eq!(run.code, 3);
        // Paths in clear stay in the inventory, which is the owner's alone; values never.
        for value in &secrets {
            assert!(
                !holds(&run.out, value.as_bytes()),
                "{format}: {value} on standard output"
            );
            assert!(
                !run.err.contains(value),
                "{format}: {value} on standard error"
            );
        }
        let in_names = [&resident_id(11), &mobile(13), &mobile(14)];
        for (file, bytes) in share.tree(name) {
            let wide = |v: &str| {
                v.encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect::<Vec<_>>()
            };
            for value in secrets.iter().filter(|v| !in_names.contains(v)) {
                assert!(
                    !holds(&bytes, value.as_bytes()),
                    "{format}: {value} in {file:?}"
                );
                assert!(
                    !holds(&bytes, &wide(value)),
                    "{format}: {value} in {file:?}"
                );
            }
        }
    }
    let shown = share.scan(&["--show-values"]).ends(3);
    assert!(shown.of("finding").iter().all(|f| f["value"].is_string()));
    assert!(
        shown
            .text()
            .contains(&format!("in/客户{}.txt", resident_id(11)))
    );
}

#[test]
fn the_csv_output_has_every_finding() {
    let share = Share::of_handover();
    let run = share
        .run(&["scan", "in", "--format", "csv", "--job", "c"])
        .ends(3);
    let mut reader = csv::Reader::from_reader(run.text().trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records().map(Result::unwrap).count();
    assert_eq!(rows, share.scan(&[]).of("finding").len());
}

#[test]
fn the_summary_for_people_names_what_was_not_read() {
    let share = Share::of_handover();
    let run = share.run(&["scan", "in", "--job", "j"]).ends(3);
    let text = run.text();
    for part in [
        "移交说明.docx",
        "客户名单.xlsx",
        "Pictures: their text is not read",
        "exit code 3",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let mut command = std::process::Command::new(crate::share::PROGRAM);
    let chinese = share.finish(command.args(["--lang", "zh", "scan", "in", "--job", "j"]));
    assert!(chinese.text().contains("居民身份证") && !chinese.text().contains("What was"));
    let quiet = share.run(&["-q", "scan", "in", "--job", "j"]).ends(3);
    assert!(quiet.out.is_empty() && quiet.err.is_empty());
}

#[test]
fn samples_are_few_unless_all_are_asked_for() {
    let share = Share::of_handover();
    let counted = |run: &crate::share::Run| -> u64 {
        run.summary()["findings"]
            .as_object()
            .unwrap()
            .values()
            .map(|t| t["found"].as_u64().unwrap())
            .sum()
    };
    let all = share.scan(&["--all-findings"]).ends(3);
    assert_eq!(all.of("finding").len() as u64, counted(&all));
    assert_eq!(all.summary()["all_findings"], true);
    let few = share.scan(&["--samples", "2"]).ends(3);
    assert_eq!(counted(&few), counted(&all));
    if few.summary()["all_findings"] == false {
        assert!(few.of("finding").len() < all.of("finding").len());
    } else {
        assert_eq!(few.of("finding").len(), all.of("finding").len());
    }
}
