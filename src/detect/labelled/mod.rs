//! Values that are only found behind a label: names, addresses, account numbers without a check digit.

mod ends;
mod searched;
mod value;

pub(super) use ends::Ends;
pub(super) use searched::Searched;
pub(super) use value::is_masked_there;

use super::{Detector, REGEX_BYTES, text_of};
use crate::{
    engine::{Check, Hit, LazyRegex},
    model::{Charset, Span, Verdict},
    rules::{Find, Rule, Validator},
};
use std::{borrow::Cow, ops::Range};
use value::{bytes, joiners, number, written};

/// Ends of labels that are looked for without a colon behind them: the most frequent in business text, few
/// enough for two vector searchers (16 literals each). Every other label needs a colon or an equals sign.
const BARE: [&str; 32] = [
    "姓名",
    "联系人",
    "代表人",
    "经办人",
    "户名",
    "客户",
    "持卡人",
    "收款人",
    "负责人",
    "住址",
    "地址",
    "账号",
    "帐号",
    "证件号",
    "代码",
    "台胞证",
    "证号",
    "账户",
    "申请人",
    "委托人",
    "受益人",
    "投保人",
    "借款人",
    "经理",
    "客户号",
    "护照",
    "出生",
    "号码",
    "编号",
    "住在",
    "微信",
    "微信号",
];
/// Forms of address, before which a name may stand.
const TITLES: [&str; 2] = ["先生", "女士"];

/// Bytes between a label and its value at most.
const GAP: usize = 16;
/// Bytes of a value behind a label at most.
const MOST: usize = 240;

/// A rule that needs a label or a column.
#[derive(Debug)]
pub(super) struct Labelled {
    pub rule: u16,
    kind: Kind,
    labels: Vec<String>,
}

#[derive(Debug)]
enum Kind {
    Person,
    Address,
    /// A bare value of this regex.
    Shape(LazyRegex),
    /// A value of this regex as written, and what looks at it.
    Written(LazyRegex, Option<Validator>),
    /// A secret: found by its own ways, told here in columns only.
    Assigned(crate::rules::Assigned),
}

impl Labelled {
    /// For a rule that cannot reach the minimum by shape, check and a word nearby; `None` for one
    /// that can, which the engine looks for.
    pub(super) fn new(index: u16, rule: &Rule, minimum: u8) -> Option<Self> {
        let kind = match &rule.find {
            Find::Person => Kind::Person,
            Find::Address => Kind::Address,
            Find::Assigned(kind) => Kind::Assigned(*kind),
            Find::Shape { regex, .. } if rule.by_label(minimum) => {
                Kind::Shape(LazyRegex::trusted(format!("^(?:{regex})$"), REGEX_BYTES))
            }
            Find::Regex(regex) if rule.by_label(minimum) => Kind::Written(
                LazyRegex::trusted(format!("^(?:{regex})"), REGEX_BYTES),
                rule.validator,
            ),
            _ => return None,
        };
        // Names of columns stand before colons as well. Those of two letters mean too much elsewhere.
        let columns = rule.header_names.iter().chain(&rule.headers);
        let textual = matches!(kind, Kind::Person | Kind::Address);
        let columns = columns.filter(|h| !textual && (!h.is_ascii() || h.len() > 2));
        let mut labels = Vec::new();
        if !matches!(rule.find, Find::Assigned(_)) {
            labels.clone_from(&rule.labels);
            labels.extend(columns.cloned());
        }
        Some(Self {
            rule: index,
            kind,
            labels,
        })
    }

    /// Whether a whole cell or text is such a value.
    pub(super) fn fits(&self, detector: &Detector, text: &str) -> bool {
        match &self.kind {
            Kind::Person => super::names::in_person_column(text, false),
            Kind::Address => super::addresses::in_address_column(text),
            Kind::Shape(regex) => detector
                .rule(self.rule)
                .and_then(|rule| number(regex.get()?, rule, text.trim()))
                .is_some_and(|(r, _)| r.end == text.trim().len()),
            Kind::Assigned(kind) => detector.secrets.fits(*kind, text),
            Kind::Written(regex, validator) => {
                let found = regex.get().and_then(|r| written(r, *validator, text));
                found.is_some_and(|r| r.end == text.len())
            }
        }
    }
}

