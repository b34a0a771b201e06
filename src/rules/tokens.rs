//! Keys by their prefix: from the short form of a rule file to a rule with examples.

use super::{
    Edges, Example, Examples, Filter, Find, Rule, RuleError, Token, Weights,
    load::{self, Place},
    mask::Family,
    schema::RawToken,
    tags,
};
use crate::{
    engine::{self, Check},
    validators,
};

/// Tenths of bits a character that a key has at least when its rule says nothing: `ghp_xxxxxxxx…` is none.
const ENTROPY: u16 = 25;
/// Points of a form whose rule says nothing, and for a check that holds.
const BASE: i32 = 85;
const VALID: i32 = 15;
const LABEL: i32 = 45;

/// One rule from its short form.
#[expect(clippy::too_many_lines, reason = "field by field")]
pub(super) fn rule(place: &Place<'_>, raw: RawToken) -> Result<Rule, RuleError> {
    load::id(place, &raw.id)?;
    for (field, text) in [("title.zh", &raw.title.zh), ("title.en", &raw.title.en)] {
        if text.trim().is_empty() {
            return Err(place.error(field, "is empty"));
        }
    }
    if raw.forms.is_empty() {
        return Err(place.error("forms", "is empty"));
    }
    // Those of the program are known to be right: a test makes them all.
    let made = place.examples == Examples::With;
    for form in raw.forms.iter().filter(|_| made) {
        engine::check_form(form).map_err(|why| place.error("forms", format!("{form:?}: {why}")))?;
    }
    let entropy = match raw.entropy {
        None => ENTROPY,
        Some(bits) => tenths(bits).ok_or_else(|| place.error("entropy", "must be 0 to 8 bits"))?,
    };
    if let Some(before) = raw.before.as_ref().filter(|_| made) {
        regex::bytes::RegexBuilder::new(before)
            .unicode(false)
            .size_limit(1 << 20)
            .build()
            .map_err(|e| place.error("before", e.to_string().replace('\n', " ")))?;
    }
    let validator = match &raw.check {
        None => None,
        Some(name) => Some(
            validators::find(name)
                .ok_or_else(|| place.error("check", format!("no validator is named {name:?}")))?,
        ),
    };
    let base = raw.base.unwrap_or(BASE);
    if !(0..=100).contains(&base) {
        return Err(place.error("base", "must be 0 to 100"));
    }
    if base < Rule::REPORTED && raw.labels.is_empty() {
        return Err(place.error("labels", "a form that does not stand alone needs labels"));
    }
    let labels = place.expand("labels", &raw.labels)?;
    let (positive, negative) = if made {
        examples(&raw, base, &labels)
            .ok_or_else(|| place.error("forms", "no example can be made of it"))?
    } else {
        Default::default()
    };
    Ok(Rule {
        schemes: Vec::new(),
        separators: String::new(),
        prefixes: Vec::new(),
        bracket: None,
        check_digit: false,
        find: Find::Token(Token {
            forms: raw.forms,
            entropy,
            before: raw.before,
        }),
        check: Check::None,
        edges: Edges::Word,
        validator,
        near: Vec::new(),
        labels,
        against: Vec::new(),
        headers: Vec::new(),
        header_names: Vec::new(),
        weights: Weights {
            base,
            valid: VALID,
            near: 0,
            label: LABEL,
            header: 0,
            column: 0,
            against: 0,
        },
        standard: raw
            .standard
            .unwrap_or_else(|| "published by its maker".to_owned()),
        id: raw.id,
        title: (raw.title.zh, raw.title.en),
        tags: tags::with_implied(&["jrt0171.c3".to_owned()]),
        mask: Family::Secret,
        mask_label: "密钥".to_owned(),
        whole_column: false,
        filter: Filter::default(),
        file: place.origin(),
        positive,
        negative,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within 0 to 80"
)]
pub(super) fn tenths(bits: f64) -> Option<u16> {
    (0.0..=8.0)
        .contains(&bits)
        .then(|| (bits * 10.0).round() as u16)
}

/// Values made from the forms, and what must not be taken for them.
fn examples(raw: &RawToken, base: i32, labels: &[String]) -> Option<(Vec<Example>, Vec<String>)> {
    // Seeded by the id: the same examples in every run, and no key of anybody in a file.
    let mut state = raw.id.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3)
    });
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below.max(1)
    };
    let mut positive = Vec::new();
    let mut negative = Vec::new();
    for form in &raw.forms {
        let value = engine::specimen(form, &mut next)?;
        // What is part of the value before the form is written as plainly as it can be.
        let lead = if raw.before.is_some() {
            "0123456789:"
        } else {
            ""
        };
        let label = match labels.first() {
            Some(label) if base < Rule::REPORTED => format!("{label}: "),
            _ => String::new(),
        };
        for text in [
            format!("{label}{lead}{value}"),
            format!("{label}\"{lead}{value}\","),
        ] {
            let value = format!("{lead}{value}");
            positive.push(Example { text, value });
        }
        // A letter must not touch it; what begins with a mark is not itself without the mark.
        negative.push(
            match value.strip_prefix(|c: char| !c.is_ascii_alphanumeric()) {
                Some(rest) => rest.to_owned(),
                None => format!("x{value}"),
            },
        );
        let half = value.chars().take(value.chars().count() / 3).collect();
        negative.push(half);
    }
    Some((positive, negative))
}
