//! Reports: the same facts in every format, no value in any, decisions that are taken in, and the page in a real
//! browser.

use crate::{
    share::{Share, holds, skipped, string, unzip, workbook, zip_of},
    synthetic::{mobile, resident_id},
};
use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
    path::Path,
    process::Command,
};

/// What is no text: the beginning of a picture.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01";

const FORMATS: [&str; 9] = [
    "html",
    "xlsx",
    "csv",
    "csv-findings",
    "jsonl",
    "sarif",
    "junit",
    "gitlab",
    "markdown",
];

/// A share with texts, tables, members, gaps, and names that try everything.
fn share() -> Share {
    let share = Share::new();
    let rows: String = (0..40)
        .map(|n| format!("{},{}\n", resident_id(n), mobile(n)))
        .collect();
    let table = format!("证件号码,=手机号码\n{rows}");
    share
        .put("财务/名单.csv", &table)
        .put("财务/副本.csv", &table)
        .put(
            "note.txt",
            format!(
                "会议\n联系电话 {}\n身份证号 {}\n",
                mobile(900),
                resident_id(900)
            ),
        )
        .put("clean.log", "started\nstopped\n")
        .put("扫描件.png", PICTURE)
        .put("<img src=x onerror=alert(1)>.txt", "手机 13800138000\n")
        .put("=cmd|' c'!A0.txt", "手机 13800138001\n")
        .put(format!("客户{}.txt", resident_id(7)), "手机 13800138002\n")
        .put("a\u{1b}[31m\u{202e}.txt", "手机 13800138003\n");
    let sheet = format!(
        "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row><row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>{}</t></is></c></row>",
        resident_id(5)
    );
    let book = workbook(&sheet, &["身份证号"]);
    let zip = zip_of(&[("里/工资.xlsx", book.as_slice()), ("x.png", PICTURE)]);
    share.put("包.zip", zip);
    share
}

fn scan(share: &Share, job: &str, more: &[&str]) {
    let mut args = vec!["--quiet", "scan", "in", "--job", job];
    args.extend(more);
    share.run(&args).ends(3);
}

fn report(share: &Share, job: &str, format: &str, more: &[&str]) -> Vec<u8> {
    let out = format!("{job}.{format}");
    let mut args = vec!["report", "--job", job, "--format", format, "--out", &out];
    args.extend(more);
    share.run(&args).ends(0);
    share.get(&out)
}

fn data(html: &[u8]) -> Value {
    let text = std::str::from_utf8(html).unwrap();
    let (_, rest) = text.split_once("id=\"data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// Facts of a report by name, as far as its format tells them.
type Facts = BTreeMap<&'static str, u64>;

fn of_html(bytes: &[u8]) -> (Facts, BTreeMap<String, u64>) {
    let data = data(bytes);
    let n = |v: &Value| v.as_u64().unwrap();
    let facts = Facts::from([
        ("files", n(&data["sum"]["files"])),
        ("with", n(&data["sum"]["with"])),
        ("found", n(&data["sum"]["found"])),
        ("incomplete", n(&data["sum"]["incomplete"])),
    ]);
    let rules = data["rules"].as_array().unwrap();
    let rules = rules
        .iter()
        .map(|r| (string(&r["id"]).to_owned(), n(&r["f"])))
        .collect();
    (facts, rules)
}

fn of_jsonl(bytes: &[u8]) -> (Facts, BTreeMap<String, u64>) {
    let text = std::str::from_utf8(bytes).unwrap();
    let all: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let summary = all.last().unwrap();
    let findings = summary["findings"].as_object().unwrap();
    let rules: BTreeMap<String, u64> = findings
        .iter()
        .map(|(rule, t)| (rule.clone(), t["found"].as_u64().unwrap()))
        .collect();
    let with: BTreeSet<&str> = all
        .iter()
        .filter(|v| v["kind"] == "file" && !v["counts"].as_object().unwrap().is_empty())
        .map(|v| string(&v["file"]))
        .collect();
    let facts = Facts::from([
        ("files", summary["files"].as_u64().unwrap()),
        ("with", with.len() as u64),
        ("found", rules.values().sum()),
    ]);
    (facts, rules)
}

fn of_xlsx(bytes: &[u8]) -> (Facts, BTreeMap<String, u64>) {
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let names = book.sheet_names();
    assert_eq!(names.len(), 5);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole numbers"
    )]
    let number = |cell: Option<&Data>| match cell {
        Some(Data::Float(n)) => *n as u64,
        Some(Data::Int(n)) => n.cast_unsigned(),
        other => panic!("{other:?} is no number"),
    };
    let summary = book.worksheet_range(&names[0]).unwrap();
    let mut rules = BTreeMap::new();
    let mut in_types = false;
    for row in summary.rows() {
        if let (true, Some(Data::String(id))) = (in_types, row.get(1)) {
            rules.insert(id.clone(), number(row.get(3)));
        }
        in_types |= matches!(row.get(1), Some(Data::String(s)) if s == "Rule");
    }
    let files = book.worksheet_range(&names[1]).unwrap();
    let found = |row: &[Data]| number(row.get(4));
    let facts = Facts::from([
        ("files", files.height() as u64 - 1),
        (
            "with",
            files.rows().skip(1).filter(|r| found(r) > 0).count() as u64,
        ),
        ("found", files.rows().skip(1).map(found).sum()),
    ]);
    (facts, rules)
}

