//! Numbers with more digits than a drawing needs. What is drawn is as good with fewer, so that a copy has no
//! number that could be one of somebody.

use super::lex::significant;
use std::collections::BTreeSet;

/// Significant digits that a copy has of numbers with a point.
const KEPT: usize = 6;
/// Those of them behind the first.
const BEHIND: i32 = 5;
/// Numbers with a point from here on place nothing on a page.
pub(super) const LARGE: f64 = 1e6;
/// Most long numbers of one stream that are read: more are how its writer writes.
pub(super) const FEW: usize = 16;

/// How values begin that could stand in numbers: their first digits.
#[derive(Debug, Clone, Default)]
pub(super) struct Leads(BTreeSet<String>);

impl Leads {
    /// Takes a value to what numbers are compared with.
    pub(super) fn add(&mut self, value: &str) {
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_start_matches('0');
        if digits.len() > KEPT + 2 {
            self.0.extend(digits.get(..KEPT).map(str::to_owned));
        }
    }

    /// Whether digits, which may have a point and noughts before them, begin as a value does.
    fn begin(&self, number: &str) -> bool {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let first = digits.trim_start_matches('0').get(..KEPT);
        first.is_some_and(|first| self.0.contains(first))
    }

    /// A number as a copy has it.
    pub(super) fn number(&self, n: f32) -> f32 {
        let short = short(f64::from(n));
        if self.begin(&short) {
            return 0.0;
        }
        short.parse().unwrap_or(n)
    }
}

/// A number with a point as a copy has it, no longer than it was; `None` when it stays as it is.
pub(super) fn shortened(raw: &[u8], n: f64, leads: &Leads) -> Option<String> {
    if !is_long(raw, n) {
        return None;
    }
    let short = short(n);
    Some(if leads.begin(&short) || short.len() > raw.len() {
        "0".to_owned()
    } else {
        short
    })
}

/// Whether a number has more digits than place something on a page.
pub(super) fn is_long(raw: &[u8], n: f64) -> bool {
    raw.len() > 7 && raw.contains(&b'.') && (n.abs() >= LARGE || significant(raw) >= 9)
}

fn short(n: f64) -> String {
    if n == 0.0 || !n.is_finite() {
        return "0".to_owned();
    }
    let spelt = format!("{n:.*e}", KEPT - 1);
    let exponent = spelt.rsplit('e').next().and_then(|e| e.parse::<i32>().ok());
    let rounded: f64 = spelt.parse().unwrap_or(n);
    let places = usize::try_from(BEHIND - exponent.unwrap_or(0)).unwrap_or(0);
    let out = format!("{rounded:.*}", places.min(12));
    let out = if out.contains('.') {
        out.trim_end_matches('0').trim_end_matches('.')
    } else {
        &out
    };
    match out {
        "" | "-" | "-0" => "0".to_owned(),
        out => out.to_owned(),
    }
}

/// What a number may say: as it is, the digits behind its point, and all of them when it is too large to place
/// something. Those of a place that a program computed are as many as those of a number of somebody by chance.
pub(super) fn said(raw: &[u8]) -> Vec<String> {
    let whole = String::from_utf8_lossy(raw).into_owned();
    let (before, behind) = whole.split_once('.').unwrap_or((&whole, ""));
    let mut out = vec![whole.clone()];
    if significant(before.as_bytes()) > KEPT {
        out.push(whole.chars().filter(char::is_ascii_digit).collect());
    }
    if behind.len() >= 9 {
        out.push(behind.to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_become_short() {
        let mut leads = Leads::default();
        for value in ["138-0013-8000", "1234"] {
            leads.add(value);
        }
        let short = |raw: &str| shortened(raw.as_bytes(), raw.parse().unwrap(), &leads);
        for same in [
            "12.345678",
            "0.00012345",
            "1234567890",
            "72",
            "-.5",
            "612.2834",
        ] {
            assert_eq!(short(same), None, "{same}");
        }
        for (raw, is) in [
            ("612.283464566", "612.283"),
            ("-0.000123456789", "-0.000123457"),
            ("0.000000000000123456789", "0"),
            ("13800138000.0", "0"),
            ("0.13800138000", "0"),
            ("-1380013.8", "0"),
            ("12345678.9", "12345700"),
            ("72.00000001", "72"),
            ("999999.99999", "1000000"),
        ] {
            assert_eq!(short(raw).as_deref(), Some(is), "{raw}");
        }
        let numbers = [612.283_46, 13_800_138_752.0, 0.5].map(|n| leads.number(n).to_string());
        assert_eq!(numbers, ["612.283", "0", "0.5"]);
        assert_eq!(said(b"1.13800138000"), ["1.13800138000", "13800138000"]);
        assert_eq!(said(b"1380.0138000"), ["1380.0138000"]);
        assert_eq!(said(b"-1380013.8000"), ["-1380013.8000", "13800138000"]);
    }
}
