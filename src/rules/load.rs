//! From rule files to [`RuleSet`]: everything a file can get wrong is refused here, by name.

use super::{
    Allow, AllowList, Assigned, Edges, Example, Examples, Filter, Find, HeaderWords, Rule,
    RuleError, RuleSet, Weights, header_key,
    mask::Family,
    own,
    schema::{RawRule, RawToken, RawWeights, RuleFile},
    schemes, tags, tokens,
};
use crate::{
    digest::hex,
    engine::{Check, Finder, LazyRegex},
    validators,
};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Longest bare value of a `pattern`, in characters.
const LONGEST_SHAPE: usize = 64;
/// Most rules of a set: their number is a `u16`.
const MOST_RULES: usize = 4096;
/// Memory of one compiled regex, and regexes of a set: each is a pass of its own.
pub(super) const REGEX_BYTES: usize = 1 << 20;
const MOST_REGEXES: usize = 1000;

/// A file to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    /// A user's: what only the program's own need may be left out.
    pub(super) own: bool,
    /// Whether examples are made of the forms of keys.
    pub(super) examples: Examples,
}

/// A file that has been read; its rules not yet.
pub(super) struct Parsed<'a> {
    pub(super) name: &'a str,
    pub(super) own: bool,
    pub(super) examples: Examples,
    /// All of it but the rules.
    pub(super) file: RuleFile,
    /// Its rules, in order.
    pub(super) entries: Vec<Entry>,
}

/// A rule of a file: as a table, or in the type it should be when it is known to be right.
pub(super) enum Entry {
    Table(toml::Table),
    /// In short form.
    Short(toml::Table),
    Rule(Box<RawRule>),
    /// In short form.
    Token(Box<RawToken>),
}

impl Entry {
    fn id(&self) -> Option<&str> {
        match self {
            Self::Table(table) | Self::Short(table) => {
                table.get("id").and_then(toml::Value::as_str)
            }
            Self::Rule(rule) => Some(&rule.id),
            Self::Token(token) => Some(&token.id),
        }
    }

    /// Whether it was looked at when the program was made.
    fn is_trusted(&self) -> bool {
        matches!(self, Self::Rule(_) | Self::Token(_))
    }
}

/// A rule being read: whose fault an error is.
pub(super) struct Place<'a> {
    file: &'a str,
    pub(super) rule: &'a str,
    own: bool,
    /// Its expressions are known to be right: they need not be compiled to be looked at.
    trusted: bool,
    pub(super) examples: Examples,
    words: &'a BTreeMap<String, Vec<String>>,
}

impl Place<'_> {
    pub(super) fn error(&self, field: &str, reason: impl Into<String>) -> RuleError {
        RuleError::Field {
            file: self.file.to_owned(),
            rule: self.rule.to_owned(),
            field: field.to_owned(),
            reason: reason.into(),
        }
    }

    /// A regex of this field.
    pub(super) fn regex(&self, field: &str, text: &str) -> Result<LazyRegex, RuleError> {
        if self.trusted {
            return Ok(LazyRegex::trusted(text, REGEX_BYTES));
        }
        LazyRegex::checked(text, REGEX_BYTES)
            .map_err(|e| self.error(field, e.to_string().replace('\n', " ")))
    }

    /// The file it is from, and whether that is a user's.
    pub(super) fn origin(&self) -> (String, bool) {
        (self.file.to_owned(), self.own)
    }

    /// A list with `"@name"` replaced by the words of that list, in order, without repeats.
    pub(super) fn expand(&self, field: &str, list: &[String]) -> Result<Vec<String>, RuleError> {
        let mut out = Vec::with_capacity(list.len());
        let mut seen = BTreeSet::new();
        for word in list {
            let many = match word.strip_prefix('@') {
                None => std::slice::from_ref(word),
                Some(name) => self
                    .words
                    .get(name)
                    .ok_or_else(|| self.error(field, format!("no word list is named {name:?}")))?,
            };
            for word in many {
                if word.trim().is_empty() || word.len() > 200 {
                    return Err(self.error(field, "a word is empty or longer than 200 bytes"));
                }
                if seen.insert(word.as_str()) {
                    out.push(word.clone());
                }
            }
        }
        Ok(out)
    }
}

/// Adds texts to a digest, each with its length, so that no two lists of texts run together.
fn hash(hasher: &mut Sha256, parts: [&str; 2]) {
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part.as_bytes());
    }
}

