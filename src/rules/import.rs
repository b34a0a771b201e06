//! Rule files of other scanners, in the TOML that gitleaks made common → a rule file of this program, and
//! what could not be taken over.
//!
//! Taken over: `id`, `description`, `regex`, `secretGroup` (or the first group that took part), `entropy`,
//! `keywords`, stop words, and allowed values that are plain text. Everything else is told.

use super::{RuleError, own};
use std::{collections::BTreeSet, fmt::Write};
use toml::{Table, Value};

/// Bytes of a file that is read at most.
const MOST_BYTES: usize = 8 << 20;
/// Memory of one compiled regex, as for own rules.
const REGEX_BYTES: usize = 1 << 20;

/// Why something was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The rule names paths only: files are not judged by their names here.
    PathOnly,
    /// The rule has no regex.
    NoRegex,
    /// The regex cannot be read here, or is too large: what the regex engine says.
    Regex(String),
    /// The regex can match nothing at all.
    Empty,
    /// The rule was taken over, but not that it holds for some paths only: it holds everywhere.
    Path,
    /// Allowed paths, given as regexes: allow entries here have globs.
    AllowedPaths,
    /// Allowed commits: history is not read here.
    Commits,
    /// An allowed value given as a regex, or compared with more than the value.
    AllowedRegex,
    /// An allow list all of whose conditions must hold.
    Condition,
    /// Rules of another file or of the other program.
    Extended,
    /// A field that is not known here.
    Unknown,
}

/// Something that was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The rule as the file calls it; empty for the file itself.
    pub rule: String,
    /// The field.
    pub field: String,
    /// Why.
    pub why: Why,
}

/// What an import gave.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The rule file.
    pub text: String,
    /// Rules in it.
    pub taken: usize,
    /// Rules and fields that are not.
    pub left: Vec<LeftOut>,
}

/// Reads a rule file in the form of gitleaks. `name` is what errors call it.
///
/// # Errors
/// When it is not TOML, has no rules, or is too large.
pub fn gitleaks(name: &str, text: &str) -> Result<Imported, RuleError> {
    let error = |reason: String| RuleError::File {
        file: name.to_owned(),
        reason,
    };
    if text.len() > MOST_BYTES {
        return Err(error(format!("is larger than {} MiB", MOST_BYTES >> 20)));
    }
    let whole: Table = toml::from_str(text.trim_start_matches('\u{FEFF}'))
        .map_err(|e| error(e.to_string().trim().replace('\n', " ")))?;
    let rules = whole
        .get("rules")
        .and_then(Value::as_array)
        .ok_or_else(|| error("has no [[rules]]: is it a rule file of gitleaks?".to_owned()))?;
    let mut import = Import {
        left: Vec::new(),
        rule: String::new(),
    };
    let mut common = BTreeSet::new();
    for (key, value) in &whole {
        match key.as_str() {
            "rules" | "title" | "description" | "minVersion" => {}
            "extend" => import.leave(key, Why::Extended),
            "allowlist" | "allowlists" => import.allowed(value, &mut common),
            _ => import.leave(key, Why::Unknown),
        }
    }
    let mut ids = BTreeSet::new();
    let (mut out, mut taken) = (String::new(), 0);
    for (i, rule) in rules.iter().enumerate() {
        let Some(rule) = rule.as_table() else {
            continue;
        };
        let id = rule.get("id").and_then(Value::as_str);
        import.rule = id.map_or_else(|| format!("#{}", i + 1), str::to_owned);
        if let Some(mut table) = import.rule(rule, &common) {
            let base = own::slug(&import.rule).replacen("own.", "imported.", 1);
            let mut id = base.clone();
            let mut n = 1;
            while !ids.insert(id.clone()) {
                n += 1;
                id = format!("{base}-{n}");
            }
            table.insert("id".into(), Value::String(id));
            out.push_str("[[rule]]\n");
            for (key, value) in &table {
                let _ = writeln!(out, "{key} = {}", written(value));
            }
            out.push('\n');
            taken += 1;
        }
    }
    let text =
        format!("# Imported from a rule file of another scanner; see docs/rules.md.\n\n{out}");
    Ok(Imported {
        text,
        taken,
        left: import.left,
    })
}

