//! A user's own files: rules, word lists, lists of values, allow lists. They are read beside the rules of
//! the program and may leave out what only those need.

use super::{
    Examples, RuleError, RuleSet,
    allow::{self, Allow, AllowList},
    compiled,
    load::{self, Source},
    schema::RawAllow,
};
use std::collections::BTreeSet;

/// Bytes of all own files together at most.
pub const MOST_BYTES: usize = 32 << 20;
/// Values of one list at most.
const MOST_VALUES: usize = 100_000;

/// One file of the user's.
#[derive(Debug, Clone)]
pub struct OwnFile {
    /// What errors call it.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl OwnFile {
    /// Whether it is a list of values, one a line, and no TOML.
    fn is_list(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        [".txt", ".list"].iter().any(|end| name.ends_with(end))
    }
}

/// The rules of the program and a user's. See [`RuleSet::with_own`].
pub(super) fn compile(
    builtin: &[(&str, &str)],
    own: &[OwnFile],
    examples: Examples,
) -> Result<RuleSet, RuleError> {
    let bytes: usize = own.iter().map(|f| f.text.len()).sum();
    if let Some(first) = own.first().filter(|_| bytes > MOST_BYTES) {
        return Err(RuleError::File {
            file: first.name.clone(),
            reason: format!(
                "the own files are larger than {} MiB together",
                MOST_BYTES >> 20
            ),
        });
    }
    let lists: Vec<Option<String>> = own
        .iter()
        .map(|f| f.is_list().then(|| list_rule(f)).transpose())
        .collect::<Result<_, _>>()?;
    let own: Vec<Source<'_>> = own
        .iter()
        .zip(&lists)
        .map(|(file, list)| Source {
            name: &file.name,
            text: list.as_deref().unwrap_or(&file.text),
            own: true,
            examples: Examples::With,
        })
        .collect();
    let mut files = compiled::files(examples)?;
    for source in &own {
        files.push(load::parse(source)?);
    }
    let digest = if own.is_empty() {
        compiled::DIGEST.to_owned()
    } else {
        let builtin = builtin.iter().map(|&(name, text)| Source {
            name,
            text,
            own: false,
            examples,
        });
        load::digest(&builtin.chain(own).collect::<Vec<_>>())
    };
    load::compile(files, digest)
}

/// A list of values as the rule file that says the same. Lines that begin with `#` say what it is:
/// `# id: own.clients`, `# title: 客户名单`, `# edges: free`, `# tags: pii`.
fn list_rule(file: &OwnFile) -> Result<String, RuleError> {
    let error = |reason: String| RuleError::File {
        file: file.name.clone(),
        reason,
    };
    let stem = file
        .name
        .rsplit(['/', '\\'])
        .next()
        .and_then(|n| n.rsplit_once('.'))
        .map_or("list", |n| n.0);
    let (mut id, mut title, mut edges, mut tag) = (
        slug(stem),
        stem.to_owned(),
        "word".to_owned(),
        "pii".to_owned(),
    );
    let mut values: BTreeSet<&str> = BTreeSet::new();
    for line in file.text.trim_start_matches('\u{FEFF}').lines() {
        let line = line.trim();
        if let Some(note) = line.strip_prefix('#') {
            match note
                .split_once([':', '：'])
                .map(|(k, v)| (k.trim(), v.trim()))
            {
                Some(("id", v)) => v.clone_into(&mut id),
                Some(("title", v)) => v.clone_into(&mut title),
                Some(("edges", v)) => v.clone_into(&mut edges),
                Some(("tags", v)) => v.clone_into(&mut tag),
                _ => {}
            }
        } else if !line.is_empty() {
            if line.chars().count() < 2 || line.len() > 200 {
                return Err(error(
                    "a value has less than 2 characters or more than 200 bytes".to_owned(),
                ));
            }
            values.insert(line);
        }
    }
    if values.is_empty() {
        return Err(error("holds no values".to_owned()));
    }
    if values.len() > MOST_VALUES {
        return Err(error(format!("holds more than {MOST_VALUES} values")));
    }
    let values: Vec<String> = values.into_iter().map(quoted).collect();
    Ok(format!(
        "[[rule]]\nid = {}\ntitle = {}\nedges = {}\ntags = [{}]\nwords = [{}]\n",
        quoted(&id),
        quoted(&title),
        quoted(&edges),
        quoted(&tag),
        values.join(", ")
    ))
}

/// A basic string of TOML.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                use std::fmt::Write;
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// An id for a file's name: `own.clients-2026`; letters of other scripts become a number.
pub(super) fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    let out = out.trim_matches('-');
    let out: String = out.chars().take(40).collect();
    if out.is_empty() {
        let sum = name.bytes().fold(0xCBF2_9CE4_u32, |h, b| {
            (h ^ u32::from(b)).wrapping_mul(0x0100_0193)
        });
        return format!("own.list-{sum:08x}");
    }
    format!("own.{}", out.trim_matches('-'))
}