/// The words to look for: labels that need no colon, and forms of address.
pub(super) fn stems(labelled: &[Labelled]) -> Vec<String> {
    let wanted = |b: &&&str| {
        labelled
            .iter()
            .any(|l| l.labels.iter().any(|w| w.ends_with(**b)))
    };
    let titles = labelled.iter().any(|l| matches!(l.kind, Kind::Person));
    let titles = TITLES.iter().filter(|_| titles);
    BARE.iter()
        .filter(wanted)
        .chain(titles)
        .map(|w| (*w).to_owned())
        .collect()
}

/// The name that ends where a form of address stands; `hit` is that word.
fn before_title(
    detector: &Detector,
    text: &[u8],
    region: Range<usize>,
    hit: &Hit,
    charset: Charset,
    give: &mut dyn FnMut(u16, Span, Verdict),
) {
    let from = hit.start as usize;
    let lead = text
        .get(region.start.max(from.saturating_sub(32))..from)
        .unwrap_or_default();
    let lead = lead
        .get(memchr::memrchr2(b'\n', b'\r', lead).map_or(0, |i| i + 1)..)
        .unwrap_or_default();
    let before = text_of(lead, charset);
    let Some(rule) = detector
        .labelled
        .iter()
        .find(|l| matches!(l.kind, Kind::Person))
    else {
        return;
    };
    let Some(range) = super::names::before_title(&before) else {
        return;
    };
    let Some(tail) = before.get(range.start..) else {
        return;
    };
    let (Some(tail), Some(behind)) = (
        bytes(tail, tail.len(), charset),
        before
            .get(range.end..)
            .and_then(|b| bytes(b, b.len(), charset)),
    ) else {
        return;
    };
    if let Some(span) = Span::new(from.saturating_sub(tail), from.saturating_sub(behind)) {
        give(rule.rule, span, Verdict::Unchecked);
    }
}

/// A label as labels are compared: in small letters, 帐 as 账.
fn label_text(label: Cow<'_, str>) -> Cow<'_, str> {
    if label.bytes().any(|b| b.is_ascii_uppercase()) || label.contains('帐') {
        Cow::Owned(label.to_ascii_lowercase().replace('帐', "账"))
    } else {
        label
    }
}

/// A label without the note in brackets between it and the colon, when only so it is known:
/// 资金账号（人民币）：.
fn without_note<'l>(detector: &Detector, label: &'l str, least: usize) -> &'l str {
    if detector.ends.of(label).any(|(n, _)| n >= least) {
        return label;
    }
    label
        .rfind(['(', '（'])
        .filter(|open| open + 24 > label.len())
        .and_then(|open| label.get(..open))
        .map_or(label, str::trim_end)
}

