//! From text to findings.
//!
//! A [`Detector`] is compiled once from the rules. For each file or member a [`Pass`] is begun and
//! shown its fragments in order; what it learns about a table's columns from the table's first block
//! holds for the blocks after it.

pub mod addresses;
pub mod names;

mod aligned;
mod beside;
mod children;
mod columns;
mod context;
mod fold;
mod headers;
mod inline;
mod labelled;
mod numerals;
mod resolve;
mod running;
mod score;
mod secrets;
mod stand;
mod vocabulary;
mod wraps;

pub use resolve::Found;
pub use stand::{Beside, edits, frames};

use crate::{
    digest::JobKey,
    engine::{Engine, EngineError, Find as Seek, Finder, Hit, Hits, LazyRegex, Pattern},
    model::{
        CellAt, Charset, Confidence, Fragment, Layout, Reason, Reasons, Span, ValueDigest, Verdict,
    },
    rules::{Find, Profile, Pseudonyms, Rule, RuleSet, Weights, mask::mask},
};
use columns::{Dictionary, Plan};
use context::Context;
use fold::Folded;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Findings below this are not reported unless the user asks (identifiers 1.3: 50 is *certain*).
pub const DEFAULT_CONFIDENCE: u8 = 50;

/// Rules compiled for finding. Shared by all threads.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    engine: Engine,
    /// By engine pattern: its rule, or [`LABELS`].
    pattern_rules: Vec<u16>,
    /// Rules found behind a label only.
    labelled: Vec<labelled::Labelled>,
    label_of: BTreeMap<u16, usize>,
    ends: labelled::Ends,
    context: Context,
    secrets: secrets::Secrets,
    regexes: Regexes,
    /// Findings left out by the allow list.
    allowed: AtomicU64,
    /// Pseudonyms passed over.
    handled: AtomicU64,
    pseudonyms: Option<Arc<dyn Pseudonyms>>,
    /// The rules whose findings are given, when not all are.
    only: Option<BTreeSet<u16>>,
    dictionary: Dictionary,
    minimum: u8,
    children: Option<children::Children>,
    comments: Comments,
    /// The rule for postal addresses.
    address: Option<u16>,
    /// The rule for dates of birth, and what looks at one.
    birth: Option<(u16, Option<crate::rules::Validator>)>,
}

/// Whether comments in a text can allow what is found beside them. Whoever writes a file could hide it so,
/// which is for a team's own sources only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comments {
    /// They are text like any other.
    #[default]
    Ignored,
    /// `inkout:allow RULE REASON` allows what the rule finds in that line.
    Honoured,
}

const LABELS: u16 = u16::MAX;
/// Engine patterns that no rule has of its own: long words, and the word for a password.
const LONG_WORDS: u16 = u16::MAX - 1;
const PASSWORDS: u16 = u16::MAX - 2;
/// Memory of one compiled regex. The loader has seen that it is enough.
const REGEX_BYTES: usize = 10 << 20;
/// Bytes of a line looked at around a value.
const LINE: usize = 600;

/// What the engine gave, looked at by its validator.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    rule: u16,
    start: u32,
    end: u32,
    cell: u32,
    verdict: Verdict,
    /// It holds a check digit or a checked structure.
    checked: bool,
    folded: bool,
    /// Found behind a label, which therefore need not be looked for again.
    label: bool,
}

