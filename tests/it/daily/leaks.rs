//! Planted values, in contents and in every kind of name, are nowhere in what the program tells or keeps.

use crate::{
    share::{PROGRAM, Share, unzip, zip_of},
    synthetic::resident_id,
};
use aho_corasick::AhoCorasick;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    process::{Command, Stdio},
    time::Duration,
};

/// Values by where they were planted, each planted once.
struct Planted {
    next: u32,
    all: Vec<String>,
    /// In names of files, folders, members and sheets: these the inventory has raw, to find them again.
    named: BTreeSet<String>,
    seen: BTreeSet<String>,
}

impl Planted {
    fn new() -> Self {
        Self {
            next: 0,
            all: Vec::new(),
            named: BTreeSet::new(),
            seen: BTreeSet::new(),
        }
    }

    fn value(&mut self) -> String {
        loop {
            let value = resident_id(self.next);
            self.next += 1;
            if self.seen.insert(value.clone()) {
                self.all.push(value.clone());
                return value;
            }
        }
    }

    fn name(&mut self) -> String {
        let value = self.value();
        self.named.insert(value.clone());
        value
    }
}

/// A workbook with these sheets, each with a header and one cell.
fn workbook(sheets: &[(String, String, String)]) -> Vec<u8> {
    let mut book = String::new();
    let mut links = String::new();
    let mut parts: Vec<(String, String)> = Vec::new();
    for (n, (name, header, value)) in (1..).zip(sheets) {
        book.push_str(&format!(
            "<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"r{n}\"/>"
        ));
        links.push_str(&format!(
            "<Relationship Id=\"r{n}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
        ));
        let cell = |at: &str, text: &str| {
            format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        };
        parts.push((
            format!("xl/worksheets/sheet{n}.xml"),
            format!(
                "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\">{}</row><row r=\"2\">{}</row></sheetData></worksheet>",
                cell("A1", header),
                cell("A2", value)
            ),
        ));
    }
    parts.push(("[Content_Types].xml".into(), "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>".into()));
    parts.push(("_rels/.rels".into(), "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>".into()));
    parts.push(("xl/_rels/workbook.xml.rels".into(), format!("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{links}</Relationships>")));
    parts.push(("xl/workbook.xml".into(), format!("<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>{book}</sheets></workbook>")));
    let members: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_bytes()))
        .collect();
    zip_of(&members)
}

/// A page with nothing on it and these properties.
fn pdf(title: &str, author: &str, subject: &str) -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>".to_owned(),
        format!("<< /Title ({title}) /Author ({author}) /Subject ({subject}) >>"),
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (n, object) in (1..).zip(&objects) {
        places.push(out.len());
        out.extend(format!("{n} 0 obj\n{object}\nendobj\n").bytes());
    }
    let start = out.len();
    out.extend(b"xref\n0 5\n0000000000 65535 f \n");
    for at in places {
        out.extend(format!("{at:010} 00000 n \n").bytes());
    }
    out.extend(
        format!("trailer\n<< /Size 5 /Root 1 0 R /Info 4 0 R >>\nstartxref\n{start}\n%%EOF\n")
            .bytes(),
    );
    out
}