/// Digest of files in this order.
pub(super) fn digest(files: &[Source<'_>]) -> String {
    let mut hasher = Sha256::new();
    for source in files {
        hash(&mut hasher, [source.name, source.text]);
    }
    hex(&hasher.finalize())
}

/// Reads a file, but not its rules.
pub(super) fn parse<'a>(source: &Source<'a>) -> Result<Parsed<'a>, RuleError> {
    let &Source {
        name,
        text,
        own,
        examples,
    } = source;
    let mut file: RuleFile = toml::from_str(text).map_err(|e| RuleError::File {
        file: name.to_owned(),
        reason: unshapely(text, &e),
    })?;
    let rules = std::mem::take(&mut file.rule).into_iter();
    let tokens = std::mem::take(&mut file.token).into_iter();
    Ok(Parsed {
        name,
        own,
        examples,
        entries: rules
            .map(Entry::Table)
            .chain(tokens.map(Entry::Short))
            .collect(),
        file,
    })
}

/// The rules of files, whose digest is given. See [`RuleSet::compile`].
pub(super) fn compile(files: Vec<Parsed<'_>>, digest: String) -> Result<RuleSet, RuleError> {
    let mut words = BTreeMap::new();
    let mut negative_headers = Vec::new();
    let mut placeholders: Vec<String> = Vec::new();
    let mut header_words = HeaderWords::default();
    let mut parsed = Vec::new();
    let mut allow = AllowList::default();
    for Parsed {
        name,
        own,
        examples,
        file,
        entries,
    } in files
    {
        for (list, entries) in file.words {
            if words.insert(list.clone(), entries).is_some() {
                return Err(RuleError::File {
                    file: name.to_owned(),
                    reason: format!("the word list {list:?} exists already"),
                });
            }
        }
        placeholders.extend(file.placeholders.iter().map(|p| p.to_ascii_lowercase()));
        negative_headers.extend(file.negative_headers.iter().map(|h| header_key(h)));
        header_words.before.extend(file.header_before);
        header_words.after.extend(file.header_after);
        header_words.pinyin.extend(file.header_pinyin);
        own::allow(name, file.allow, file.allow_salt.as_deref(), &mut allow)?;
        parsed.push((name, own, examples, entries));
    }
    let mut rules: Vec<Rule> = Vec::new();
    let mut ids = BTreeSet::new();
    for (file, own, examples, entries) in parsed {
        for (number, mut entry) in entries.into_iter().enumerate() {
            match &mut entry {
                Entry::Table(table) if own => own::lenient(table, false),
                Entry::Short(table) if own => own::lenient(table, true),
                _ => {}
            }
            let name = match entry.id() {
                Some(id) => id.to_owned(),
                None => format!("number {}", number + 1),
            };
            let place = Place {
                file,
                rule: &name,
                own,
                examples,
                trusted: entry.is_trusted(),
                words: &words,
            };
            let rule = match entry {
                Entry::Table(table) => rule(&place, read(&place, table)?)?,
                Entry::Short(table) => tokens::rule(&place, read(&place, table)?)?,
                Entry::Rule(raw) => rule(&place, *raw)?,
                Entry::Token(raw) => tokens::rule(&place, *raw)?,
            };
            if !ids.insert(rule.id.clone()) {
                return Err(place.error("id", "another rule has it; ids are never reused"));
            }
            rules.push(rule);
            bounded(&place, &rules)?;
        }
    }
    negative_headers.sort();
    negative_headers.dedup();
    placeholders.sort();
    placeholders.dedup();
    Ok(RuleSet {
        rules,
        negative_headers,
        placeholders,
        header_words,
        allow,
        digest,
    })
}

/// What is wrong with the shape of a text, and in which line. The parser's own text shows the line, which may
/// hold a value.
fn unshapely(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|s| text.get(..s.start));
    let line = before.map_or(1, |b| b.matches('\n').count() + 1);
    format!("TOML, line {line}: {}", without_values(error.message()))
}

/// A parser's message without what it quotes from the text.
pub fn without_values(message: &str) -> String {
    let message = message.trim().replace('\n', " ");
    match (message.find('"'), message.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            let (before, behind) = (message.get(..first), message.get(last + 1..));
            format!(
                "{}…{}",
                before.unwrap_or_default(),
                behind.unwrap_or_default()
            )
        }
        _ => message,
    }
}