fn csv_rows(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap();
    let mut reader = csv::Reader::from_reader(text);
    let rows = reader.deserialize();
    rows.map(|r| r.unwrap()).collect()
}

fn of_csv(bytes: &[u8]) -> (Facts, BTreeMap<String, u64>) {
    let mut rules: BTreeMap<String, u64> = BTreeMap::new();
    let mut with = BTreeSet::new();
    for row in csv_rows(bytes) {
        *rules.entry(row["rule"].clone()).or_default() += row["found"].parse::<u64>().unwrap();
        with.insert(row["file"].clone());
    }
    let facts = Facts::from([("with", with.len() as u64), ("found", rules.values().sum())]);
    (facts, rules)
}

fn of_csv_findings(bytes: &[u8]) -> (Facts, BTreeMap<String, u64>) {
    let mut rules: BTreeMap<String, u64> = BTreeMap::new();
    for row in csv_rows(bytes) {
        *rules.entry(row["rule"].clone()).or_default() += 1;
    }
    (Facts::from([("found", rules.values().sum())]), rules)
}

fn of_sarif(bytes: &[u8]) -> (Facts, BTreeMap<String, u64>) {
    let log: Value = serde_json::from_slice(bytes).unwrap();
    let run = &log["runs"][0];
    let mut rules: BTreeMap<String, u64> = BTreeMap::new();
    for result in run["results"].as_array().unwrap() {
        let n = result["occurrenceCount"].as_u64().unwrap_or(1);
        *rules
            .entry(string(&result["ruleId"]).to_owned())
            .or_default() += n;
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][at]["id"], result["ruleId"]);
    }
    let facts = &run["properties"];
    let n = |key: &str| facts[key].as_u64().unwrap();
    let facts = Facts::from([
        ("files", n("files")),
        ("with", n("filesWithFindings")),
        ("found", n("findings")),
        ("incomplete", n("incomplete")),
    ]);
    (facts, rules)
}

fn of_gitlab(bytes: &[u8]) -> (Facts, BTreeMap<String, u64>) {
    let issues: Vec<Value> = serde_json::from_slice(bytes).unwrap();
    let mut rules: BTreeMap<String, u64> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    let mut incomplete = BTreeSet::new();
    for issue in &issues {
        assert!(
            keys.insert(string(&issue["fingerprint"])),
            "a fingerprint stands twice"
        );
        if let Some(n) = issue["counts"]["found"].as_u64() {
            *rules
                .entry(string(&issue["check_name"]).to_owned())
                .or_default() += n;
        } else {
            incomplete.insert(string(&issue["location"]["path"]));
        }
    }
    let facts = Facts::from([
        ("found", rules.values().sum()),
        ("incomplete", incomplete.len() as u64),
    ]);
    (facts, rules)
}

