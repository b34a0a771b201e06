//! What stands in place of what was found, and pseudonyms that stand there already.

use super::{Detector, Found, text_of};
use crate::{
    digest::JobKey,
    model::{CellAt, Charset, Edit, FRAME, FRAME_MOST, Fragment, Frame, Layout, Span},
    rules::{Family, Profile, Rule, Stand, Subject},
};
use std::{
    borrow::Cow,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

/// What the table around a value tells of its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Nothing that helps to restore a mask.
    Nothing,
    /// When the person was born, or nearly: the middle of a resident number.
    Birth,
}

/// Whether a column's name says that it tells when somebody was born.
pub(super) fn says_birth(header: &str) -> bool {
    const WITHIN: [&str; 8] = [
        "出生", "生日", "年龄", "生肖", "属相", "周岁", "birth", "zodiac",
    ];
    const WHOLE: [&str; 6] = ["age", "dob", "csrq", "csny", "nl", "sr"];
    let small = header.trim().to_lowercase();
    WITHIN.iter().any(|w| small.contains(w)) || WHOLE.contains(&small.as_str())
}

/// Turns findings into the edits that mask them, for formats that write.
pub fn edits(
    detector: &Detector,
    key: &JobKey,
    profile: Profile,
    fragment: &Fragment<'_>,
    found: &[Found],
    beside: Beside,
    out: &mut Vec<Edit>,
) {
    for f in found {
        let Some(span) = Span::new(f.start as usize, f.end as usize) else {
            continue;
        };
        let Some(rule) = detector.rule(f.rule) else {
            continue;
        };
        let value = value(fragment, f);
        let mut profile = profile;
        let mut text = None;
        if profile == Profile::Pseudonym {
            match said(detector, fragment, found, f, rule, &value) {
                Stand::Text(said) => text = Some(said),
                Stand::Mask(other) => profile = other,
            }
        }
        if profile == Profile::Token && text.is_none() {
            let digest = key.value(detector.canonical(f.rule, &value).as_bytes());
            let digest = letters(&digest.to_string());
            text = Some(format!("[{}#{digest}]", rule.mask_label));
        }
        if profile == Profile::Display
            && rule.mask == Family::Id
            && (beside == Beside::Birth || born_beside(detector, fragment, found, f))
        {
            // First six and last four of a number beside its date of birth are the whole number.
            profile = Profile::Strict;
        }
        let with = detector.mask(f.rule, profile, &value, text.as_deref());
        let cell = (f.cell != Found::NO_CELL).then_some(f.cell);
        out.push(Edit { span, cell, with });
    }
}

fn value<'a>(fragment: &Fragment<'a>, f: &Found) -> Cow<'a, str> {
    let bytes = fragment.bytes.get(f.range()).unwrap_or_default();
    text_of(bytes, fragment.charset)
}

/// What pseudonyms say of a value.
fn said(
    detector: &Detector,
    fragment: &Fragment<'_>,
    found: &[Found],
    f: &Found,
    rule: &Rule,
    text: &str,
) -> Stand {
    let Some(pseudonyms) = &detector.pseudonyms else {
        return Stand::Mask(Profile::Label);
    };
    if rule.mask != Family::Date {
        return pseudonyms.stand(rule, text, None);
    }
    let who = subject(detector, fragment, found, f);
    let named = who.and_then(|w| Some((detector.rule(w.rule)?, value(fragment, w))));
    let subject = named.as_ref().map(|(rule, value)| Subject { rule, value });
    pseudonyms.stand(rule, text, subject)
}

/// The value in the same row or line that says whose a value is: a number of identity before a name, the
/// nearest of its kind.
fn subject<'f>(
    detector: &Detector,
    fragment: &Fragment<'_>,
    found: &'f [Found],
    f: &Found,
) -> Option<&'f Found> {
    let family = |o: &Found| detector.rule(o.rule).map(|r| r.mask);
    let distance = |o: &&Found| o.start.abs_diff(f.start);
    let all = || {
        found
            .iter()
            .filter(|o| o.start != f.start && together(fragment, o, f))
    };
    all()
        .filter(|o| family(o) == Some(Family::Id))
        .min_by_key(distance)
        .or_else(|| {
            all()
                .filter(|o| family(o) == Some(Family::Name))
                .min_by_key(distance)
        })
}

