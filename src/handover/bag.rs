//! Bags: the folder layout that says of itself what belongs to it. Standard: RFC 8493, `BagIt` 1.0.

use crate::digest::{Digests, Hashes};
use std::collections::BTreeMap;

/// The declaration of a bag.
pub const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// Ways in which manifests count, by the word in their names.
pub const WAYS: [&str; 3] = ["sha256", "sha512", "sm3"];

/// Why a bag does not hold, with the path of the first file that shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BagFault {
    /// A file that must be there is not.
    #[error("missing: {0}")]
    Missing(String),
    /// A file has another content than its manifest says.
    #[error("changed: {0}")]
    Changed(String),
    /// A file that no manifest knows.
    #[error("not listed: {0}")]
    Extra(String),
    /// A text of the bag that is not in its form.
    #[error("not readable: {0}")]
    Unreadable(String),
}

impl BagFault {
    /// The path that it is about.
    pub fn path(&self) -> &str {
        match self {
            Self::Missing(p) | Self::Changed(p) | Self::Extra(p) | Self::Unreadable(p) => p,
        }
    }
}

/// A manifest: digest and path of each file, a line each.
///
/// A path with a line break or a percent sign is escaped as the standard wants it.
pub fn manifest(files: &BTreeMap<String, Digests>, way: &str) -> String {
    let mut out = String::new();
    for (path, digests) in files {
        out.push_str(digest(digests, way));
        out.push_str("  ");
        out.push_str(&escaped(path));
        out.push('\n');
    }
    out
}

fn digest<'d>(digests: &'d Digests, way: &str) -> &'d str {
    match way {
        "sha512" => &digests.sha512,
        "sm3" => &digests.sm3,
        _ => &digests.sha256,
    }
}

/// Reads a manifest; `None` when a line is none.
pub fn parse(text: &str) -> Option<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    for line in text.split(['\n', '\r']).filter(|l| !l.is_empty()) {
        let (digest, path) = line.split_once([' ', '\t'])?;
        let path = path.trim_start_matches([' ', '\t', '*']);
        let is_digest = digest.len() >= 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
        let is_new = out
            .insert(unescaped(path)?, digest.to_ascii_lowercase())
            .is_none();
        if !is_digest || !is_new {
            return None;
        }
    }
    Some(out)
}

fn escaped(path: &str) -> String {
    path.replace('%', "%25")
        .replace('\n', "%0A")
        .replace('\r', "%0D")
}

fn unescaped(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        out.push(match after.get(..2)?.to_ascii_uppercase().as_str() {
            "25" => '%',
            "0A" => '\n',
            "0D" => '\r',
            _ => return None,
        });
        rest = after.get(2..)?;
    }
    out.push_str(rest);
    let inside = !out.starts_with('/') && out.split('/').all(|c| !matches!(c, "" | "." | ".."));
    inside.then_some(out)
}

/// `bag-info.txt` from labels and values; line breaks in values become blanks.
pub fn info(lines: &[(&str, String)]) -> String {
    let mut out = String::new();
    for (label, value) in lines.iter().filter(|(_, v)| !v.is_empty()) {
        out.push_str(label);
        out.push_str(": ");
        out.push_str(&value.replace(['\n', '\r'], " "));
        out.push('\n');
    }
    out
}

/// Bytes and number of the payload, as `Payload-Oxum` has it.
pub fn oxum(payload: &BTreeMap<String, Digests>) -> String {
    let bytes: u64 = payload.values().map(|d| d.bytes).sum();
    format!("{bytes}.{}", payload.len())
}

/// All files of a bag outside `data/` but the manifests over them, from the payload and the other texts.
/// Paths are those in the bag.
pub fn tag_files(
    payload: &BTreeMap<String, Digests>,
    info: String,
    others: &BTreeMap<String, Vec<u8>>,
) -> BTreeMap<String, Vec<u8>> {
    let mut out = others.clone();
    out.insert("bagit.txt".into(), DECLARATION.into());
    out.insert("bag-info.txt".into(), info.into_bytes());
    for way in WAYS {
        let text = manifest(payload, way);
        out.insert(format!("manifest-{way}.txt"), text.into_bytes());
    }
    let digests: BTreeMap<String, Digests> = out
        .iter()
        .map(|(path, bytes)| (path.clone(), Hashes::of(bytes)))
        .collect();
    for way in WAYS {
        let text = manifest(&digests, way);
        out.insert(format!("tagmanifest-{way}.txt"), text.into_bytes());
    }
    out
}