/// Plants `n` values of each of nine kinds.
fn plant(share: &Share, planted: &mut Planted, n: u32) {
    for i in 0..n.div_ceil(20) {
        let rows: String = (0..20)
            .map(|_| format!("x,身份证号 {}\n", planted.value()))
            .collect();
        share.put(format!("text/{i}.txt"), rows);
        let headers: Vec<String> = (0..20).map(|_| planted.value()).collect();
        let cells = ["1"; 20].join(",");
        share.put(
            format!("tables/{i}.csv"),
            format!("{}\n{cells}\n{cells}\n", headers.join(",")),
        );
        let members: Vec<(String, String)> = (0..20)
            .map(|_| (format!("里/{}.txt", planted.name()), "nothing\n".into()))
            .collect();
        let members: Vec<(&str, &[u8])> = members
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_bytes()))
            .collect();
        share.put(format!("packed/{i}.zip"), zip_of(&members));
        let sheets: Vec<_> = (0..20)
            .map(|_| (planted.name(), planted.value(), planted.value()))
            .collect();
        share.put(format!("books/{i}.xlsx"), workbook(&sheets));
    }
    for i in 0..n {
        // In the name of the file, of its folder, and in one that is not UTF-8.
        let name = match i % 3 {
            0 => format!("named/客户{}.txt", planted.name()).into_bytes(),
            1 => format!("named/{}/a.txt", planted.name()).into_bytes(),
            _ => [
                b"named/\xbf\xcd\xbb\xa7".as_slice(),
                planted.name().as_bytes(),
                b".txt",
            ]
            .concat(),
        };
        let name: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(name);
        share.put(name, "nothing\n");
        share.put(
            format!("mail/{i}.eml"),
            format!(
                "From: a@example.com\r\nTo: b@example.com\r\nSubject: ID {}\r\nContent-Type: text/plain; charset=utf-8; name=\"{}.txt\"\r\n\r\nnothing\r\n",
                planted.value(),
                planted.name()
            ),
        );
        share.put(
            format!("pages/{i}.pdf"),
            pdf(&planted.value(), &planted.value(), &planted.value()),
        );
    }
    // Passwords: one of them opens nothing, none may be told.
    let words: String = (0..n).map(|_| planted.value() + "\n").collect();
    fs::write(share.path("passwords"), words).unwrap();
}

/// Everything that was told or kept: by name, with what is packed unpacked.
#[derive(Default)]
struct Kept(BTreeMap<String, Vec<u8>>);

impl Kept {
    fn add(&mut self, name: &str, bytes: Vec<u8>) {
        if bytes.starts_with(b"PK\x03\x04") {
            for (part, bytes) in unzip(&bytes) {
                self.0.insert(format!("{name}!{part}"), bytes);
            }
        }
        let of = self.0.entry(name.to_owned()).or_default();
        of.extend(bytes);
    }

    /// Texts in the pages of the database, put together where they run over pages.
    fn add_database(&mut self, name: &str, path: &std::path::Path) {
        let db = rusqlite::Connection::open(path).unwrap();
        let tables: Vec<String> = db
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .unwrap()
            .query_map([], |r| r.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let mut all = Vec::new();
        for table in tables {
            let mut rows = db.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
            let width = rows.column_count();
            let mut rows = rows.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                for n in 0..width {
                    use rusqlite::types::ValueRef;
                    match row.get_ref(n).unwrap() {
                        ValueRef::Text(t) | ValueRef::Blob(t) => all.extend_from_slice(t),
                        ValueRef::Integer(i) => all.extend(i.to_string().bytes()),
                        _ => {}
                    }
                    all.push(b'\n');
                }
            }
        }
        self.add(&format!("{name} cells"), all);
    }
}

