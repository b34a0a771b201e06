//! `--password-file` and `inkout formats`.

use crate::{
    share::{PROGRAM, Share, holds, zip_of},
    synthetic::mobile,
};
use std::{
    fs,
    io::{Cursor, Write},
    os::unix::fs::PermissionsExt,
    process::Command,
};

/// A zip with one member under a password: AES as `WinZip` has it.
fn locked(text: &str, password: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .with_aes_encryption(zip::AesMode::Aes256, password);
    zip.start_file("客户.txt", options).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn passwords(share: &Share, text: &str) {
    fs::write(share.path("pw.txt"), text).unwrap();
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(share.path("pw.txt"), mode).unwrap();
}

#[test]
fn encrypted_members_are_read_with_the_passwords_of_a_file() {
    let share = Share::new();
    let phone = mobile(1);
    share
        .put("a.zip", locked(&format!("手机 {phone}\n"), "correct horse"))
        .put(
            "nested.zip",
            zip_of(&[("inner.zip", &locked(&format!("手机 {phone}\n"), "第二个"))]),
        )
        .put(
            "other.zip",
            locked(&format!("手机 {phone}\n"), "nobody knows"),
        );
    // None, and a wrong one: the ledger says so.
    for text in [None, Some("wrong\n")] {
        let run = match text {
            None => share.scan(&[]),
            Some(text) => {
                passwords(&share, text);
                share.scan(&["--password-file", "pw.txt"])
            }
        }
        .ends(3);
        assert_eq!(run.of("finding").len(), 0);
        assert_eq!(run.file("in/a.zip!客户.txt")["reason"], "encrypted");
    }
    passwords(&share, "wrong\ncorrect horse\r\n第二个\n");
    let job = share.new_job();
    let run = share
        .scan(&["--password-file", "pw.txt", "--job", &job])
        .ends(3);
    assert_eq!(run.file("in/a.zip!客户.txt")["state"], "read");
    assert_eq!(
        run.file("in/nested.zip!inner.zip!客户.txt")["state"],
        "read"
    );
    assert_eq!(run.file("in/other.zip!客户.txt")["reason"], "encrypted");
    let counts = &run.file("in/a.zip!客户.txt")["counts"];
    assert_eq!(counts["cn.mobile"]["found"], 1, "{counts}");

    // Passwords stand nowhere.
    for bytes in share.tree(&job).values() {
        for password in ["correct horse", "第二个"] {
            assert!(!holds(bytes, password.as_bytes()));
        }
    }
    assert!(!run.err.contains("horse") && !run.text().contains("horse"));

    // A copy would not be encrypted: there is none.
    share.redact("out", &["--password-file", "pw.txt"]).ends(3);
    for (source, line) in share.manifest("out") {
        assert_eq!(line["outcome"], "withheld", "{source}");
        assert_eq!(line["reason"], "encrypted", "{source}");
    }
}

#[test]
fn an_office_file_with_a_password_is_read_with_it() {
    let share = Share::new();
    let fixture = "fixtures/formats/protected/customers.xlsx";
    let book = fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture)).unwrap();
    share.put("客户.xlsx", book);
    let run = share.scan(&[]).ends(3);
    let file = run.file("in/客户.xlsx");
    assert_eq!(
        (&file["reason"], &file["clash"]),
        (&"encrypted".into(), &serde_json::Value::Null)
    );
    passwords(&share, "客户2026\n");
    let run = share.scan(&["--password-file", "pw.txt"]).ends(1);
    let inside = run.file("in/客户.xlsx!客户.xlsx");
    assert_eq!(
        (&inside["format"], &inside["state"]),
        (&"xlsx".into(), &"read".into())
    );
    assert_eq!(inside["counts"]["cn.mobile"]["found"], 1, "{inside}");
    share.redact("out", &["--password-file", "pw.txt"]).ends(3);
    assert_eq!(share.manifest("out")["in/客户.xlsx"]["outcome"], "withheld");
}

#[test]
fn password_files_are_looked_at() {
    let share = Share::new();
    share.put("a.txt", "x");
    let told = |why: &str| {
        let run = share.scan(&["--password-file", "pw.txt"]).ends(2);
        assert!(run.err.contains(why), "{}", run.err);
    };
    told("cannot read the password file");
    passwords(&share, "\n\r\n");
    told("holds no password");
    fs::write(share.path("pw.txt"), b"\xFF\xFE\xFF").unwrap();
    told("is not UTF-8 text");
    fs::write(share.path("pw.txt"), "secret word\n").unwrap();
    fs::set_permissions(share.path("pw.txt"), fs::Permissions::from_mode(0o644)).unwrap();
    let run = share.scan(&["--password-file", "pw.txt"]).ends(0);
    assert!(
        run.err.contains("chmod 600") && !run.err.contains("secret word"),
        "{}",
        run.err
    );
}

#[test]
fn formats_are_told_in_both_languages() {
    let told = |lang: &str, more: &[&str]| {
        let out = Command::new(PROGRAM)
            .args(["--lang", lang, "formats"])
            .args(more)
            .output()
            .unwrap();
        assert!(out.status.success());
        String::from_utf8(out.stdout).unwrap()
    };
    let (zh, en) = (told("zh", &[]), told("en", &[]));
    for (text, words) in [
        (
            &zh,
            [
                "看不到的内容",
                "GB 18030",
                "Excel 工作簿 (xlsx)",
                "无，扣留",
            ],
        ),
        (
            &en,
            [
                "not seen",
                "GB 18030",
                "Excel workbook (xlsx)",
                "no, withheld",
            ],
        ),
    ] {
        for word in words {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
    let json: serde_json::Value = serde_json::from_str(&told("en", &["--json"])).unwrap();
    let all = json.as_array().unwrap();
    let of = |id: &str| all.iter().find(|f| f["id"] == id).unwrap();
    assert_eq!(of("xlsx")["writes"], true);
    assert_eq!(of("doc")["writes"], false);
    assert!(all.len() > 35);
}