/// Checks a bag: every file that it lists is there with the content that it lists, in every way of
/// counting that it uses, and nothing else is there. `files` are all files of the bag by path, `texts`
/// the bytes of those outside `data/`. All faults are given, in the order of paths.
pub fn check(
    files: &BTreeMap<String, Digests>,
    texts: &BTreeMap<String, Vec<u8>>,
) -> Vec<BagFault> {
    let mut faults = Vec::new();
    match texts.get("bagit.txt") {
        None => faults.push(BagFault::Missing("bagit.txt".into())),
        Some(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let mut lines = text.trim_start_matches('\u{FEFF}').lines();
            let version = lines.next().and_then(|l| l.strip_prefix("BagIt-Version: "));
            let encoding = lines.next();
            if !matches!(version.map(str::trim), Some("1.0" | "0.97"))
                || encoding.map(str::trim) != Some("Tag-File-Character-Encoding: UTF-8")
            {
                faults.push(BagFault::Unreadable("bagit.txt".into()));
            }
        }
    }
    let payload: Vec<&String> = files.keys().filter(|p| p.starts_with("data/")).collect();
    let tags: Vec<&String> = files
        .keys()
        .filter(|p| !p.starts_with("data/") && !p.starts_with("tagmanifest-"))
        .collect();
    let mut counted = (false, false);
    for way in WAYS {
        let (manifest, over_tags) = (
            format!("manifest-{way}.txt"),
            format!("tagmanifest-{way}.txt"),
        );
        if let Some(bytes) = texts.get(&manifest) {
            counted.0 = true;
            against(&manifest, bytes, way, files, &payload, &mut faults);
        }
        if let Some(bytes) = texts.get(&over_tags) {
            counted.1 = true;
            against(&over_tags, bytes, way, files, &tags, &mut faults);
        }
    }
    if !counted.0 {
        faults.push(BagFault::Missing("manifest-sha256.txt".into()));
    }
    if !counted.1 {
        faults.push(BagFault::Missing("tagmanifest-sha256.txt".into()));
    }
    if let Some(oxum_said) = texts.get("bag-info.txt").and_then(|b| said_oxum(b)) {
        let bytes: u64 = payload
            .iter()
            .filter_map(|p| files.get(*p))
            .map(|d| d.bytes)
            .sum();
        if oxum_said != format!("{bytes}.{}", payload.len()) {
            faults.push(BagFault::Changed("bag-info.txt".into()));
        }
    }
    faults.sort_by(|a, b| a.path().cmp(b.path()));
    faults.dedup();
    faults
}

fn said_oxum(info: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(info);
    text.lines()
        .find_map(|l| l.strip_prefix("Payload-Oxum: "))
        .map(|v| v.trim().to_owned())
}

fn against(
    name: &str,
    bytes: &[u8],
    way: &str,
    files: &BTreeMap<String, Digests>,
    there: &[&String],
    faults: &mut Vec<BagFault>,
) {
    let Some(listed) = std::str::from_utf8(bytes).ok().and_then(parse) else {
        faults.push(BagFault::Unreadable(name.to_owned()));
        return;
    };
    for (path, want) in &listed {
        match files.get(path) {
            None => faults.push(BagFault::Missing(path.clone())),
            Some(got) if digest(got, way) != want => faults.push(BagFault::Changed(path.clone())),
            Some(_) => {}
        }
    }
    for path in there {
        if !listed.contains_key(*path) {
            faults.push(BagFault::Extra((*path).clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bag() -> (BTreeMap<String, Digests>, BTreeMap<String, Vec<u8>>) {
        let payload: BTreeMap<String, Digests> = [("data/客户.txt", "one"), ("data/a%b\rc", "two")]
            .iter()
            .map(|(p, t)| ((*p).to_owned(), Hashes::of(t.as_bytes())))
            .collect();
        let info = info(&[
            ("Payload-Oxum", oxum(&payload)),
            ("Contact-Name", "a\nb".into()),
        ]);
        let others = [("inkout/manifest.json".to_owned(), b"{}".to_vec())].into();
        let texts = tag_files(&payload, info, &others);
        let mut files = payload;
        for (path, bytes) in &texts {
            files.insert(path.clone(), Hashes::of(bytes));
        }
        (files, texts)
    }

    #[test]
    fn what_is_written_is_valid() {
        let (files, texts) = bag();
        assert_eq!(check(&files, &texts), []);
        let manifest = String::from_utf8(texts["manifest-sha256.txt"].clone()).unwrap();
        assert!(manifest.contains("  data/a%25b%0Dc\n"), "{manifest}");
        assert!(String::from_utf8_lossy(&texts["bag-info.txt"]).contains("Contact-Name: a b\n"));
        assert_eq!(texts.len(), 9);
    }

    #[test]
    fn every_fault_is_found_and_named() {
        let (files, texts) = bag();
        for path in files.keys() {
            let mut less = files.clone();
            let mut texts_left = texts.clone();
            less.remove(path);
            texts_left.remove(path);
            let faults = check(&less, &texts_left);
            if !path.starts_with("tagmanifest") {
                assert!(
                    faults.contains(&BagFault::Missing(path.clone())),
                    "{path}: {faults:?}"
                );
            }
            let mut other = files.clone();
            other.insert(path.clone(), Hashes::of(b"other"));
            if !path.starts_with("tagmanifest") {
                let faults = check(&other, &texts);
                assert!(
                    faults.contains(&BagFault::Changed(path.clone())),
                    "{path}: {faults:?}"
                );
            }
        }
        for extra in ["data/more", "more.txt"] {
            let mut more = files.clone();
            more.insert(extra.into(), Hashes::of(b""));
            let faults = check(&more, &texts);
            assert!(
                faults.contains(&BagFault::Extra(extra.into())),
                "{faults:?}"
            );
        }
        let mut none = texts.clone();
        none.retain(|p, _| !p.contains("manifest-"));
        assert!(check(&files, &none).len() >= 2);
        let mut broken = texts;
        broken.insert("bagit.txt".into(), b"BagIt-Version: 9\n".to_vec());
        assert!(check(&files, &broken).contains(&BagFault::Unreadable("bagit.txt".into())));
    }

    #[test]
    fn lines_that_are_none_are_refused() {
        let sum = "a".repeat(64);
        assert_eq!(parse(&format!("{sum}  data/x\n")).unwrap().len(), 1);
        assert_eq!(
            parse(&format!("{sum} *data/x\r\n{sum}\tdata/y"))
                .unwrap()
                .len(),
            2
        );
        for bad in [
            format!("{sum}\n"),
            "xyz  data/x\n".to_owned(),
            format!("{sum}  ../x\n"),
            format!("{sum}  /x\n"),
            format!("{sum}  data/%41\n"),
            format!("{sum}  data/x\n{sum}  data/x\n"),
        ] {
            assert_eq!(parse(&bad), None, "{bad}");
        }
    }
}