fn born_beside(detector: &Detector, fragment: &Fragment<'_>, found: &[Found], f: &Found) -> bool {
    found.iter().any(|o| {
        detector
            .rule(o.rule)
            .is_some_and(|r| r.mask == Family::Date)
            && together(fragment, o, f)
    })
}

/// Whether two values stand in one row of a table, one line of a text, or one short text.
fn together(fragment: &Fragment<'_>, a: &Found, b: &Found) -> bool {
    match fragment.layout {
        Layout::Cells { cells, .. } => {
            let row = |f: &Found| cells.get(f.cell as usize).map(|c: &CellAt| c.row);
            row(a).is_some() && row(a) == row(b)
        }
        Layout::Whole => true,
        Layout::Lines { .. } => {
            let between = a.end.min(b.end) as usize..a.start.max(b.start) as usize;
            let between = fragment.bytes.get(between).unwrap_or_default();
            memchr::memchr(b'\n', between).is_none()
        }
    }
}

/// The first 48 bits of a digest in letters: a token with digits could be taken for a value again.
fn letters(hex: &str) -> String {
    hex.bytes()
        .filter_map(|b| char::from(b).to_digit(16))
        .take(12)
        .filter_map(|n| char::from_digit(n + 10, 26))
        .collect()
}

/// Pseudonyms are read as masks: stars stand in their place for whoever looks for values. Their number is added
/// to `count`.
pub(super) fn pass_over<'a>(fragment: &Fragment<'a>, bytes: &mut Cow<'a, [u8]>, count: &AtomicU64) {
    for range in frames(fragment.bytes, fragment.charset) {
        if fragment.own.contains(&range.start) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(stars) = bytes.to_mut().get_mut(range) {
            stars.fill(b'*');
        }
    }
}

/// Where pseudonyms stand in a text. See [`Frame`].
pub fn frames(text: &[u8], charset: Charset) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + memchr::memmem::find(text.get(from..)?, FRAME)?;
            let most = text.get(start..(start + FRAME_MOST).min(text.len()))?;
            let close = memchr::memmem::find(most, b"]]").map(|at| at + 2);
            let frame = close.and_then(|end| {
                let shown = text_of(most.get(..end)?, charset);
                Frame::parse(&shown).map(|_| start..start + end)
            });
            if let Some(range) = frame {
                from = range.end;
                return Some(range);
            }
            from = start + 1;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Mode;

    #[test]
    fn frames_are_found_in_both_charsets() {
        let id = Frame {
            kind: "ID",
            mode: Mode::Token,
            body: "7KQ2M4XW3ZT5R",
        };
        let city = Frame {
            kind: "ADDR",
            mode: Mode::General,
            body: "广东省深圳市",
        };
        let text = format!("[[客户[{}住{}[[ID:13800138000]]", id.text(), city.text());
        let gb = encoding_rs::GB18030.encode(&text).0.into_owned();
        for (bytes, charset) in [(text.as_bytes(), Charset::Utf8), (&gb, Charset::Gb18030)] {
            let got: Vec<String> = frames(bytes, charset)
                .map(|r| text_of(&bytes[r], charset).into_owned())
                .collect();
            assert_eq!(got, [id.text(), city.text()]);
        }
    }

    #[test]
    fn headers_that_tell_a_birth() {
        for yes in [
            "出生日期",
            "客户年龄",
            "DOB",
            " Age ",
            "Date of birth",
            "生肖",
        ] {
            assert!(says_birth(yes), "{yes}");
        }
        for no in ["日期", "page", "usage", "开户日期", "金额"] {
            assert!(!says_birth(no), "{no}");
        }
    }
}