impl Detector {
    /// Compiles rules. Findings under `minimum` percent are dropped.
    ///
    /// # Errors
    /// When a rule's pattern cannot be compiled.
    pub fn new(rules: Arc<RuleSet>, minimum: u8) -> Result<Self, EngineError> {
        let mut patterns = Vec::new();
        let mut pattern_rules = Vec::new();
        let mut labels = Vec::new();
        let mut regexes = Regexes::default();
        for (index, rule) in (0u16..).zip(&rules.rules) {
            if rule.most() < i32::from(minimum) {
                continue;
            }
            if let Some(l) = labelled::Labelled::new(index, rule, minimum) {
                labels.push(l);
                continue;
            }
            let Some(find) = seek(rule) else {
                continue;
            };
            regexes.add(index, rule);
            patterns.push(Pattern {
                find,
                check: rule.check,
            });
            pattern_rules.push(index);
        }
        let secrets = secrets::Secrets::new(&rules);
        let mut words = labelled::stems(&labels);
        let latin = secrets::LATIN.map(String::from);
        if secrets.any() {
            words.extend(secrets::WORDS.map(String::from));
            patterns.push(Pattern {
                find: Seek::Named(Finder::LongWord),
                check: crate::engine::Check::None,
            });
            pattern_rules.push(LONG_WORDS);
            patterns.push(Pattern {
                find: Seek::Token(&latin),
                check: crate::engine::Check::None,
            });
            pattern_rules.push(PASSWORDS);
        }
        if !words.is_empty() {
            patterns.push(Pattern {
                find: Seek::Words(&words),
                check: crate::engine::Check::None,
            });
            pattern_rules.push(LABELS);
        }
        let engine = Engine::compile(&patterns)?;
        let label_of = labels
            .iter()
            .enumerate()
            .map(|(i, l)| (l.rule, i))
            .collect();
        let ends = labelled::Ends::new(&labels);
        let context = Context::new(&rules);
        let dictionary = Dictionary::new(&rules, minimum);
        let mut out = Self {
            rules,
            engine,
            pattern_rules,
            labelled: labels,
            label_of,
            ends,
            context,
            secrets,
            regexes,
            allowed: AtomicU64::new(0),
            handled: AtomicU64::new(0),
            pseudonyms: None,
            only: None,
            dictionary,
            minimum,
            children: None,
            comments: Comments::default(),
            address: None,
            birth: None,
        };
        out.address = out.textual(&Find::Address);
        out.birth = beside::births(&out);
        Ok(out)
    }

    /// The rules it was compiled from.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// With what says what stands in place of values under [`Profile::Pseudonym`].
    #[must_use]
    pub fn with_pseudonyms(mut self, pseudonyms: Arc<dyn Pseudonyms>) -> Self {
        self.pseudonyms = Some(pseudonyms);
        self
    }

    /// That gives what these rules find and nothing else. All rules are looked for all the same: what a column
    /// holds, and which of two rules a value belongs to, follows from all of them.
    #[must_use]
    pub fn with_only(mut self, ids: &BTreeSet<String>) -> Self {
        let is_one = |(_, rule): &(u16, &Rule)| ids.contains(&rule.id);
        let numbers = (0_u16..).zip(&self.rules.rules).filter(is_one);
        self.only = Some(numbers.map(|(number, _)| number).collect());
        self
    }

    /// How many pseudonyms were met and passed over. See [`crate::model::Frame`].
    pub fn handled(&self) -> u64 {
        self.handled.load(Ordering::Relaxed)
    }