/// A table as what it should be; an error names the field.
fn read<T: serde::de::DeserializeOwned>(
    place: &Place<'_>,
    table: toml::Table,
) -> Result<T, RuleError> {
    table.try_into::<T>().map_err(|e| {
        let message = e.to_string();
        let field = message.split('`').nth(1).unwrap_or("rule").to_owned();
        place.error(&field, without_values(&message))
    })
}

/// One rule from its raw form.
fn rule(place: &Place<'_>, raw: RawRule) -> Result<Rule, RuleError> {
    id(place, &raw.id)?;
    let find = find(place, &raw)?;
    let check = match &raw.check {
        None => Check::None,
        Some(name) => Check::find(name)
            .ok_or_else(|| place.error("check", "must be luhn, mod11-2, mod31 or org-code"))?,
    };
    let edges = match raw.edges.as_deref() {
        None | Some("word") => Edges::Word,
        Some("number") => Edges::Number,
        Some("free") => Edges::Free,
        Some(_) => return Err(place.error("edges", "must be word, number or free")),
    };
    let validator =
        match &raw.validator {
            None => None,
            Some(name) => Some(validators::find(name).ok_or_else(|| {
                place.error("validator", format!("no validator is named {name:?}"))
            })?),
        };
    let mask = Family::find(&raw.mask)
        .ok_or_else(|| place.error("mask", format!("must be one of {}", Family::names())))?;
    for tag in &raw.tags {
        if tags::find(tag).is_none() {
            return Err(place.error("tags", format!("{tag:?} is not in tags.toml")));
        }
    }
    for (field, text) in [
        ("title.zh", &raw.title.zh),
        ("title.en", &raw.title.en),
        ("standard", &raw.standard),
        ("mask_label", &raw.mask_label),
    ] {
        if text.trim().is_empty() {
            return Err(place.error(field, "is empty"));
        }
    }
    examples(place, &raw)?;
    let filter = filter(place, &raw, &find)?;
    Ok(Rule {
        find,
        check,
        filter,
        file: place.origin(),
        edges,
        validator,
        schemes: schemes::read(place, &raw)?,
        separators: raw.separators.unwrap_or_else(|| " -".to_owned()),
        prefixes: raw.prefixes,
        bracket: raw.bracket,
        check_digit: raw.check_digit,
        near: place.expand("near", &raw.near)?,
        labels: place.expand("labels", &raw.labels)?,
        against: place.expand("against", &raw.against)?,
        headers: headers(place, &raw.headers)?,
        header_names: place.expand("headers", &raw.headers)?,
        weights: weights(place, &raw.confidence)?,
        id: raw.id,
        title: (raw.title.zh, raw.title.en),
        standard: raw.standard,
        tags: tags::with_implied(&raw.tags),
        mask,
        mask_label: raw.mask_label,
        whole_column: raw.whole_column,
        positive: raw
            .examples
            .positive
            .into_iter()
            .map(|e| Example {
                text: e.text,
                value: e.value,
            })
            .collect(),
        negative: raw.examples.negative,
    })
}

/// No more rules than a set may hold, and no more regexes.
fn bounded(place: &Place<'_>, rules: &[Rule]) -> Result<(), RuleError> {
    let is_regex = |r: &&Rule| matches!(r.find, Find::Regex(_));
    if rules.iter().filter(is_regex).count() > MOST_REGEXES {
        return Err(place.error("regex", format!("more than {MOST_REGEXES} of them")));
    }
    if rules.len() > MOST_RULES {
        return Err(place.error("id", format!("more than {MOST_RULES} rules")));
    }
    Ok(())
}

/// Enough examples in a rule of the program's own, each with its value in it.
fn examples(place: &Place<'_>, raw: &RawRule) -> Result<(), RuleError> {
    // Those of the program are read only where they are shown.
    if place.trusted && place.examples == Examples::Without {
        return Ok(());
    }
    if !place.own && (raw.examples.positive.len() < 2 || raw.examples.negative.len() < 2) {
        return Err(place.error(
            "examples",
            "needs two positive and two negative ones at least",
        ));
    }
    if let Some(e) = raw
        .examples
        .positive
        .iter()
        .find(|e| !e.text.contains(&e.value))
    {
        return Err(place.error("examples", format!("{:?} does not hold its value", e.text)));
    }
    Ok(())
}