/// What a user's rule may leave out.
pub(super) fn lenient(table: &mut toml::Table, short: bool) {
    let text = |v: &str| toml::Value::String(v.to_owned());
    let id = table
        .get("id")
        .and_then(toml::Value::as_str)
        .unwrap_or("own");
    let plain = match table.get("title") {
        None => Some(id.to_owned()),
        Some(toml::Value::String(title)) => Some(title.clone()),
        Some(_) => None,
    };
    if let Some(title) = &plain {
        let mut both = toml::Table::new();
        both.insert("zh".into(), text(title));
        both.insert("en".into(), text(title));
        table.insert("title".into(), toml::Value::Table(both));
    }
    if short {
        return;
    }
    let title = table
        .get("title")
        .and_then(|t| t.get("zh"))
        .and_then(toml::Value::as_str)
        .unwrap_or("own")
        .to_owned();
    let mut set = |key: &str, value: toml::Value| {
        if !table.contains_key(key) {
            table.insert(key.into(), value);
        }
    };
    set("standard", text("own rule"));
    set("mask", text("none"));
    set("mask_label", text(&title));
    set("tags", toml::Value::Array(vec![text("pii")]));
    let mut points = toml::Table::new();
    for (key, value) in [
        ("base", 75),
        ("near", 10),
        ("label", 20),
        ("header", 20),
        ("column", 10),
    ] {
        points.insert(key.into(), toml::Value::Integer(value));
    }
    set("confidence", toml::Value::Table(points));
    let mut examples = toml::Table::new();
    examples.insert("positive".into(), toml::Value::Array(Vec::new()));
    examples.insert("negative".into(), toml::Value::Array(Vec::new()));
    set("examples", toml::Value::Table(examples));
}

/// Reads the allow entries of one file.
pub(super) fn allow(
    file: &str,
    raw: Vec<RawAllow>,
    salt: Option<&str>,
    list: &mut AllowList,
) -> Result<(), RuleError> {
    for (i, raw) in raw.into_iter().enumerate() {
        let error = |field: &str, reason: &str| RuleError::Field {
            file: file.to_owned(),
            rule: format!("allow {}", i + 1),
            field: field.to_owned(),
            reason: reason.to_owned(),
        };
        if raw.reason.trim().is_empty() {
            return Err(error("reason", "is empty: say why it is allowed"));
        }
        let until = match raw.until.as_str() {
            "never" => None,
            day if allow::is_day(day) => Some(day.to_owned()),
            _ => return Err(error("until", "must be a day like 2027-01-31, or never")),
        };
        if raw.rule.is_none()
            && raw.path.is_none()
            && raw.values.is_empty()
            && raw.digests.is_empty()
        {
            return Err(error(
                "values",
                "give at least one of rule, path, values and digests",
            ));
        }
        let values: BTreeSet<String> = raw.values.iter().map(|v| allow::bare(v)).collect();
        if values.contains("") {
            return Err(error("values", "a value has no letter or digit"));
        }
        let digests: Option<BTreeSet<[u8; 16]>> = raw.digests.iter().map(|d| bytes(d)).collect();
        let Some(digests) = digests else {
            return Err(error("digests", "must be 32 hexadecimal digits each"));
        };
        if !digests.is_empty() {
            match (salt, list.salt.as_deref()) {
                (None, _) => {
                    return Err(error(
                        "digests",
                        "the file needs allow_salt for its digests",
                    ));
                }
                (Some(new), Some(old)) if new != old => {
                    return Err(error("digests", "another file has a different allow_salt"));
                }
                _ => list.salt = salt.map(str::to_owned),
            }
        }
        list.entries.push(Allow {
            place: (file.to_owned(), i + 1),
            reason: raw.reason,
            until,
            rule: raw.rule,
            path: raw.path,
            values,
            digests,
        });
        if list.entries.len() > allow::MOST_ENTRIES {
            return Err(error("allow", "there are more than 10000 entries"));
        }
    }
    Ok(())
}

/// Sixteen bytes in hexadecimal.
fn bytes(text: &str) -> Option<[u8; 16]> {
    let mut out = [0; 16];
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (slot, pair) in out.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
        *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, text: &str) -> Result<RuleSet, RuleError> {
        RuleSet::with_own(
            &[OwnFile {
                name: name.into(),
                text: text.into(),
            }],
            Examples::With,
        )
    }

    #[test]
    fn a_short_rule_is_enough() {
        let text = "[[rule]]\nid = 'own.badge'\npattern = 'EMP[0-9]{5}'\n";
        let set = set("a.toml", text).unwrap();
        let (_, rule) = set.find("own.badge").unwrap();
        assert_eq!(rule.title.0, "own.badge");
        assert!(rule.stands_alone());
        assert_ne!(set.digest, RuleSet::builtin().unwrap().digest);
    }

    #[test]
    fn lists_of_values_are_rules() {
        let set = set("x/客户.txt", "# title: 重要客户\n张三丰\n\nAcme Ltd\n").unwrap();
        let rule = set.rules.last().unwrap();
        assert!(rule.id.starts_with("own.list-"));
        assert_eq!(rule.title.0, "重要客户");
        assert!(matches!(&rule.find, super::super::Find::Words(w) if w.len() == 2));
        assert!(super::tests::set("a.txt", "# nothing\n").is_err());
        assert_eq!(slug("Clients 2026"), "own.clients-2026");
    }

    #[test]
    fn allow_lists_say_why_and_until_when() {
        let good =
            "[[allow]]\nreason = 'test account'\nuntil = '2027-01-31'\nvalues = ['13800138000']\n";
        assert_eq!(set("a.toml", good).unwrap().allow.entries.len(), 1);
        for (from, to, field) in [
            ("'test account'", "''", "reason"),
            ("'2027-01-31'", "'soon'", "until"),
            ("values = ['13800138000']", "", "values"),
            ("values = ['13800138000']", "values = ['--']", "values"),
            ("values = ['13800138000']", "digests = ['00']", "digests"),
            (
                "values = ['13800138000']",
                "digests = ['00112233445566778899aabbccddeeff']",
                "digests",
            ),
            ("reason", "reson", "reson"),
        ] {
            match set("a.toml", &good.replacen(from, to, 1)) {
                Err(RuleError::Field { field: found, .. }) => assert_eq!(found, field),
                Err(RuleError::File { reason, .. }) => assert!(reason.contains(field), "{reason}"),
                Ok(_) => panic!("{to} was taken"),
            }
        }
    }
}