    /// Begins a file or member.
    pub fn begin(&self) -> Pass<'_> {
        Pass {
            detector: self,
            tables: BTreeMap::new(),
            hits: Hits::default(),
            spare: Hits::default(),
            spots: Vec::new(),
            signs: Vec::new(),
            folded: Folded::default(),
            candidates: Vec::new(),
            found: Vec::new(),
            says: BTreeMap::new(),
            person: running::person(self),
            reader: names::Reader::new(self.minimum),
            names: Vec::new(),
            ranges: Vec::new(),
        }
    }

    /// Whether a value found by a rule in a file, given by its path under the root, is on the allow list. Those
    /// that are get counted.
    pub fn allows(&self, path: &[u8], rule: u16, bytes: &[u8], charset: Charset) -> bool {
        if self.rules.allow.is_empty() {
            return false;
        }
        let Some(r) = self.rule(rule) else {
            return false;
        };
        let text = text_of(bytes, charset);
        let canonical = score::canonical(r, &text);
        let allowed = self.rules.allow.allows(&r.id, path, &[&text, &canonical]);
        if allowed {
            self.allowed.fetch_add(1, Ordering::Relaxed);
        }
        allowed
    }

    /// Sets whether comments are honoured.
    #[must_use]
    pub fn with_comments(mut self, comments: Comments) -> Self {
        self.comments = comments;
        self
    }

    /// Whether a comment in the line of a finding allows it: `range` are its bytes in a fragment of lines.
    /// Those that are get counted.
    pub fn allows_in_line(&self, rule: u16, text: &[u8], range: std::ops::Range<usize>) -> bool {
        if self.comments == Comments::Ignored {
            return false;
        }
        let before = text.get(..range.start).unwrap_or_default();
        let after = text.get(range.end..).unwrap_or_default();
        let from = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let to = memchr::memchr(b'\n', after).map_or(text.len(), |at| range.end + at);
        let line = text.get(from..to).unwrap_or_default();
        let allowed = self.rule(rule).is_some_and(|r| inline::allows(line, &r.id));
        if allowed {
            self.allowed.fetch_add(1, Ordering::Relaxed);
        }
        allowed
    }

    /// How many findings the allow list has left out.
    pub fn allowed(&self) -> u64 {
        self.allowed.load(Ordering::Relaxed)
    }

    /// A rule by its index.
    pub fn rule(&self, index: u16) -> Option<&Rule> {
        self.rules.rules.get(usize::from(index))
    }

    fn weights(&self, rule: u16) -> Weights {
        self.rule(rule).map_or(
            Weights {
                base: 0,
                valid: 0,
                near: 0,
                label: 0,
                header: 0,
                column: 0,
                against: 0,
            },
            |r| r.weights,
        )
    }

    fn find(&self, rule: u16) -> &Find {
        const NONE: &Find = &Find::Words(Vec::new());
        self.rule(rule).map_or(NONE, |r| &r.find)
    }

    fn whole_column(&self, rule: u16) -> bool {
        self.rule(rule).is_some_and(|r| r.whole_column)
    }

    fn has_check(&self, rule: u16) -> bool {
        self.rule(rule).is_some_and(Rule::has_check)
    }

    fn is_labelled(&self, rule: u16) -> bool {
        self.label_of.contains_key(&rule)
    }

    /// Whether a rule's values name one person, so that the names beside them are persons.
    fn is_identity(&self, rule: u16) -> bool {
        self.rule(rule).is_some_and(|r| {
            r.id.contains("resident-id")
                || r.id.contains("mobile")
                || r.id.contains("bank-card")
                || r.id.contains("email")
        })
    }

    fn textual(&self, find: &Find) -> Option<u16> {
        let same = |r: &Rule| std::mem::discriminant(&r.find) == std::mem::discriminant(find);
        (0u16..)
            .zip(&self.rules.rules)
            .find(|(_, r)| same(r))
            .map(|(i, _)| i)
    }

    /// Whether a whole cell is a value of a rule that is found by label only.
    fn fits(&self, rule: u16, cell: &str) -> bool {
        self.label_of
            .get(&rule)
            .and_then(|&i| self.labelled.get(i))
            .is_some_and(|l| l.fits(self, cell))
    }

    /// A value in the form in which equal values are equal: without separators, in capitals.
    pub fn canonical<'a>(&self, rule: u16, value: &'a str) -> Cow<'a, str> {
        self.rule(rule)
            .map_or(Cow::Borrowed(value), |r| score::canonical(r, value))
    }

    /// Keyed fingerprint of a value found in a fragment.
    pub fn digest(&self, key: &JobKey, rule: u16, bytes: &[u8], charset: Charset) -> ValueDigest {
        let mut buf = [0; 96];
        if let Some(bare) = self
            .rule(rule)
            .and_then(|r| score::canonical_ascii(r, bytes, &mut buf))
        {
            return key.value(bare);
        }
        let text = text_of(bytes, charset);
        key.value(self.canonical(rule, &text).as_bytes())
    }

    /// The value as it may be shown or put in its place.
    pub fn mask(&self, rule: u16, profile: Profile, value: &str, token: Option<&str>) -> String {
        self.rule(rule).map_or_else(String::new, |r| {
            mask(r.mask, profile, value, &r.mask_label, token)
        })
    }
}

