//! The rooms import only what the table in `docs/architecture.md` allows: always upwards.

use std::{collections::BTreeSet, fs, path::Path};

/// Room, and what it may import. The order is that of `src/lib.rs`.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("words", &["model"]),
    ("digest", &["model"]),
    ("sys", &["model"]),
    ("validators", &["model"]),
    ("engine", &["model"]),
    ("rules", &["model", "digest", "validators", "engine"]),
    ("formats", &["model"]),
    ("walk", &["model", "sys"]),
    ("detect", &["model", "digest", "engine", "rules"]),
    ("scan", &["model", "digest", "formats", "rules", "detect"]),
    ("store", &["model", "digest", "sys"]),
    ("apply", &["model", "digest", "sys", "formats", "scan"]),
    ("verify", &["model", "digest", "formats", "scan"]),
    ("policy", &["model", "rules"]),
    ("plan", &["model", "digest", "sys", "policy"]),
    ("keys", &["model", "digest", "sys"]),
    ("approve", &["model", "digest", "policy", "plan", "keys"]),
    ("pseudonyms", &["model", "digest", "rules"]),
    ("audit", &["model", "digest", "sys", "keys"]),
    ("containers", &["model", "digest", "sys"]),
    (
        "handover",
        &[
            "model",
            "digest",
            "sys",
            "policy",
            "keys",
            "approve",
            "verify",
            "containers",
        ],
    ),
    (
        "seal",
        &[
            "model",
            "digest",
            "sys",
            "policy",
            "keys",
            "approve",
            "verify",
            "containers",
        ],
    ),
    (
        "erase",
        &["model", "digest", "sys", "policy", "approve", "verify"],
    ),
    ("reports", &["model", "words", "rules"]),
    (
        "pipeline",
        &[
            "model", "digest", "sys", "rules", "formats", "walk", "detect", "scan", "store",
            "apply", "verify",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "words",
            "digest",
            "sys",
            "rules",
            "formats",
            "walk",
            "detect",
            "scan",
            "store",
            "apply",
            "verify",
            "policy",
            "plan",
            "keys",
            "approve",
            "pseudonyms",
            "audit",
            "containers",
            "handover",
            "seal",
            "erase",
            "reports",
            "pipeline",
        ],
    ),
];

/// Outside crates and the rooms that may name them; not listed here: serde, thiserror, memchr.
const DOORS: &[(&str, &[&str])] = &[
    ("regex", &["engine", "rules", "detect"]),
    ("regex_syntax", &["engine", "rules"]),
    ("aho_corasick", &["engine", "detect", "formats", "scan"]),
    ("toml", &["rules", "policy", "pseudonyms", "cli"]),
    ("calamine", &["formats"]),
    ("lopdf", &["formats"]),
    ("hayro_syntax", &["formats"]),
    ("hayro_cmap", &["formats"]),
    ("read_fonts", &["formats"]),
    ("zip", &["formats", "containers"]),
    ("unicode_normalization", &["pseudonyms", "audit"]),
    ("bzip2", &["formats"]),
    ("lzma_rust2", &["formats", "containers"]),
    ("ruzstd", &["formats"]),
    ("sevenz_rust2", &["formats", "containers"]),
    ("quick_xml", &["formats"]),
    ("chardetng", &["formats"]),
    ("rusqlite", &["formats", "store"]),
    ("rayon", &["pipeline"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("getrandom", &["cli"]),
    ("walkdir", &["walk", "sys"]),
    ("globset", &["walk"]),
    ("age", &["containers"]),
    ("ed25519_dalek", &["keys"]),
    ("sm2", &["keys"]),
    ("sm3", &["digest"]),
    ("hmac", &["digest", "pseudonyms", "formats"]),
    ("hkdf", &["digest", "pseudonyms"]),
    ("md5", &["formats"]),
    ("sha1", &["formats"]),
    ("aes", &["keys", "pseudonyms", "containers", "formats"]),
    ("aes_gcm_siv", &["pseudonyms"]),
    ("fpe", &["pseudonyms"]),
    ("qrcode", &["reports"]),
    ("rust_xlsxwriter", &["reports"]),
    ("schemars", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("landlock", &["sys"]),
    ("rustix", &["sys", "formats"]),
];

fn files(dir: &Path, out: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// The source without its tests and comments.
fn code(text: &str) -> String {
    let text = text
        .find("#[cfg(test)]\nmod tests")
        .map_or(text, |i| &text[..i]);
    text.lines()
        .map(|l| l.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rooms named after `crate::`, in braces or not.
fn imports(code: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + 7..];
        if let Some(block) = rest.strip_prefix('{') {
            let (mut depth, mut item) = (1, String::new());
            for c in block.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 || (depth == 1 && c == ',') {
                    out.insert(first(&item));
                    item.clear();
                    if depth == 0 {
                        break;
                    }
                } else {
                    item.push(c);
                }
            }
        } else {
            out.insert(first(rest));
        }
    }
    out.remove("");
    out
}

fn first(path: &str) -> String {
    path.trim()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn rooms_import_what_the_table_allows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for path in all {
        let relative = path.strip_prefix(&src).unwrap();
        let head = relative
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy()
            .into_owned();
        let room = head.trim_end_matches(".rs").to_owned();
        let is_test = path
            .file_name()
            .is_some_and(|n| n == "tests.rs" || n == "reference.rs");
        if room == "lib"
            || room == "main"
            || is_test
            || relative.components().any(|c| c.as_os_str() == "tests")
        {
            continue;
        }
        let Some((_, allowed)) = ROOMS.iter().find(|(r, _)| *r == room) else {
            wrong.push(format!("{room}: not in the table"));
            continue;
        };
        seen.insert(room.clone());
        let code = code(&fs::read_to_string(&path).unwrap());
        for import in imports(&code) {
            if import != room
                && ROOMS.iter().any(|(r, _)| *r == import)
                && !allowed.contains(&import.as_str())
            {
                wrong.push(format!("{}: imports {import}", relative.display()));
            }
        }
        for (name, rooms) in DOORS {
            let used = code.contains(&format!("use {name}::"))
                || code.contains(&format!(" {name}::"))
                || code.contains(&format!("({name}::"));
            if used && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{}: names the crate {name}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let missing: Vec<_> = ROOMS.iter().filter(|(r, _)| !seen.contains(*r)).collect();
    assert!(missing.is_empty(), "rooms without a file: {missing:?}");
}

#[test]
fn the_reader_of_imports_reads() {
    let got =
        imports("use crate::{\n    model::{A, B},\n    rules,\n};\nlet x = crate::sys::y();\n");
    assert_eq!(
        got.into_iter().collect::<Vec<_>>(),
        ["model", "rules", "sys"]
    );
}
