//! Check digits and dates described by data: rule files give the weights, this does the sums.
//!
//! Most national numbers differ only in weights, modulus and in how a remainder is written. A [`Sum`]
//! is one such condition on a bare value (separators removed, capitals). Places are counted in
//! characters from 0; a place below 0 counts from the end, and an end of 0 is the end.

use super::{calendar, checksum};

/// How the characters of a [`Sum`] are added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Values times weights (repeated when they are fewer), modulo. ISO 7064 calls it a weighted sum.
    Weighted {
        /// From the left, or from the right when `right` says so.
        weights: Vec<i64>,
        /// Used instead when the first remainder is 10 or more; none when empty.
        second: Vec<i64>,
        /// Weights count from the right end.
        right: bool,
        /// The digits of each product are added instead of the product.
        fold: bool,
    },
    /// The characters as one decimal number (letters as two digits, A = 10), modulo.
    Number,
    /// ISO/IEC 7812-1 annex B, the check digit last.
    Luhn,
    /// Verhoeff's scheme over the dihedral group of ten, the check digit last.
    Verhoeff,
    /// ISO 7064 MOD 11,10, the check digit last.
    Mod11x10,
    /// ISO 7064 MOD 37,36, the check character last.
    Mod37x36,
    /// ISO 7064 MOD 11-2 of any length, the check character last.
    Mod11x2,
    /// The recursive check digit modulo 10 of Swiss payment references.
    Recursive10,
    /// Luhn over digits and letters, folded in base 36.
    Luhn36,
    /// ISO 7064 MOD 97-10, the check digits last, letters as two digits.
    Mod97x10,
    /// The same after the first four characters were moved to the end (ISO 13616-1, ISO 11649).
    Mod97Moved,
    /// A calendar date written as `y`, `m` and `d` in this order and these widths: `yymmdd`.
    Date {
        /// The layout.
        layout: String,
        /// What may be added to the month (20 for a century, 50 for women); 0 must be listed too.
        months: Vec<u32>,
        /// What may be added to the day.
        days: Vec<u32>,
    },
    /// Not all characters are the same.
    Varied,
}

/// One condition on a bare value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The characters that are added up.
    pub over: (i32, i32),
    /// How.
    pub method: Method,
    /// What the sum is divided by.
    pub modulus: i64,
    /// Added to the sum.
    pub plus: i64,
    /// The remainder is taken from the modulus.
    pub minus: bool,
    /// Where the check characters stand; without it the remainder must be 0.
    pub check: Option<(i32, i32)>,
    /// The check character by remainder; without it the remainder is written in decimal digits.
    pub written: Option<String>,
    /// The alphabet that gives characters their values; without it 0–9, A = 10 … Z = 35.
    pub alphabet: Option<String>,
}

impl Sum {
    /// Whether the value meets the condition. False when it is too short or holds a character without
    /// a value.
    pub fn holds(&self, value: &[u8]) -> bool {
        let Some(part) = cut(value, self.over) else {
            return false;
        };
        match &self.method {
            Method::Luhn => checksum::luhn(part),
            Method::Verhoeff => checksum::verhoeff(part),
            Method::Mod11x10 => checksum::hybrid(part, 10),
            Method::Mod37x36 => checksum::hybrid(part, 36),
            Method::Mod11x2 => checksum::pure11(part),
            Method::Recursive10 => checksum::recursive10(part),
            Method::Luhn36 => checksum::luhn36(part),
            Method::Mod97x10 => checksum::remainder(part, 97) == Some(1),
            Method::Mod97Moved => checksum::mod97(part),
            Method::Date {
                layout,
                months,
                days,
            } => date(part, layout, months, days),
            Method::Varied => part.windows(2).any(|w| matches!(w, [a, b] if a != b)),
            Method::Number => checksum::remainder(part, self.modulus)
                .is_some_and(|r| self.fits(value, self.turned(r + self.plus))),
            Method::Weighted {
                weights,
                second,
                right,
                fold,
            } => {
                let add = |weights: &[i64]| self.add(part, weights, *right, *fold);
                let Some(mut rest) = add(weights) else {
                    return false;
                };
                if rest >= 10 && !second.is_empty() {
                    let Some(again) = add(second) else {
                        return false;
                    };
                    rest = again;
                }
                self.fits(value, rest)
            }
        }
    }

    /// The remainder of a weighted sum.
    fn add(&self, part: &[u8], weights: &[i64], right: bool, fold: bool) -> Option<i64> {
        let mut sum = self.plus;
        for (i, &b) in part.iter().enumerate() {
            let at = if right { part.len() - 1 - i } else { i };
            let weight = weights.get(at % weights.len().max(1))?;
            let product = self.value(b)? * weight;
            sum += if fold {
                product / 10 + product % 10
            } else {
                product
            };
        }
        Some(self.turned(sum))
    }