struct Import {
    left: Vec<LeftOut>,
    rule: String,
}

impl Import {
    fn leave(&mut self, field: &str, why: Why) {
        self.left.push(LeftOut {
            rule: self.rule.clone(),
            field: field.to_owned(),
            why,
        });
    }

    /// One rule, or `None` when it cannot be taken over.
    fn rule(&mut self, rule: &Table, common: &BTreeSet<String>) -> Option<Table> {
        let Some(regex) = rule.get("regex").and_then(Value::as_str) else {
            let why = if rule.contains_key("path") {
                Why::PathOnly
            } else {
                Why::NoRegex
            };
            self.leave("regex", why);
            return None;
        };
        let built = regex::bytes::RegexBuilder::new(regex)
            .unicode(false)
            .size_limit(REGEX_BYTES)
            .nest_limit(64)
            .build();
        let compiled = match built {
            Ok(compiled) => compiled,
            Err(e) => {
                let text = e.to_string();
                let last = text.lines().last().unwrap_or_default().trim();
                self.leave("regex", Why::Regex(last.to_owned()));
                return None;
            }
        };
        if compiled.is_match(b"") {
            self.leave("regex", Why::Empty);
            return None;
        }
        let mut refuse = common.clone();
        let mut out = Table::new();
        let text = |v: &str| Value::String(v.to_owned());
        let texts = |all: &[Value]| -> Vec<Value> {
            all.iter()
                .filter(|v| v.as_str().is_some_and(|t| !t.trim().is_empty()))
                .cloned()
                .collect()
        };
        out.insert("regex".into(), text(regex));
        out.insert("edges".into(), text("free"));
        let mut group = i64::from(compiled.captures_len() > 1);
        for (key, value) in rule {
            match (key.as_str(), value) {
                ("description", Value::String(d)) => {
                    out.insert("title".into(), text(d.trim()));
                }
                ("secretGroup", Value::Integer(n)) if *n > 0 => group = *n,
                ("id" | "regex" | "tags" | "secretGroup", _) => {}
                ("entropy", Value::Float(bits)) => {
                    out.insert("entropy".into(), Value::Float(*bits));
                }
                #[expect(clippy::cast_precision_loss, reason = "a few bits")]
                ("entropy", Value::Integer(bits)) => {
                    out.insert("entropy".into(), Value::Float(*bits as f64));
                }
                ("keywords", Value::Array(words)) => {
                    out.insert("keywords".into(), Value::Array(texts(words)));
                }
                ("path", _) => self.leave("path", Why::Path),
                ("allowlist" | "allowlists", list) => self.allowed(list, &mut refuse),
                _ => self.leave(key, Why::Unknown),
            }
        }
        if usize::try_from(group).is_ok_and(|g| g >= compiled.captures_len()) {
            self.leave("secretGroup", Why::Unknown);
            group = 0;
        }
        if group > 0 {
            out.insert("group".into(), Value::Integer(group));
        }
        if !refuse.is_empty() {
            let all = refuse.iter().map(|w| text(w)).collect();
            out.insert("refuse".into(), Value::Array(all));
        }
        out.insert("tags".into(), Value::Array(vec![text("jrt0171.c3")]));
        out.insert("mask".into(), text("secret"));
        out.insert("mask_label".into(), text("密钥"));
        Some(out)
    }