/// Looks for values behind the label that ends with `hit`; `region` is the cell or text around.
#[expect(
    clippy::too_many_lines,
    reason = "from a label to its value, step by step"
)]
pub(super) fn behind(
    detector: &Detector,
    searched: Searched<'_>,
    region: Range<usize>,
    hit: &Hit,
    give: &mut dyn FnMut(u16, Span, Verdict),
) {
    let (text, charset) = (searched.bytes, searched.charset);
    let (from, to) = (hit.start as usize, hit.end as usize);
    let stem = searched
        .text(from..to)
        .map_or_else(|| text_of(searched.get(from..to), charset), Cow::Borrowed);
    if TITLES.contains(&stem.as_ref()) {
        before_title(detector, text, region, hit, charset, give);
        return;
    }
    let bracketed = stem.is_empty() && text.get(from.wrapping_sub(1)) == Some(&b')');
    let back = if bracketed { NOTE } else { 0 } + detector.ends.longest;
    let start = region.start.max(from.saturating_sub(back));
    let line = memchr::memrchr2(b'\n', b'\r', searched.get(start..to));
    let from_line = line.map_or(start, |i| start + i + 1);
    // `name: Install Rust`: in small letters it names anything.
    let general = general_label(searched.get(from_line..to));
    let label = label_text(searched.clipped(from_line..to));
    let label = label.trim_end_matches(AFTER_LABEL);
    let outer = bracketed.then(|| before_note(label)).flatten();
    let label = without_note(detector, label, stem.len());
    let mut named: Vec<Names> = Vec::new();
    named_by(detector, label, stem.len(), &mut named);
    if let Some(outer) = outer {
        named_by(detector, outer, stem.len(), &mut named);
    }
    if named.is_empty() {
        return;
    }
    let stop = region.end.min(to + GAP + MOST);
    let line = memchr::memchr2(b'\n', b'\r', searched.get(to..stop));
    let after = searched.clipped(to..line.map_or(stop, |i| to + i));
    let joined = joiners(&after);
    let Some(value) = after.get(joined.end..) else {
        return;
    };
    let latin = label.ends_with(|c: char| c.is_ascii_alphanumeric());
    let letter = value.starts_with(|c: char| c.is_ascii_alphabetic());
    if value.is_empty() || (!joined.any && latin && letter) {
        return;
    }
    let points = |rule: u16| {
        let w = detector.weights(rule);
        w.base + w.valid + w.label
    };
    let mut best = None;
    for Names {
        index,
        longest,
        whole,
    } in named
    {
        let Some(l) = detector.labelled.get(index) else {
            continue;
        };
        if is_against(detector, l.rule, label, longest)
            || !whole && best.is_some_and(|b| points(l.rule) <= b)
        {
            continue;
        }
        let range = match &l.kind {
            Kind::Person => super::names::after_label(value, joined.colon)
                .filter(|r| {
                    let name = value.get(r.clone()).unwrap_or_default();
                    general.is_none_or(|word| {
                        word.len() != longest || super::names::is_likely(word, name)
                    })
                })
                .map(unchecked),
            Kind::Address => super::addresses::after_label(value).map(unchecked),
            Kind::Shape(regex) => detector
                .rule(l.rule)
                .and_then(|rule| number(regex.get()?, rule, value)),
            Kind::Written(regex, validator) => regex
                .get()
                .and_then(|r| written(r, *validator, value))
                .map(unchecked),
            Kind::Assigned(_) => None,
        };
        let Some((range, verdict)) =
            range.filter(|(r, _)| r.start < r.end && !is_masked_there(value, r))
        else {
            continue;
        };
        let (Some(a), Some(b)) = (
            bytes(&after, joined.end + range.start, charset),
            bytes(&after, joined.end + range.end, charset),
        ) else {
            continue;
        };
        if let Some(span) = Span::new(to + a, to + b) {
            best = best.max(Some(points(l.rule)));
            give(l.rule, span, verdict);
        }
    }
}

/// The general word in small letters that the bytes before a colon end with: `name`, `owner`. In
/// settings and programs it stands before names of things as well.
fn general_label(lead: &[u8]) -> Option<&'static str> {
    const GENERAL: [&str; 7] = [
        "name",
        "owner",
        "author",
        "assignee",
        "reporter",
        "reviewer",
        "maintainer",
    ];
    let end = lead
        .iter()
        .rposition(|b| !matches!(b, b' ' | b'"' | b'\'' | b'*'))?;
    let lead = lead.get(..=end)?;
    let ends = |w: &&&str| lead.ends_with(w.as_bytes());
    GENERAL.iter().find(ends).copied()
}

/// What may stand between a label and its colon.
const AFTER_LABEL: [char; 6] = [' ', '"', '\'', '*', ')', '）'];
/// Bytes of a note in brackets behind a label: SSN (U.S. Social Security Number).
const NOTE: usize = 160;

fn unchecked(range: Range<usize>) -> (Range<usize>, Verdict) {
    (range, Verdict::Unchecked)
}

/// A rule that a label names.
struct Names {
    /// Among the labelled ones.
    index: usize,
    /// Bytes of the longest label here.
    longest: usize,
    /// By the longest label.
    whole: bool,
}

/// Adds the rules that the end of a text names. A label that is shorter counts too where it says
/// something surer: 收款账号 names 账号 as well.
fn named_by(detector: &Detector, label: &str, stem: usize, named: &mut Vec<Names>) {
    let mut longest = 0;
    for (length, rules) in detector.ends.of(label) {
        if length < if longest == 0 { stem } else { stem.max(4) } {
            break;
        }
        longest = longest.max(length);
        for &index in rules {
            if named.iter().all(|n| n.index != index) {
                let whole = length == longest;
                named.push(Names {
                    index,
                    longest,
                    whole,
                });
            }
        }
    }
}