    fn turned(&self, sum: i64) -> i64 {
        let rest = sum.rem_euclid(self.modulus.max(1));
        if self.minus && rest != 0 {
            self.modulus - rest
        } else {
            rest
        }
    }

    fn value(&self, b: u8) -> Option<i64> {
        match &self.alphabet {
            None => checksum::base36(b).map(i64::from),
            Some(alphabet) => alphabet
                .bytes()
                .position(|a| a == b)
                .and_then(|i| i64::try_from(i).ok()),
        }
    }

    /// Whether the remainder stands where it should.
    fn fits(&self, value: &[u8], rest: i64) -> bool {
        let Some(check) = self.check else {
            return rest == 0;
        };
        let Some(check) = cut(value, check) else {
            return false;
        };
        if let Some(table) = &self.written {
            return usize::try_from(rest)
                .ok()
                .and_then(|i| table.as_bytes().get(i))
                .is_some_and(|c| check == [*c]);
        }
        let digits = check.iter().try_fold(0i64, |n, b| {
            b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0'))
        });
        check.len() < 10 && digits == Some(rest)
    }
}

/// The characters between two places; none when the value is too short or the piece empty.
fn cut(value: &[u8], (from, to): (i32, i32)) -> Option<&[u8]> {
    let place = |at: i32, end: bool| {
        if at < 0 || end && at == 0 {
            value
                .len()
                .checked_sub(usize::try_from(at.unsigned_abs()).ok()?)
        } else {
            usize::try_from(at).ok()
        }
    };
    value
        .get(place(from, false)?..place(to, true)?)
        .filter(|part| !part.is_empty())
}

/// A date as laid out, with what was added to month and day taken off. Two digits of a year stand for
/// any century.
fn date(part: &[u8], layout: &str, months: &[u32], days: &[u32]) -> bool {
    if part.len() != layout.len() || !super::all_digits(part) {
        return false;
    }
    let field = |of: u8| {
        part.iter()
            .zip(layout.bytes())
            .filter(|(_, l)| *l == of)
            .fold(0, |n, (b, _)| n * 10 + u32::from(b - b'0'))
    };
    let (mut year, month, day) = (field(b'y'), field(b'm'), field(b'd'));
    if layout.bytes().filter(|b| *b == b'y').count() < 4 {
        // The century is not known; whether it is a leap year is.
        year = 2000 + year % 4;
    }
    let none = [0];
    let months = if months.is_empty() { &none } else { months };
    let days = if days.is_empty() { &none } else { days };
    months
        .iter()
        .filter_map(|m| month.checked_sub(*m))
        .any(|m| {
            days.iter()
                .filter_map(|d| day.checked_sub(*d))
                .any(|d| calendar::is_date(year, m, d))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighted(weights: &[i64], modulus: i64) -> Sum {
        Sum {
            over: (0, -1),
            method: Method::Weighted {
                weights: weights.to_vec(),
                second: Vec::new(),
                right: false,
                fold: false,
            },
            modulus,
            plus: 0,
            minus: true,
            check: Some((-1, 0)),
            written: Some("0123456789".to_owned()),
            alphabet: None,
        }
    }

    #[test]
    fn a_weighted_sum_with_its_check_digit() {
        // NHS number, a published specimen: weights 10 to 2 modulo 11.
        let nhs = weighted(&[10, 9, 8, 7, 6, 5, 4, 3, 2], 11);
        assert!(nhs.holds(b"9434765919"));
        assert!(!nhs.holds(b"9434765918") && !nhs.holds(b"") && !nhs.holds(b"943476591-"));
        let mut changed = nhs.clone();
        if let Method::Weighted { weights, .. } = &mut changed.method {
            weights[3] = 8;
        }
        assert!(!changed.holds(b"9434765919"));
    }

    #[test]
    fn places_count_from_both_ends() {
        assert_eq!(cut(b"abcdef", (1, -1)), Some(&b"bcde"[..]));
        assert_eq!(cut(b"abcdef", (-2, 0)), Some(&b"ef"[..]));
        assert_eq!(cut(b"ab", (0, 3)), None);
        assert_eq!(cut(b"ab", (-3, 0)), None);
        assert_eq!(cut(b"ab", (2, 0)), None);
    }

    #[test]
    fn dates_with_centuries_in_the_month() {
        let months = [0, 20, 80];
        assert!(date(b"440514", "yymmdd", &[], &[]));
        assert!(date(b"022708", "yymmdd", &months, &[]));
        assert!(!date(b"441314", "yymmdd", &months, &[]));
        assert!(
            date(b"20240229", "yyyymmdd", &[], &[]) && !date(b"20230229", "yyyymmdd", &[], &[])
        );
        assert!(date(b"691299", "ddmmyy", &[], &[0, 40]) && !date(b"691299", "ddmmyy", &[], &[]));
        assert!(!date(b"290299", "ddmmyy", &[], &[]) && date(b"290296", "ddmmyy", &[], &[]));
    }
}