/// Without the rules: the text of a failure names them, and so a number for each.
fn of_junit(bytes: &[u8]) -> Facts {
    let text = std::str::from_utf8(bytes).unwrap();
    let property = |name: &str| {
        let start = format!("<property name=\"{name}\" value=\"");
        let (_, rest) = text.split_once(&start).unwrap();
        rest.split_once('"').unwrap().0.parse::<u64>().unwrap()
    };
    assert_eq!(
        text.matches("<failure ").count() as u64,
        property("filesWithFindings")
    );
    assert_eq!(
        text.matches("<error ").count() as u64,
        property("incomplete")
    );
    assert_eq!(
        text.matches("<testcase ").count() as u64,
        property("files") + property("incomplete")
    );
    Facts::from([
        ("files", property("files")),
        ("with", property("filesWithFindings")),
        ("found", property("findings")),
        ("incomplete", property("incomplete")),
    ])
}

fn of_markdown(bytes: &[u8]) -> Facts {
    let text = std::str::from_utf8(bytes).unwrap();
    let row = text
        .lines()
        .skip_while(|l| !l.starts_with("| ---:"))
        .nth(1)
        .unwrap();
    let cells: Vec<u64> = row
        .split('|')
        .map(|c| c.trim().replace(',', ""))
        .filter_map(|c| c.parse().ok())
        .collect();
    Facts::from([
        ("files", cells[0]),
        ("with", cells[1]),
        ("found", cells[2]),
        ("incomplete", cells[4]),
    ])
}

#[test]
fn every_format_tells_the_same_facts() {
    let share = share();
    for (job, more) in [("job", &[][..]), ("all", &["--all-findings"][..])] {
        scan(&share, job, more);
        let of = |format| report(&share, job, format, &[]);
        let (truth, rules) = of_html(&of("html"));
        assert!(
            truth["found"] > 160 && truth["incomplete"] == 2,
            "{truth:?}"
        );
        let mut others = vec![
            ("jsonl", of_jsonl(&of("jsonl"))),
            ("xlsx", of_xlsx(&of("xlsx"))),
            ("csv", of_csv(&of("csv"))),
            ("sarif", of_sarif(&of("sarif"))),
            ("gitlab", of_gitlab(&of("gitlab"))),
        ];
        if job == "all" {
            others.push(("csv-findings", of_csv_findings(&of("csv-findings"))));
        }
        for (format, (facts, by_rule)) in others {
            assert_eq!(by_rule, rules, "{job} {format}");
            for (name, n) in facts {
                assert_eq!(n, truth[name], "{job} {format} {name}");
            }
        }
        assert_eq!(of_junit(&of("junit")), truth);
        assert_eq!(of_markdown(&of("markdown")), truth);
    }
}

#[test]
fn no_value_stands_in_any_report_nor_in_the_job() {
    let share = Share::new();
    let mut planted = Vec::new();
    for file in 0..10 {
        let mut text = String::from("证件号码,手机号码\n");
        for n in 0..500 {
            let (id, phone) = (resident_id(file * 500 + n), mobile(file * 500 + n));
            text.push_str(&format!("{id},{phone}\n"));
            planted.extend([id, phone]);
        }
        share.put(format!("{}.csv", planted[planted.len() - 2]), text);
    }
    planted.sort();
    planted.dedup();
    assert!(planted.len() > 8_000, "{}", planted.len());
    share
        .run(&["--quiet", "scan", "in", "--job", "job", "--all-findings"])
        .ends(1);
    let search = aho_corasick::AhoCorasick::new(&planted).unwrap();
    let mut all: Vec<(String, Vec<u8>)> = FORMATS
        .iter()
        .map(|f| ((*f).to_owned(), report(&share, "job", f, &["--lang", "zh"])))
        .collect();
    for (name, part) in unzip(&all[1].1) {
        all.push((format!("xlsx {name}"), part));
    }
    let name = "job/inventory.db";
    let bytes = share.get(name);
    // Raw paths stand in the store: the names of these files hold a value each.
    let own: BTreeSet<&str> = planted
        .iter()
        .filter(|v| share.path("in").join(format!("{v}.csv")).exists())
        .map(String::as_str)
        .collect();
    let others: Vec<_> = search
        .find_iter(&bytes)
        .map(|m| planted[m.pattern().as_usize()].as_str())
        .filter(|v| !own.contains(v))
        .collect();
    assert!(others.is_empty(), "{name}: {} values", others.len());
    for (name, bytes) in &all {
        assert!(!bytes.is_empty(), "{name}");
        let hits = search.find_iter(bytes).count();
        assert_eq!(hits, 0, "{name}");
        let wide: Vec<u8> = bytes.iter().copied().filter(|&b| b != 0).collect();
        assert_eq!(search.find_iter(&wide).count(), 0, "{name} as UTF-16");
    }
}