/// How the engine looks for a rule's values; `None` for what is found in other ways.
fn seek(rule: &Rule) -> Option<Seek<'_>> {
    Some(match &rule.find {
        Find::Shape {
            regex,
            groups,
            plain,
        } => Seek::Shape {
            regex,
            groups,
            plain: *plain,
        },
        Find::Named(finder) => Seek::Named(*finder),
        Find::Words(words) => Seek::Words(words),
        Find::Regex(regex) if rule.filter.keywords.is_empty() => Seek::Regex(regex),
        Find::Regex(regex) => Seek::Guarded {
            regex,
            words: &rule.filter.keywords,
        },
        Find::Token(token) => Seek::Token(&token.forms),
        Find::Person | Find::Address | Find::Child | Find::Assigned(_) => return None,
    })
}

/// Regexes that are looked at for candidates only.
#[derive(Debug, Default)]
struct Regexes {
    /// What must stand before tokens, by rule.
    leads: BTreeMap<u16, LazyRegex>,
    /// Those one of whose groups is the value, by rule.
    groups: BTreeMap<u16, LazyRegex>,
}

impl Regexes {
    fn add(&mut self, index: u16, rule: &Rule) {
        match &rule.find {
            Find::Token(token) => {
                let lead = token.before.as_ref().map(|b| format!("(?:{b})$"));
                self.leads
                    .extend(lead.map(|l| (index, LazyRegex::trusted(l, REGEX_BYTES))));
            }
            Find::Regex(regex) if rule.filter.group > 0 => {
                let regex = LazyRegex::trusted(regex.as_str(), REGEX_BYTES);
                self.groups.insert(index, regex);
            }
            _ => {}
        }
    }
}

/// Text of bytes in a fragment's charset, with U+FFFD for what cannot be decoded.
pub fn text_of(bytes: &[u8], charset: Charset) -> Cow<'_, str> {
    match charset {
        Charset::Utf8 => std::str::from_utf8(bytes)
            .map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed),
        Charset::Gb18030 => encoding_rs::GB18030.decode_without_bom_handling(bytes).0,
    }
}

/// What was learnt of the tables of a file, to be given to the passes over its other segments.
#[derive(Debug, Clone, Default)]
pub struct Tables(BTreeMap<u32, Arc<Vec<Plan>>>);

/// One file's or member's fragments, in order.
#[derive(Debug)]
pub struct Pass<'d> {
    detector: &'d Detector,
    tables: BTreeMap<u32, Arc<Vec<Plan>>>,
    hits: Hits,
    spare: Hits,
    spots: Vec<u32>,
    signs: Vec<u32>,
    folded: Folded,
    candidates: Vec<Candidate>,
    found: Vec<Found>,
    says: BTreeMap<String, columns::Named>,
    /// The rule for names of persons.
    person: Option<u16>,
    reader: names::Reader,
    names: Vec<names::Name>,
    ranges: Vec<std::ops::Range<usize>>,
}