    /// What an allow list, or several, say of values as plain text goes into `refuse`.
    fn allowed(&mut self, list: &Value, refuse: &mut BTreeSet<String>) {
        let one;
        let lists: &[Value] = match list {
            Value::Array(all) => all,
            other => {
                one = [other.clone()];
                &one
            }
        };
        for list in lists.iter().filter_map(Value::as_table) {
            let all = list.get("condition").and_then(Value::as_str);
            if all.is_some_and(|c| c.eq_ignore_ascii_case("and") || c == "&&") {
                self.leave("allowlist", Why::Condition);
                continue;
            }
            let target = list.get("regexTarget").and_then(Value::as_str);
            let own = target.is_none_or(|t| t == "secret");
            for (key, value) in list {
                let texts: Vec<&str> = value
                    .as_array()
                    .map(|a| a.iter().filter_map(Value::as_str).collect())
                    .unwrap_or_default();
                match key.as_str() {
                    "description" | "condition" | "regexTarget" => {}
                    "stopwords" => refuse.extend(
                        texts
                            .iter()
                            .filter(|t| !t.trim().is_empty())
                            .map(|t| t.to_lowercase()),
                    ),
                    "regexes" => {
                        for text in texts {
                            match plain(text).filter(|_| own) {
                                Some(word) => {
                                    refuse.insert(word.to_lowercase());
                                }
                                None => self.leave("allowlist.regexes", Why::AllowedRegex),
                            }
                        }
                    }
                    "paths" => self.leave("allowlist.paths", Why::AllowedPaths),
                    "commits" => self.leave("allowlist.commits", Why::Commits),
                    _ => self.leave(&format!("allowlist.{key}"), Why::Unknown),
                }
            }
        }
    }
}

/// A value as TOML.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => own::quoted(text),
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(written).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Integer(n) => n.to_string(),
        Value::Float(n) => format!("{n:?}"),
        _ => "false".to_owned(),
    }
}

/// The text that a regex without any sign stands for.
fn plain(regex: &str) -> Option<String> {
    let hir = regex_syntax::ParserBuilder::new()
        .build()
        .parse(regex)
        .ok()?;
    match hir.kind() {
        regex_syntax::hir::HirKind::Literal(literal) if literal.0.len() >= 4 => {
            String::from_utf8(literal.0.to_vec()).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{OwnFile, RuleSet};
    use super::*;

    const FILE: &str = r#"
title = "house"
[extend]
useDefault = true
[allowlist]
paths = ['''vendor/''']
stopwords = ["EXAMPLE"]
[[rules]]
id = "House_Key"
description = "House key"
regex = '''(?i)house[_-]key["' =:]{1,4}([0-9a-f]{32})'''
keywords = ["house"]
entropy = 3
tags = ["key"]
  [[rules.allowlists]]
  regexes = ['''deadbeef''', '''^0+$''']
  commits = ["abc"]
[[rules]]
id = "only-path"
path = '''\.p12$'''
[[rules]]
id = "cannot"
regex = '''a(?=b)'''
[[rules]]
id = "house key"
regex = '''hk-[0-9]{12}'''
path = '''x'''
"#;

    #[test]
    fn what_can_be_taken_over_is_and_the_rest_is_told() {
        let imported = gitleaks("g.toml", FILE).unwrap();
        assert_eq!(imported.taken, 2);
        let told: Vec<(String, String)> = imported
            .left
            .iter()
            .map(|l| (l.rule.clone(), l.field.clone()))
            .collect();
        let has = |rule: &str, field: &str| told.contains(&(rule.into(), field.into()));
        assert!(has("", "extend") && has("", "allowlist.paths"), "{told:?}");
        assert!(has("House_Key", "allowlist.regexes") && has("House_Key", "allowlist.commits"));
        assert!(has("only-path", "regex") && has("cannot", "regex") && has("house key", "path"));
        let set = RuleSet::with_own(
            &[OwnFile {
                name: "imported.toml".into(),
                text: imported.text,
            }],
            crate::rules::Examples::With,
        )
        .unwrap();
        let (_, rule) = set.find("imported.house-key").unwrap();
        assert_eq!((rule.filter.group, rule.filter.entropy), (1, 30));
        assert_eq!(rule.filter.refuse, ["deadbeef", "example"]);
        assert!(set.find("imported.house-key-2").is_some());
    }

    #[test]
    fn other_files_are_refused() {
        assert!(gitleaks("g.toml", "a = 1").is_err());
        assert!(gitleaks("g.toml", "[[rules").is_err());
    }
}
