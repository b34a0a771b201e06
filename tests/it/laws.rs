//! The laws of formats (docs/architecture.md, section 6), held to one file of every format that is written.
//!
//! A new format joins by a file in `fixtures/formats/samples` and its values in `planted.tsv` there.

use crate::{
    hostile::{Numbers, assert_sound},
    share::{Share, holds, string, unzip},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// Where the files lie; `planted.tsv` has lines of file, kind and value.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats/samples")
}

fn samples() -> BTreeMap<String, Vec<u8>> {
    let all: BTreeMap<String, Vec<u8>> = fs::read_dir(folder())
        .unwrap()
        .map(|e| e.unwrap())
        .map(|e| {
            let name = e.file_name().into_string().unwrap();
            (name, fs::read(e.path()).unwrap())
        })
        .filter(|(name, _)| name != "planted.tsv")
        .collect();
    assert!(all.len() > 30, "samples are missing");
    all
}

fn share() -> Share {
    let share = Share::new();
    for (name, bytes) in samples() {
        share.put(name, bytes);
    }
    share
}

fn planted() -> Vec<(String, String)> {
    let text = fs::read_to_string(folder().join("planted.tsv")).unwrap();
    text.lines()
        .map(|line| {
            let mut parts = line.split('\t');
            let file = parts.next().unwrap().to_owned();
            (file, parts.nth(1).unwrap().to_owned())
        })
        .collect()
}

/// The bytes, and what is packed in them, unpacked by other code than the program's.
fn unpacked(bytes: &[u8], into: &mut Vec<Vec<u8>>) {
    if bytes.starts_with(b"PK\x03\x04") {
        for (name, member) in unzip(bytes) {
            into.push(name.into_bytes());
            unpacked(&member, into);
        }
    } else if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut inner = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes)
            .read_to_end(&mut inner)
            .unwrap();
        unpacked(&inner, into);
    }
    into.push(bytes.to_vec());
}

/// The forms in which a value stands in a file: UTF-8 and GB 18030 write these alike.
fn forms(value: &str) -> [Vec<u8>; 3] {
    let little = value.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big = value.encode_utf16().flat_map(u16::to_be_bytes).collect();
    [value.as_bytes().to_vec(), little, big]
}

/// Copies by name, as a run wrote them, without the manifest.
fn copies(share: &Share, out: &str) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for (name, bytes) in share.tree(out) {
        let name = name.into_string().unwrap();
        if name != "manifest.json" && !name.ends_with(".inkout-job") {
            all.insert(name, bytes);
        }
    }
    all
}

#[test]
fn erasure_no_planted_value_is_in_a_copy() {
    let share = share();
    share.redact("out", &[]);
    let manifest = share.manifest("out");
    let mut left = BTreeSet::new();
    let mut withheld = Vec::new();
    let values = planted();
    for (source, file) in &manifest {
        let name = source.rsplit('/').next().unwrap();
        let Some(target) = file["copy"].as_str() else {
            withheld.push(format!("{name}: {}", file["reason"]));
            continue;
        };
        let mut pieces = Vec::new();
        unpacked(&share.get(Path::new("out").join(target)), &mut pieces);
        for (_, value) in values.iter().filter(|(file, _)| file == name) {
            let found = forms(value)
                .iter()
                .any(|form| pieces.iter().any(|piece| holds(piece, form)));
            if found {
                left.insert(format!("{name}: {} characters", value.len()));
            }
        }
    }
    assert_eq!(manifest.len(), samples().len());
    assert!(withheld.is_empty(), "withheld: {withheld:#?}");
    assert!(left.is_empty(), "{left:#?}");
}

/// Letters and digits alone, full-width ones as plain ones.
fn bare(value: &str) -> String {
    value
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap(),
            _ => c,
        })
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// The planted values are there to be found: without this the test above could not fail.
#[test]
fn planted_values_are_in_the_samples() {
    let share = share();
    let run = share.scan(&["--show-values", "--all-findings"]);
    assert_sound(&share, &run);
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in run.of("finding") {
        let path = string(&finding["path"]);
        let name = path.rsplit('/').next().unwrap().to_owned();
        found
            .entry(name)
            .or_default()
            .insert(bare(string(&finding["value"])));
    }
    let missed: Vec<String> = planted()
        .iter()
        .filter(|(file, value)| {
            let value = bare(value);
            let value = value.strip_prefix("86").unwrap_or(&value);
            let all = found.get(file);
            !all.is_some_and(|all| all.iter().any(|v| v.contains(value)))
        })
        .map(|(file, value)| format!("{file}: {value}"))
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn rest_and_identity_a_copy_has_nothing_more_to_redact_and_its_copy_is_itself() {
    let share = share();
    share.redact("out", &[]);
    let first = copies(&share, "out");
    let again = share.run(&[
        "redact",
        "out",
        "--out",
        "again",
        "--exclude",
        "manifest.json",
    ]);
    assert!(matches!(again.code, 0 | 3), "{} {}", again.code, again.err);
    let second = copies(&share, "again");
    let mut other = Vec::new();
    for (name, bytes) in &first {
        // The folder's own name goes before it in the second run.
        let same = second
            .iter()
            .find(|(n, _)| n.rsplit('/').next() == name.rsplit('/').next());
        match same {
            None => other.push(format!("{name}: withheld")),
            Some((_, copy)) if copy != bytes => {
                other.push(format!("{name}: {} and {} bytes", bytes.len(), copy.len()));
            }
            Some(_) => {}
        }
    }
    assert!(other.is_empty(), "{other:#?}");
}

#[test]
fn reproducible_threads_and_runs_give_the_same_bytes() {
    let share = share();
    share.redact("one", &["--threads", "1"]);
    share.redact("many", &["--threads", "7"]);
    let (one, many) = (copies(&share, "one"), copies(&share, "many"));
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        many.keys().collect::<Vec<_>>()
    );
    let other: Vec<&String> = one
        .iter()
        .filter(|(name, bytes)| many[*name] != **bytes)
        .map(|(name, _)| name)
        .collect();
    assert!(other.is_empty(), "{other:?}");
}

#[test]
fn refusal_damage_ends_in_the_ledger() {
    let mut numbers = Numbers(20_261_129);
    let share = Share::new();
    for (name, bytes) in samples() {
        for n in 0..6 {
            let mut damaged = bytes.clone();
            if n % 2 == 0 {
                damaged.truncate(numbers.next(bytes.len()));
            } else {
                for _ in 0..=numbers.next(12) {
                    let at = numbers.next(damaged.len());
                    damaged[at] ^= 1 << numbers.next(8);
                }
            }
            share.put(format!("{n}_{name}"), damaged);
        }
    }
    let before = share.tree("in");
    assert_sound(&share, &share.scan(&["--threads", "2"]));
    let run = share.redact("out", &[]);
    assert!(matches!(run.code, 0 | 3 | 5), "{} {}", run.code, run.err);
    // Each is a copy, or withheld with its reason; the originals are as they were.
    let manifest = share.manifest("out");
    assert_eq!(manifest.len(), before.len());
    for (name, file) in &manifest {
        let copied = file["copy"].is_string();
        assert_ne!(copied, file["reason"].is_string(), "{name}: {file}");
    }
    assert_eq!(before, share.tree("in"));
}