impl Pass<'_> {
    /// What was learnt of the tables so far.
    pub fn tables(&self) -> Tables {
        Tables(self.tables.clone())
    }

    /// Starts from what an earlier pass over the same file learnt.
    pub fn know(&mut self, tables: &Tables) {
        self.tables = tables.0.clone();
    }

    /// Name of a column, as its header says; for the inventory.
    pub fn header(&self, table: u32, row: u64, column: u32) -> Option<&str> {
        let plan = plan_for(self.tables.get(&table)?, row)?;
        plan.columns
            .get(column.checked_sub(1)? as usize)?
            .header
            .as_deref()
    }

    /// Whether a column of the table says when its row's person was born, or nearly: a date of birth, an age, a
    /// zodiac sign.
    pub fn tells_birth(&self, table: u32, row: u64) -> bool {
        let plan = self.tables.get(&table).and_then(|p| plan_for(p, row));
        plan.is_some_and(|p| {
            (p.columns.iter())
                .filter_map(|c| c.header.as_deref())
                .any(stand::says_birth)
        })
    }

    /// Finds the values of one fragment: not overlapping, ordered by place.
    pub fn text(&mut self, fragment: &Fragment<'_>) -> &[Found] {
        self.found.clear();
        self.candidates.clear();
        if fragment.bytes.is_empty() {
            return &self.found;
        }
        let in_name = matches!(fragment.at.last(), Some(crate::model::Step::Name));
        let mut bytes = Cow::Borrowed(fragment.bytes);
        stand::pass_over(fragment, &mut bytes, &self.detector.handled);
        if in_name && bytes.contains(&b'_') {
            // In the name of a file an underscore stands for a blank.
            for b in bytes.to_mut() {
                if *b == b'_' {
                    *b = b' ';
                }
            }
        }
        match &bytes {
            Cow::Borrowed(_) => self.find(fragment),
            Cow::Owned(bytes) => self.find(&Fragment {
                bytes,
                ..fragment.clone()
            }),
        }
        &self.found
    }

    fn find(&mut self, fragment: &Fragment<'_>) {
        self.detector.engine.scan(
            fragment.bytes,
            fragment.own.clone(),
            fragment.charset,
            &mut self.hits,
        );
        let cells = match fragment.layout {
            Layout::Cells { cells, .. } => cells,
            _ => &[],
        };
        let searched = labelled::Searched::new(fragment.bytes, fragment.charset);
        self.take_hits(fragment, searched, cells);
        self.take_colons(fragment, searched, cells);
        self.take_folds(fragment, cells);
        self.take_wraps(fragment, cells);
        if self
            .candidates
            .windows(2)
            .any(|w| matches!(w, [a, b] if a.start > b.start))
        {
            self.candidates.sort_by_key(|c| c.start);
        }
        match fragment.layout {
            Layout::Cells {
                table, first_row, ..
            } => self.table(fragment, &table, first_row, cells),
            _ => self.running_text(fragment, searched),
        }
        resolve::resolve(&mut self.found);
        if let Some(only) = &self.detector.only {
            self.found.retain(|f| only.contains(&f.rule));
        }
        if let Some(children) = &self.detector.children {
            children.mark(fragment, &mut self.found);
        }
    }

    /// Engine hits → validated candidates.
    fn take_hits(
        &mut self,
        fragment: &Fragment<'_>,
        searched: labelled::Searched<'_>,
        cells: &[CellAt],
    ) {
        let mut cell = 0;
        let hits = std::mem::take(&mut self.hits);
        for hit in &hits.hits {
            let Some(&rule) = self.detector.pattern_rules.get(usize::from(hit.pattern)) else {
                continue;
            };
            let at = match cell_of(cells, &mut cell, hit) {
                Place::Outside => continue,
                Place::Text => Found::NO_CELL,
                Place::Cell(i) => i,
            };
            if rule == LABELS {
                self.behind_label(searched, hit, at, cells);
            }
            if rule >= PASSWORDS {
                self.secret(fragment, rule, hit, at, cells);
                continue;
            }
            if let Some(c) = score::candidate(
                self.detector,
                fragment.bytes,
                rule,
                hit.start,
                hit.end,
                fragment.charset,
            ) {
                self.candidates.push(Candidate { cell: at, ..c });
            }
        }
        self.hits = hits;
    }

    /// A secret that the word or long word of this hit tells.
    fn secret(
        &mut self,
        fragment: &Fragment<'_>,
        kind: u16,
        hit: &Hit,
        cell: u32,
        cells: &[CellAt],
    ) {
        let region = region(fragment, cell, cells);
        let range = hit.start as usize..hit.end as usize;
        let secrets = &self.detector.secrets;
        let found = if kind == LONG_WORDS {
            secrets.long_word(fragment.bytes, &region, range, fragment.charset)
        } else {
            secrets.word(fragment.bytes, &region, range, fragment.charset)
        };
        self.take_secret(found, cell);
    }

    fn take_secret(&mut self, found: Option<(u16, Span)>, cell: u32) {
        let Some((rule, span)) = found else {
            return;
        };
        self.candidates.push(Candidate {
            rule,
            start: u32::try_from(span.start()).unwrap_or(u32::MAX),
            end: u32::try_from(span.end()).unwrap_or(u32::MAX),
            cell,
            verdict: Verdict::Unchecked,
            checked: false,
            folded: false,
            label: true,
        });
    }

    /// Values behind a label and a colon.
    fn take_colons(
        &mut self,
        fragment: &Fragment<'_>,
        searched: labelled::Searched<'_>,
        cells: &[CellAt],
    ) {
        let mut spots = std::mem::take(&mut self.spots);
        spots.clear();
        let mut signs = std::mem::take(&mut self.signs);
        signs.clear();
        self.detector.ends.colons(
            fragment.bytes,
            fragment.own.clone(),
            fragment.charset,
            &mut |at| spots.extend(u32::try_from(at)),
            &mut |at| signs.extend(u32::try_from(at)),
        );
        let mut cell = 0;
        for &at in &signs {
            let hit = Hit {
                start: at,
                end: at,
                pattern: u16::MAX,
            };
            let cell = match cell_of(cells, &mut cell, &hit) {
                Place::Outside => continue,
                Place::Text => Found::NO_CELL,
                Place::Cell(i) => i,
            };
            let region = region(fragment, cell, cells);
            let found =
                self.detector
                    .secrets
                    .colon(fragment.bytes, &region, at as usize, fragment.charset);
            self.take_secret(found, cell);
        }
        self.signs = signs;
        let mut cell = 0;
        for &at in &spots {
            let hit = Hit {
                start: at,
                end: at,
                pattern: u16::MAX,
            };
            match cell_of(cells, &mut cell, &hit) {
                Place::Outside => {}
                Place::Text => self.behind_label(searched, &hit, Found::NO_CELL, cells),
                Place::Cell(i) => self.behind_label(searched, &hit, i, cells),
            }
        }
        self.spots = spots;
    }

    /// Values behind a label that ends at this hit.
    fn behind_label(
        &mut self,
        searched: labelled::Searched<'_>,
        hit: &Hit,
        cell: u32,
        cells: &[CellAt],
    ) {
        let end = cells
            .get(cell as usize)
            .map_or(searched.len(), |c| c.end as usize);
        let start = cells.get(cell as usize).map_or(0, |c| c.start as usize);
        labelled::behind(
            self.detector,
            searched,
            start..end,
            hit,
            &mut |rule, span: Span, verdict| {
                self.candidates.push(Candidate {
                    rule,
                    start: u32::try_from(span.start()).unwrap_or(u32::MAX),
                    end: u32::try_from(span.end()).unwrap_or(u32::MAX),
                    cell,
                    verdict,
                    checked: verdict == Verdict::Valid && self.detector.has_check(rule),
                    folded: false,
                    label: true,
                });
            },
        );
    }

    /// Values written in other forms: folds the neighbourhood and scans again.
    fn take_folds(&mut self, fragment: &Fragment<'_>, cells: &[CellAt]) {
        let folds = std::mem::take(&mut self.hits.folds);
        let mut done = 0;
        for &spot in &folds {
            let spot = spot as usize;
            if spot < done {
                continue;
            }
            let (from, to) = neighbourhood(fragment.bytes, spot, fragment.charset);
            done = to.saturating_sub(48).max(spot + 1);
            let Some(text) = fragment.bytes.get(from..to) else {
                continue;
            };
            self.folded.fold(text, from, fragment.charset);
            if !self.folded.changed {
                continue;
            }
            let len = self.folded.bytes.len();
            self.detector.engine.scan(
                &self.folded.bytes,
                0..len,
                fragment.charset,
                &mut self.spare,
            );
            self.take_spare(fragment, cells, &|_, _| true);
        }
        self.hits.folds = folds;
    }

    fn running_text(&mut self, fragment: &Fragment<'_>, searched: labelled::Searched<'_>) {
        let label = fragment.label.map(|l| self.label_says(l));
        let in_name = matches!(fragment.at.last(), Some(crate::model::Step::Name));
        for c in &self.candidates {
            let mut reasons = Reasons::default();
            let mut extra = 0;
            if let Some(columns::Named::Rules(rules, percent)) = &label
                && rules.contains(&c.rule)
            {
                extra = self.detector.weights(c.rule).header * percent / 100;
                reasons = reasons.with(Reason::Header);
            }
            let against = label == Some(columns::Named::Negative) && !c.checked;
            if let Some(found) = score::in_text(self.detector, fragment, c, extra, reasons, against)
            {
                let reasons = if in_name {
                    found.reasons.with(Reason::InName)
                } else {
                    found.reasons
                };
                self.found.push(Found { reasons, ..found });
            }
        }
        self.take_aligned(fragment);
        self.neighbours(fragment);
        if let Some(columns::Named::Rules(rules, percent)) = &label {
            self.whole_text(fragment, rules, *percent);
        }
        self.learn_names(fragment);
        if label != Some(columns::Named::Negative) {
            self.names_in_text(fragment, searched);
        }
        self.values_beside(fragment);
        let min = u32::try_from(fragment.own.start).unwrap_or(u32::MAX);
        let max = u32::try_from(fragment.own.end).unwrap_or(u32::MAX);
        self.found.retain(|f| f.start >= min && f.start < max);
    }

    /// Values whose structure holds, though not surely enough alone, in a line with another value.
    fn neighbours(&mut self, fragment: &Fragment<'_>) {
        // Found values are in order already, give or take those of labels and tables.
        self.found.sort_by_key(|f| f.start);
        let before = self.found.len();
        for c in &self.candidates {
            let w = self.detector.weights(c.rule);
            let alone = w.base + w.valid;
            let enough = alone + w.near >= i32::from(self.detector.minimum)
                && alone < i32::from(self.detector.minimum);
            if !enough || c.verdict != Verdict::Valid || c.checked {
                continue;
            }
            let line = line_around(fragment.bytes, c.start as usize..c.end as usize);
            let others = self.found.get(..before).unwrap_or_default();
            let apart = |f: &Found| f.end <= c.start || c.end <= f.start;
            let first = others.partition_point(|f| (f.start as usize) < line.start);
            let mut beside = others
                .get(first..)
                .unwrap_or_default()
                .iter()
                .take_while(|f| (f.start as usize) < line.end)
                .peekable();
            if beside.peek().is_none() || !beside.all(apart) {
                continue;
            }
            let reasons = Reasons::default().with(Reason::Neighbour);
            self.found.extend(score::in_text(
                self.detector,
                fragment,
                c,
                w.near,
                reasons,
                false,
            ));
        }
    }

    /// A labelled text that is as a whole a value of what its label says.
    fn whole_text(&mut self, fragment: &Fragment<'_>, rules: &[u16], percent: i32) {
        let text = text_of(fragment.bytes, fragment.charset);
        let trimmed = text.trim();
        if trimmed.len() > 400
            || columns::is_blank(trimmed)
            || columns::is_masked(trimmed)
            || !matches!(fragment.layout, Layout::Whole)
        {
            return;
        }
        let lead = fragment
            .bytes
            .iter()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        let tail = fragment
            .bytes
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        let (start, end) = (
            u32::try_from(lead),
            u32::try_from(fragment.bytes.len().saturating_sub(tail)),
        );
        let (Ok(start), Ok(end)) = (start, end) else {
            return;
        };
        let general = fragment.label.filter(|l| score::is_general(l));
        for &rule in rules
            .iter()
            .filter(|&&r| self.detector.is_labelled(r) && self.detector.fits(r, trimmed))
        {
            let person = matches!(self.detector.find(rule), Find::Person);
            if person && general.is_some_and(|l| !names::is_likely(l, trimmed)) {
                continue;
            }
            let w = self.detector.weights(rule);
            let confidence = Confidence::new(w.base + w.valid + w.header * percent / 100);
            if start < end && confidence.percent() >= self.detector.minimum {
                let reasons = Reasons::default().with(Reason::Shape).with(Reason::Header);
                self.found.push(Found {
                    rule,
                    start,
                    end,
                    cell: Found::NO_CELL,
                    confidence,
                    reasons,
                });
            }
        }
    }

    fn label_says(&mut self, label: &str) -> columns::Named {
        if let Some(known) = self.says.get(label) {
            return known.clone();
        }
        let says = self.detector.dictionary.look_up(label, true);
        if self.says.len() < 4096 {
            self.says.insert(label.to_owned(), says.clone());
        }
        says
    }

    fn table(
        &mut self,
        fragment: &Fragment<'_>,
        table: &crate::model::Table<'_>,
        first_row: u64,
        cells: &[CellAt],
    ) {
        if table.first || !self.tables.contains_key(&table.id) {
            let block = columns::Block {
                bytes: fragment.bytes,
                charset: fragment.charset,
                cells,
                first_row,
                candidates: &self.candidates,
            };
            let plans = columns::plan(self.detector, table.headers, &block);
            self.tables.insert(table.id, Arc::new(plans));
        }
        let Some(plans) = self.tables.get(&table.id).cloned() else {
            return;
        };
        score::in_table(
            self.detector,
            fragment,
            first_row,
            cells,
            &plans,
            &self.candidates,
            &mut self.found,
        );
        self.learn_names(fragment);
        self.names_in_cells(fragment, first_row, cells, &plans);
    }
}