#[test]
fn names_are_harmless_in_every_format() {
    let share = share();
    scan(&share, "job", &[]);
    for format in FORMATS {
        let bytes = report(&share, "job", format, &[]);
        if format == "xlsx" {
            for (name, part) in unzip(&bytes) {
                let is_sheet = name.starts_with("xl/worksheets/sheet");
                assert!(!is_sheet || !holds(&part, b"<f>"), "{name}: a formula");
                assert!(!holds(&part, b"<hyperlink"), "{name}: a link");
            }
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}'),
            "{format}"
        );
        if matches!(format, "html" | "junit") {
            assert!(!text.contains("<img"), "{format}");
        }
        if format.starts_with("csv") {
            for line in text.trim_start_matches('\u{FEFF}').lines() {
                for cell in line.split(',') {
                    let cell = cell.trim_start_matches('"').trim_start();
                    assert!(!cell.starts_with(['=', '@', '+']), "{format}: {cell}");
                }
            }
        }
    }
}

/// A file of decisions for a report's job.
fn decisions(share: &Share, job: &str, list: &Value) -> String {
    let data = data(&report(share, job, "html", &[]));
    let file = json!({
        "kind": "decisions", "schema": 1, "job": data["meta"]["job"], "made": "2026-01-31T09:00:00Z",
        "reviewer": "li", "decisions": list,
    });
    let path = share.path(format!("{job}-decisions.json"));
    std::fs::write(&path, file.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn decisions_are_taken_in_by_report_and_scan() {
    let share = Share::new();
    let rows: String = (0..30).map(|n| format!("{}\n", mobile(n))).collect();
    share
        .put("a.csv", format!("测试电话\n{rows}"))
        .put("b.csv", format!("手机号码\n{rows}"));
    share
        .run(&["--quiet", "scan", "in", "--job", "job"])
        .ends(1);
    let cluster = json!([{ "rule": "cn.mobile", "header": "测试电话", "mark": "false-alarm", "note": "made up" }]);
    let path = decisions(&share, "job", &cluster);
    let (facts, _) = of_html(&report(&share, "job", "html", &["--decisions", &path]));
    assert_eq!((facts["found"], facts["with"]), (30, 1));
    // The page begins with them.
    let page = data(&report(&share, "job", "html", &["--decisions", &path]));
    assert_eq!(
        (&page["decisions"][0]["header"], &page["sum"]["false"]),
        (&json!("测试电话"), &json!(30))
    );
    let plain = share.run(&[
        "report",
        "--job",
        "job",
        "--format",
        "jsonl",
        "--out",
        "-",
        "--decisions",
        &path,
    ]);
    assert_eq!(plain.ends(0).summary()["false_alarms"], 30);

    // A scan leaves them out of its output and exit code, and counts them; the inventory keeps them.
    let all = json!([{ "rule": "cn.mobile", "mark": "false-alarm" }]);
    let path = decisions(&share, "job", &all);
    let again = share
        .run(&[
            "scan",
            "in",
            "--job",
            "job",
            "--format",
            "jsonl",
            "--decisions",
            &path,
        ])
        .ends(0);
    let summary = again.summary();
    assert_eq!(
        (&summary["false_alarms"], &summary["findings"]),
        (&json!(60), &json!({}))
    );
    assert!(
        again
            .err
            .contains("60 findings were left out as false alarms"),
        "{}",
        again.err
    );
    assert!(again.of("finding").is_empty());
    let (facts, _) = of_html(&report(&share, "job", "html", &[]));
    assert_eq!(facts["found"], 60);
    // In the job folder they hold without being named.
    std::fs::copy(&path, share.path("job/decisions.json")).unwrap();
    share
        .run(&["--quiet", "scan", "in", "--job", "job"])
        .ends(0);
    std::fs::remove_file(share.path("job/decisions.json")).unwrap();
    share
        .run(&["--quiet", "scan", "in", "--job", "job"])
        .ends(1);
}

#[test]
fn decisions_that_say_nothing_here_are_refused() {
    let share = Share::new();
    share.put("a.txt", format!("手机 {}\n", mobile(1)));
    for job in ["one", "two"] {
        share.run(&["--quiet", "scan", "in", "--job", job]).ends(1);
    }
    let path = decisions(
        &share,
        "one",
        &json!([{ "rule": "cn.mobile", "mark": "false-alarm" }]),
    );
    let other = share
        .run(&[
            "report",
            "--job",
            "two",
            "--out",
            "r.html",
            "--decisions",
            &path,
        ])
        .ends(4);
    assert!(other.err.contains("another job"), "{}", other.err);
    assert!(!share.path("r.html").exists());
    std::fs::write(
        share.path("bad.json"),
        "{\"kind\":\"decisions\",\"schema\":1,\"job\":\"x\",\"secret\":1}",
    )
    .unwrap();
    let bad = share
        .run(&[
            "report",
            "--job",
            "two",
            "--out",
            "r.html",
            "--decisions",
            "bad.json",
        ])
        .ends(2);
    assert!(
        bad.err.contains("line 1") && !bad.err.contains("secret"),
        "{}",
        bad.err
    );
    share
        .run(&["scan", "in", "--job", "two", "--decisions", "none.json"])
        .ends(2);
}

#[test]
fn a_report_that_cannot_be_made_leaves_what_was_there() {
    let share = Share::new();
    share.put("a.txt", "x\n");
    let absent = share
        .run(&["report", "--job", "none", "--out", "r.html"])
        .ends(2);
    assert!(absent.err.contains("no inventory"), "{}", absent.err);
    assert!(!share.path("r.html").exists());
    share
        .run(&["--quiet", "scan", "in", "--job", "job"])
        .ends(0);
    std::fs::create_dir(share.path("folder")).unwrap();
    share
        .run(&["report", "--job", "job", "--out", "folder"])
        .ends(6);
    share
        .run(&["report", "--job", "job", "--out", "no/such/r.html"])
        .ends(6);
    // A damaged inventory says so, and the old report stands.
    share
        .run(&["report", "--job", "job", "--out", "r.html"])
        .ends(0);
    let before = share.get("r.html");
    let db = share.path("job/inventory.db");
    let bytes = share.get("job/inventory.db");
    std::fs::write(&db, &bytes[..bytes.len() / 2]).unwrap();
    let broken = share.run(&["report", "--job", "job", "--out", "r.html"]);
    assert!(broken.code == 6, "{} {}", broken.code, broken.err);
    assert_eq!(share.get("r.html"), before);
}

#[test]
fn the_page_works_in_a_browser() {
    // Names of types and columns as long as they come.
    let share = share();
    share.put(
        "账户.csv",
        "资金账号,客户号\n10203040506,10203040506\n10203040507,10203040507\n",
    );
    scan(&share, "job", &[]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/report.py");
    let python = std::env::var("INKOUT_PYTHON").unwrap_or_else(|_| "python3".into());
    for language in ["zh", "en"] {
        report(&share, "job", "html", &["--lang", language]);
        let run = Command::new(&python)
            .arg(&script)
            .arg(share.path("job.html"))
            .output();
        let Ok(run) = run else {
            return skipped("no Python: the page was not tried in a browser");
        };
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        if run.status.code() == Some(77) {
            return skipped(said.trim());
        }
        assert!(
            run.status.success(),
            "{said}\n{}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
}