/// What a match must be besides its shape.
fn filter(place: &Place<'_>, raw: &RawRule, find: &Find) -> Result<Filter, RuleError> {
    let groups = match find {
        Find::Regex(_) if place.trusted => usize::from(u8::MAX),
        Find::Regex(regex) => regex::bytes::RegexBuilder::new(regex)
            .unicode(false)
            .build()
            .map_or(0, |r| r.captures_len() - 1),
        _ if raw.group > 0 || !raw.keywords.is_empty() => {
            return Err(place.error("group", "group and keywords go only with regex"));
        }
        _ => 0,
    };
    let group = usize::from(raw.group);
    if group > groups {
        return Err(place.error("group", format!("the regex has {groups} groups")));
    }
    let alone = raw.confidence.base + raw.confidence.valid.max(0) >= Rule::REPORTED;
    if group > 0 && !alone {
        return Err(place.error("group", "needs base and valid of 50 together at least"));
    }
    let small = |list: &[String]| list.iter().map(|w| w.to_lowercase()).collect();
    let blank = |list: &[String]| list.iter().any(|w| w.trim().is_empty() || w.len() > 200);
    if blank(&raw.keywords) || blank(&raw.refuse) {
        return Err(place.error("keywords", "a word is empty or longer than 200 bytes"));
    }
    let entropy = match raw.entropy {
        None => 0,
        Some(bits) => {
            tokens::tenths(bits).ok_or_else(|| place.error("entropy", "must be 0 to 8 bits"))?
        }
    };
    Ok(Filter {
        group,
        keywords: small(&raw.keywords),
        entropy,
        refuse: small(&raw.refuse),
    })
}

/// The digest of a set some of whose allow entries have ended.
pub(super) fn with_ended(digest: &str, ended: &[Allow]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(digest.as_bytes());
    for entry in ended {
        hasher.update(format!("{}#{}\n", entry.place.0, entry.place.1).as_bytes());
    }
    hex(&hasher.finalize())
}

/// `country.name` in lower-case letters, digits and single hyphens or underscores.
pub(super) fn id(place: &Place<'_>, id: &str) -> Result<(), RuleError> {
    let word = |w: &str| {
        !w.is_empty()
            && w.split(['-', '_']).all(|p| {
                !p.is_empty()
                    && p.bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            })
    };
    match id.split_once('.') {
        Some((country, name)) if id.len() <= 64 && word(country) && word(name) => Ok(()),
        _ => Err(place.error("id", "must be like cn.resident-id, 64 characters at most")),
    }
}

/// Headers in the form they are compared in.
fn headers(place: &Place<'_>, list: &[String]) -> Result<Vec<String>, RuleError> {
    let mut keys: Vec<String> = place
        .expand("headers", list)?
        .iter()
        .map(|h| header_key(h))
        .collect();
    keys.sort();
    keys.dedup();
    if keys.first().is_some_and(String::is_empty) {
        return Err(place.error("headers", "one of them is empty when normalised"));
    }
    Ok(keys)
}

/// Points within −100..=100, only `against` negative.
fn weights(place: &Place<'_>, raw: &RawWeights) -> Result<Weights, RuleError> {
    for (field, points) in [
        ("confidence.base", raw.base),
        ("confidence.valid", raw.valid),
        ("confidence.near", raw.near),
        ("confidence.label", raw.label),
        ("confidence.header", raw.header),
        ("confidence.column", raw.column),
        ("confidence.against", raw.against.saturating_neg()),
    ] {
        if !(0..=100).contains(&points) {
            return Err(place.error(field, "must be 0 to 100 (against: -100 to 0)"));
        }
    }
    Ok(Weights {
        base: raw.base,
        valid: raw.valid,
        near: raw.near,
        label: raw.label,
        header: raw.header,
        column: raw.column,
        against: raw.against,
    })
}