/// The bytes of the cell or text that something stands in.
fn region(fragment: &Fragment<'_>, cell: u32, cells: &[CellAt]) -> std::ops::Range<usize> {
    cells
        .get(cell as usize)
        .map_or(0..fragment.bytes.len(), CellAt::range)
}

/// The plan that holds for a row (from 0).
fn plan_for(plans: &[Plan], row: u64) -> Option<&Plan> {
    let next = plans.partition_point(|p| p.from_row <= row);
    plans.get(next.checked_sub(1)?)
}

enum Place {
    /// Over the edge of a cell: not a value.
    Outside,
    /// In no table.
    Text,
    /// In this cell.
    Cell(u32),
}

/// The cell that a hit lies in; `from` is moved along, since hits come in order.
fn cell_of(cells: &[CellAt], from: &mut usize, hit: &Hit) -> Place {
    if cells.is_empty() {
        return Place::Text;
    }
    while cells.get(*from).is_some_and(|c| c.end <= hit.start) {
        *from += 1;
    }
    // Hits may be out of order by a little after folding: step back when needed.
    while *from > 0 && cells.get(*from - 1).is_some_and(|c| c.end > hit.start) {
        *from -= 1;
    }
    match cells.get(*from) {
        Some(c) if c.start <= hit.start && hit.end <= c.end => {
            u32::try_from(*from).map_or(Place::Outside, Place::Cell)
        }
        _ => Place::Outside,
    }
}