/// The text before the last opening bracket: the label of which the brackets hold an explanation.
fn before_note(label: &str) -> Option<&str> {
    let mut depth = 1u32;
    for (i, c) in label.char_indices().rev() {
        match c {
            ')' | '）' => depth += 1,
            '(' | '（' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return label.get(..i).map(|l| l.trim_end_matches(AFTER_LABEL));
        }
    }
    None
}

/// Whether the label is the end of a word that names something else (产品名称 for 名称).
fn is_against(detector: &Detector, rule: u16, label: &str, longest: usize) -> bool {
    detector.rule(rule).is_some_and(|r| {
        r.against
            .iter()
            .any(|a| a.len() >= longest && label.ends_with(a.as_str()))
    })
}

/// Whether rules like this one have a check of their own.
impl Rule {
    /// Whether its values hold a check digit.
    pub(super) fn has_check(&self) -> bool {
        self.check != Check::None
            || self.check_digit
            || self.schemes.iter().any(crate::rules::Scheme::has_check)
            || matches!(self.find, Find::Named(crate::engine::Finder::Iban))
    }

    fn by_label(&self, minimum: u8) -> bool {
        let w = self.weights;
        !self.labels.is_empty() && w.base + w.valid.max(0) + w.near.max(0) < i32::from(minimum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::bytes::Regex;
    use searched::clipped;

    fn person(text: &str) -> Vec<String> {
        let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
        let detector = Detector::new(rules, 50).unwrap();
        let mut pass = detector.begin();
        let fragment = crate::model::Fragment::whole(&[], text, None);
        let found = pass.text(&fragment).to_vec();
        found.iter().map(|f| text[f.range()].to_owned()).collect()
    }

    #[test]
    fn labels_with_and_without_a_colon() {
        for text in [
            "原告：袁凯",
            "当事人: 袁凯",
            "payee=\"袁凯\"",
            "\"name\": \"袁凯\"",
            "Name：袁凯，",
            "联系人袁凯，",
            "户名（个人）：袁凯",
        ] {
            assert_eq!(person(text), ["袁凯"], "{text}");
        }
        assert!(person("username: 产品").is_empty());
        assert!(person("产品名称：袁凯").is_empty());
    }

    #[test]
    fn a_text_is_clipped_alike_when_it_was_checked() {
        let whole = "号：é张三，電話\u{20000}.";
        for from in 0..whole.len() {
            for to in from..=whole.len() {
                let cut = &whole.as_bytes()[from..to];
                let searched = Searched::new(cut, Charset::Utf8);
                assert!(searched.text.is_some(), "{from} {to}");
                for start in 0..=cut.len() {
                    for end in start..=cut.len() {
                        let expected = clipped(&cut[start..end], Charset::Utf8);
                        assert_eq!(
                            searched.clipped(start..end),
                            expected,
                            "{from} {to} {start} {end}"
                        );
                    }
                }
            }
        }
        assert!(Searched::new(b"a\xFFb", Charset::Utf8).text.is_none());
    }

    #[test]
    fn a_name_before_a_form_of_address() {
        assert_eq!(person("请联系袁凯先生办理"), ["袁凯"]);
    }

    fn numbered(value: &str) -> Option<Range<usize>> {
        let rules = crate::rules::RuleSet::builtin().unwrap();
        let rule = rules.find("cn.bank-account").unwrap().1;
        let rule = Rule {
            validator: None,
            ..rule.clone()
        };
        let regex = Regex::new("(?-u)^(?:[0-9]{8,32})$").unwrap();
        number(&regex, &rule, value).map(|(range, _)| range)
    }

    #[test]
    fn a_number_behind_a_label_ends_where_it_ends() {
        assert_eq!(numbered("6222 0210 0112 3456 789 元"), Some(0..23));
        assert_eq!(numbered("123"), None);
        assert_eq!(numbered("80012345 67"), Some(0..11));
        assert_eq!(numbered("80012345，余额"), Some(0..8));
        assert_eq!(numbered("80012345.50"), None);
    }

    #[test]
    fn joiners_are_passed_over() {
        assert_eq!(joiners("：张三").end, 3);
        assert_eq!(joiners("（人民币）：123").end, "（人民币）：".len());
        assert!(!joiners("张三").any);
        assert_eq!(joiners("**: 1956").end, 4);
        assert_eq!(joiners(":** 1956").end, 4);
        assert_eq!(joiners("：****1234").end, 3);
        assert_eq!(joiners("：**").end, 3);
    }
}