/// How the rule's values are recognised.
fn find(place: &Place<'_>, raw: &RawRule) -> Result<Find, RuleError> {
    let ways = usize::from(raw.pattern.is_some())
        + usize::from(raw.regex.is_some())
        + usize::from(raw.finder.is_some())
        + usize::from(raw.words.is_some());
    if ways != 1 {
        return Err(place.error(
            "pattern",
            "give exactly one of pattern, regex, finder, words",
        ));
    }
    if raw.pattern.is_none() && (!raw.groups.is_empty() || raw.plain.is_some()) {
        return Err(place.error("groups", "goes only with pattern"));
    }
    if let Some(text) = &raw.pattern {
        return shape(place, text, raw);
    }
    if let Some(text) = raw.regex.as_ref().filter(|_| place.trusted) {
        return Ok(Find::Regex(text.clone()));
    }
    if let Some(text) = &raw.regex {
        let parsed = regex::bytes::RegexBuilder::new(text)
            .unicode(false)
            .size_limit(REGEX_BYTES)
            .nest_limit(64)
            .build();
        return match parsed {
            Err(e) => Err(place.error("regex", e.to_string().replace('\n', " "))),
            Ok(r) if r.is_match(b"") => Err(place.error("regex", "matches nothing at all")),
            Ok(_) => Ok(Find::Regex(text.clone())),
        };
    }
    if let Some(words) = &raw.words {
        let words = place.expand("words", words)?;
        if words.is_empty() {
            return Err(place.error("words", "is empty"));
        }
        return Ok(Find::Words(words));
    }
    Ok(match raw.finder.as_deref() {
        Some("email") => Find::Named(Finder::Email),
        Some("ipv4") => Find::Named(Finder::Ipv4),
        Some("ipv6") => Find::Named(Finder::Ipv6),
        Some("mac") => Find::Named(Finder::Mac),
        Some("plate") => Find::Named(Finder::Plate),
        Some("iban") => Find::Named(Finder::Iban),
        Some("phone") => Find::Named(Finder::Phone),
        Some("macau") => Find::Named(Finder::Macau),
        Some("person") => Find::Person,
        Some("child") => Find::Child,
        Some("address") => Find::Address,
        Some("private-key") => Find::Named(Finder::PrivateKey),
        Some("password") => Find::Assigned(Assigned::Password),
        Some("key") => Find::Assigned(Assigned::Key),
        Some("login") => Find::Assigned(Assigned::Login),
        _ => {
            return Err(place.error(
                "finder",
                "must be email, ipv4, ipv6, mac, plate, iban, phone, macau, person, address, \
                 private-key, password, key or login",
            ));
        }
    })
}

/// A `pattern`: digits and capitals only, bounded, with groups that add up to a possible length.
fn shape(place: &Place<'_>, text: &str, raw: &RawRule) -> Result<Find, RuleError> {
    // Written with spaces and comments, kept without.
    let regex: String = text.split_whitespace().collect();
    let plain = raw.plain.unwrap_or(true);
    if place.trusted {
        return Ok(Find::Shape {
            regex,
            groups: raw.groups.clone(),
            plain,
        });
    }
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(32)
        .build()
        .parse(&regex)
        .map_err(|e| place.error("pattern", e.to_string().replace('\n', " ")))?;
    let properties = hir.properties();
    let (Some(min), Some(max)) = (properties.minimum_len(), properties.maximum_len()) else {
        return Err(place.error(
            "pattern",
            "has no longest value: use {m,n} instead of * and +",
        ));
    };
    if min < 4 || max > LONGEST_SHAPE || !properties.look_set().is_empty() {
        return Err(place.error(
            "pattern",
            format!("must be 4 to {LONGEST_SHAPE} characters long and without anchors"),
        ));
    }
    if !alphabet(&hir) {
        return Err(place.error("pattern", "may hold digits and capital letters only"));
    }
    for groups in &raw.groups {
        let sum: usize = groups.iter().map(|&g| usize::from(g)).sum();
        if groups.len() < 2 || groups.contains(&0) || !(min..=max).contains(&sum) {
            return Err(place.error(
                "groups",
                format!("{groups:?} is not two or more sizes that add up to {min} to {max}"),
            ));
        }
    }
    if !plain && raw.groups.is_empty() {
        return Err(place.error("plain", "is false although there are no groups"));
    }
    Ok(Find::Shape {
        regex,
        groups: raw.groups.clone(),
        plain,
    })
}

/// Whether the expression matches ASCII digits and capitals only.
fn alphabet(hir: &regex_syntax::hir::Hir) -> bool {
    use regex_syntax::hir::{Class, HirKind};
    let word = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase();
    match hir.kind() {
        HirKind::Empty => true,
        HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.iter().all(|&b| word(b)),
        HirKind::Class(Class::Bytes(class)) => {
            class.iter().all(|r| (r.start()..=r.end()).all(word))
        }
        HirKind::Class(Class::Unicode(class)) => class
            .iter()
            .all(|r| (r.start()..=r.end()).all(|c| u8::try_from(c).is_ok_and(word))),
        HirKind::Repetition(r) => alphabet(&r.sub),
        HirKind::Capture(c) => alphabet(&c.sub),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().all(alphabet),
    }
}