/// The line that a range lies in, as far as [`LINE`] bytes to both sides.
fn line_around(text: &[u8], range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let from = range.start.saturating_sub(LINE);
    let start = text
        .get(from..range.start)
        .and_then(|b| memchr::memrchr(b'\n', b))
        .map_or(from, |i| from + i + 1);
    let to = (range.end + LINE).min(text.len());
    let end = text
        .get(range.end..to)
        .and_then(|b| memchr::memchr(b'\n', b))
        .map_or(to, |i| range.end + i);
    start..end
}

/// The stretch of one line around a spot in which values are looked for in folded form.
fn neighbourhood(text: &[u8], spot: usize, charset: Charset) -> (usize, usize) {
    let from = spot.saturating_sub(96);
    let mut start = text
        .get(from..spot)
        .and_then(|w| memchr::memrchr2(b'\n', b'\t', w))
        .map_or(from, |i| from + i + 1);
    let to = (spot + 192).min(text.len());
    let end = text
        .get(spot..to)
        .and_then(|w| memchr::memchr2(b'\n', b'\t', w))
        .map_or(to, |i| spot + i);
    // Start at a character: any byte that cannot be inside one.
    match charset {
        Charset::Utf8 => {
            while start < spot && text.get(start).is_some_and(|b| b & 0xC0 == 0x80) {
                start += 1;
            }
        }
        Charset::Gb18030 => {
            let plain = |i: usize| text.get(i).is_some_and(|&b| b < 0x30);
            if start == from && from > 0 {
                while start < spot && !plain(start) {
                    start += 1;
                }
                if start == spot {
                    start = aligned(text, from, spot);
                }
            }
        }
    }
    (start, end)
}

/// A start from which two-byte characters end exactly at `spot`.
fn aligned(text: &[u8], from: usize, spot: usize) -> usize {
    let mut high = 0;
    while spot > from + high && text.get(spot - high - 1).is_some_and(|&b| b >= 0x80) {
        high += 1;
    }
    spot - high / 2 * 2
}