/// Runs everything that tells or keeps something.
#[expect(clippy::too_many_lines, reason = "a list of runs")]
fn tell_all(share: &Share, planted: &Planted) -> Kept {
    let mut kept = Kept::default();
    let mut run = |name: &str, args: &[&str]| {
        let done = share.run(args);
        kept.add(name, [done.out, done.err.into_bytes()].concat());
        done.code
    };
    let scan = |job, more: &[&'static str]| {
        let mut all = vec!["scan", "in", "--job", job, "--password-file", "passwords"];
        all.extend(more);
        all
    };
    let all = [
        "--all-findings",
        "--metrics",
        "m.prom",
        "--log-format",
        "json",
    ];
    assert_eq!(run("json log", &scan("job", &all)), 1);
    for more in [
        &["--explain"][..],
        &["--format", "jsonl"],
        &["--format", "csv"],
        &["--all-findings", "--restart", "-v"],
    ] {
        assert_eq!(run("scan", &scan("other", more)), 1);
    }
    assert_eq!(
        run(
            "zh",
            &[&["--lang", "zh"][..], &scan("zh", &["-v"])].concat()
        ),
        1
    );
    // What changed is told to a command.
    fs::remove_dir_all(share.path("in/named")).unwrap();
    fs::rename(share.path("in/text"), share.path("in/moved")).unwrap();
    share.put("new.txt", "身份证号 110105199003070711\n");
    let notify = [&all[..], &["--notify", "cat > told"]].concat();
    assert_eq!(run("second", &scan("job", &notify)), 1);
    let base = "baseline create b.json --job job --reason x --owner y --expires 2099-01-01";
    assert_eq!(run("baseline", &base.split(' ').collect::<Vec<_>>()), 0);
    run("baseline", &["baseline", "audit", "b.json"]);
    run(
        "due",
        &["due", "job", "b.json", "--json", "--within", "99999"],
    );
    for format in ["text", "json", "html"] {
        run("diff", &["diff", "job", "--format", format]);
    }
    run("diff", &["diff", "--list", "job"]);
    run("config", &["config"]);
    for lang in ["zh", "en"] {
        for format in [
            "html",
            "xlsx",
            "csv",
            "csv-findings",
            "jsonl",
            "sarif",
            "junit",
            "gitlab",
            "markdown",
        ] {
            let out = format!("report.{lang}.{format}");
            let args = [
                "--lang", lang, "report", "--job", "other", "--format", format, "--out", &out,
            ];
            assert_eq!(run("report", &args), 0, "{format}");
        }
    }
    run(
        "redact",
        &[
            "redact",
            "in",
            "--out",
            "copies",
            "--password-file",
            "passwords",
        ],
    );
    run(
        "redact",
        &["--lang", "zh", "redact", "in/mail", "--out", "copies2"],
    );
    // Paths that are not there, or not what they should be.
    let odd = planted.all[0].as_str();
    fs::write(share.path("list"), format!("in/{odd}.txt\n")).unwrap();
    fs::write(share.path(odd), "no such thing\n").unwrap();
    let no_dir = format!("none/{odd}");
    let glob = format!("a{{{odd}");
    for args in [
        &["scan", "--files-from", "list", "--job", "j"][..],
        &[
            "scan",
            "--files-from",
            "list",
            "--job",
            "j",
            "--log-format",
            "json",
        ],
        &["scan", "--files-from", &no_dir],
        &["scan", "--changed-since", odd, "--job", "j"],
        &["scan", &no_dir, "--changed-since", "HEAD", "--job", "j"],
        &["scan", &no_dir],
        &["scan", "in/new.txt", "--job", odd],
        &["scan", "in/new.txt", "--job", "j", "--rules", odd],
        &["scan", "in/new.txt", "--job", "j", "--rules", &no_dir],
        &[
            "scan",
            "in/new.txt",
            "--job",
            "j",
            "--password-file",
            &no_dir,
        ],
        &["scan", "in/new.txt", "--job", "j", "--decisions", odd],
        &["scan", "in/new.txt", "--job", "j", "--baseline", odd],
        &["scan", "in/new.txt", "--job", "j", "--metrics", &no_dir],
        &["scan", "in/new.txt", "--job", "j", "--include", &glob],
        &["scan", "in/new.txt", "--job", "j", "--budget", odd],
        &["scan", "in/new.txt", "--job", "j", "--window", odd],
        &["--config", odd, "config"],
        &["--config", &no_dir, "config"],
        &["report", "--job", odd],
        &["report", "--job", "other", "--out", &no_dir],
        &["diff", odd],
        &["diff", odd, "job"],
        &["due", odd],
        &["baseline", "audit", odd],
        &["redact", "in/new.txt", "--out", odd],
        &["redact", odd, "--out", "copies3"],
        &["probe", &no_dir],
        &["text", &no_dir],
        &["risk", "k-anon", &no_dir, "--qi", "A"],
        &["risk", "k-anon", odd, "--qi", odd],
        &["rules", "check", odd],
        &["rules", "show", odd],
        &["keys", "show", odd],
        &[
            "keys", "trust", odd, "--name", "x", "--role", "it", "--job", "j",
        ],
        &["audit", "verify", "--job", odd],
        &["approve", odd, "--key", odd, "--role", "it", "--job", "j"],
        &["receive", "verify", odd],
        &["receive", "verify", &no_dir],
        &["receive", "accept", odd, "--job", "j"],
        &["seal", "verify", odd],
        &["purge", odd, "--run", "r", "--key", odd, "--yes"],
        &["undo", odd, "--yes"],
        &["pseudo", "reverse", odd],
        &["no-such-verb", odd],
    ] {
        for lang in ["en", "zh"] {
            let all: Vec<&str> = [&["--lang", lang][..], args].concat();
            let name = format!("{lang} {}", args[..2].join(" ").replace(odd, "…"));
            run(&name, &all);
        }
    }
    fs::remove_file(share.path(odd)).unwrap();
    // A scan that is killed leaves its database and write-ahead log as they are.
    let mut child = Command::new(PROGRAM)
        .args(["-q", "scan", "in", "--job", "killed", "--all-findings"])
        .current_dir(share.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..500 {
        std::thread::sleep(Duration::from_millis(4));
        let wal = share.path("killed/inventory.db-wal").metadata();
        if wal.is_ok_and(|m| m.len() > 0) {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let _ = std::io::stderr().flush();
    for job in ["job", "other", "zh", "killed"] {
        for (name, bytes) in share.tree(job) {
            kept.add(&format!("{job}/{}", name.display()), bytes);
        }
        let db = share.path(job).join("inventory.db");
        if db.metadata().is_ok_and(|m| m.len() > 0) {
            kept.add_database(&format!("{job}/inventory.db"), &db);
        }
    }
    for folder in ["copies", "copies2"] {
        for (name, bytes) in share.tree(folder) {
            kept.add(&format!("{folder} names"), name.as_encoded_bytes().to_vec());
            kept.add(&format!("{folder}/{}", name.display()), bytes);
        }
    }
    for entry in fs::read_dir(share.path("")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_file() && !["passwords", "list"].contains(&name.as_str()) {
            kept.add(&name, fs::read(&path).unwrap());
        }
    }
    kept
}

fn nothing_leaks(kinds: u32) {
    let share = Share::new();
    let mut planted = Planted::new();
    plant(&share, &mut planted, kinds);
    let kept = tell_all(&share, &planted);
    assert!(kept.0.len() > 30 && kept.0.contains_key("told") && kept.0.contains_key("m.prom"));
    let search = AhoCorasick::new(&planted.all).unwrap();
    let mut leaks = BTreeMap::<String, usize>::new();
    for (name, bytes) in &kept.0 {
        assert!(
            !bytes.is_empty() || name.contains('/') || name == "config",
            "{name} is empty"
        );
        let is_store = name.contains("inventory.");
        let wide: Vec<u8> = bytes.iter().copied().filter(|&b| b != 0).collect();
        for bytes in [bytes, &wide] {
            let hits = search
                .find_iter(bytes)
                .map(|m| &planted.all[m.pattern().as_usize()])
                .filter(|v| !(is_store && planted.named.contains(*v)))
                .count();
            if hits > 0 {
                leaks.insert(name.clone(), hits);
            }
        }
    }
    assert!(
        leaks.is_empty(),
        "values of {} in {leaks:#?}",
        planted.all.len()
    );
    // They were there to be found: the report counts them.
    let markdown = String::from_utf8_lossy(&kept.0["report.en.markdown"]).into_owned();
    assert!(
        markdown.contains("cn.resident-id") || markdown.contains("Resident"),
        "{markdown}"
    );
    let _ = writeln!(
        std::io::stderr(),
        "{} values planted, {} texts searched",
        planted.all.len(),
        kept.0.len()
    );
}

#[test]
fn planted_values_are_nowhere_in_what_is_told_or_kept() {
    nothing_leaks(20);
}

/// The same with more than ten thousand values; takes minutes.
#[test]
#[ignore = "long: cargo test --test it -- --ignored ten_thousand"]
fn ten_thousand_planted_values_are_nowhere() {
    nothing_leaks(850);
}
