//! Check digits as rule files describe them.

use super::{
    RuleError,
    load::Place,
    schema::{RawRule, RawScheme, RawSum},
};
use crate::{
    engine::LazyRegex,
    validators::{Method, Sum},
};

/// A form of a rule's values with the conditions it meets. Values of several forms have a scheme each.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// The form; `None` for every form that the rule's pattern allows.
    shape: Option<LazyRegex>,
    /// What must hold.
    sums: Vec<Sum>,
}

impl Scheme {
    /// Whether a bare value has this form and meets all conditions.
    pub fn holds(&self, value: &str) -> bool {
        self.shape
            .as_ref()
            .is_none_or(|s| s.is_match(value.as_bytes()))
            && self.sums.iter().all(|s| s.holds(value.as_bytes()))
    }

    /// Whether its conditions would refuse most numbers of the right form.
    pub fn has_check(&self) -> bool {
        self.sums
            .iter()
            .any(|s| !matches!(s.method, Method::Date { .. } | Method::Varied))
    }
}

/// Reads the `sums` and `schemes` of a rule.
pub(super) fn read(place: &Place<'_>, raw: &RawRule) -> Result<Vec<Scheme>, RuleError> {
    let whole = RawScheme {
        shape: None,
        sums: raw.sums.clone(),
    };
    if !raw.sums.is_empty() && !raw.schemes.is_empty() {
        return Err(place.error("sums", "goes not together with schemes"));
    }
    let one = (!raw.sums.is_empty()).then_some(&whole);
    one.into_iter()
        .chain(&raw.schemes)
        .map(|s| scheme(place, s))
        .collect()
}

fn scheme(place: &Place<'_>, raw: &RawScheme) -> Result<Scheme, RuleError> {
    let shape = raw.shape.as_ref();
    let shape = shape.map(|shape| place.regex("schemes", &format!("^(?:{shape})$")));
    Ok(Scheme {
        shape: shape.transpose()?,
        sums: raw
            .sums
            .iter()
            .map(|s| sum(s).map_err(|reason| place.error("sums", reason)))
            .collect::<Result<_, _>>()?,
    })
}

fn sum(raw: &RawSum) -> Result<Sum, &'static str> {
    let method = match raw.method.as_deref() {
        None | Some("weighted") if !raw.weights.is_empty() => Method::Weighted {
            weights: raw.weights.clone(),
            second: raw.second.clone(),
            right: raw.right,
            fold: raw.fold,
        },
        None | Some("weighted") => return Err("a weighted sum needs weights"),
        Some("number") => Method::Number,
        Some("luhn") => Method::Luhn,
        Some("verhoeff") => Method::Verhoeff,
        Some("mod11-10") => Method::Mod11x10,
        Some("mod37-36") => Method::Mod37x36,
        Some("mod11-2") => Method::Mod11x2,
        Some("mod10-recursive") => Method::Recursive10,
        Some("luhn36") => Method::Luhn36,
        Some("mod97-10") => Method::Mod97x10,
        Some("mod97-moved") => Method::Mod97Moved,
        Some("varied") => Method::Varied,
        Some("date") => Method::Date {
            layout: raw.layout.clone().ok_or("a date needs a layout")?,
            months: raw.months.clone(),
            days: raw.days.clone(),
        },
        Some(_) => {
            return Err(
                "method must be weighted, number, luhn, luhn36, verhoeff, mod10-recursive, \
                 mod11-10, mod37-36, mod11-2, mod97-10, mod97-moved, varied or date",
            );
        }
    };
    let divides = matches!(method, Method::Weighted { .. } | Method::Number);
    if divides && raw.modulus.is_none_or(|m| m < 2) {
        return Err("needs a modulus of 2 or more");
    }
    let bounded = |w: &i64| w.abs() <= 1 << 44;
    if !raw.weights.iter().chain(&raw.second).all(bounded)
        || raw.plus.abs() > 1 << 44
        || raw.modulus.is_some_and(|m| m > 1 << 40)
    {
        return Err("a number is too large");
    }
    let check = raw.check.map(|[a, b]| (a, b));
    let over = match (raw.over, check) {
        (Some([a, b]), _) => (a, b),
        // All but the check characters at the end.
        (None, Some((from, 0))) if from < 0 => (0, from),
        (None, Some(_)) => return Err("needs over: the check characters are not at the end"),
        (None, None) => (0, 0),
    };
    Ok(Sum {
        over,
        method,
        modulus: raw.modulus.unwrap_or(10),
        plus: raw.plus,
        minus: raw.minus,
        check,
        written: raw.is.clone(),
        alphabet: raw.alphabet.clone(),
    })
}
