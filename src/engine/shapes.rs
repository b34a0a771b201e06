//! From a regex of one value to tables: every way to write it as a row of byte sets.

use super::Check;
use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind},
};

/// Longest row of digits that is looked for.
pub(super) const MAX_DIGITS: usize = 31;
/// Longest word of capitals and digits that is looked for.
pub(super) const MAX_WORD: usize = 40;
/// Most ways to write one value, after alternations of digits have been folded into sets.
const MAX_ROWS: usize = 4096;
/// Widest number whose possible values are kept as one set.
const MAX_SET: usize = 6;

/// A set of ASCII bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bytes([u64; 2]);

impl Bytes {
    fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6 & 1)] |= 1 << (byte & 63);
    }
    #[inline]
    pub(super) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6 & 1)] >> (byte & 63) & 1 == 1
    }
    fn of(bytes: impl IntoIterator<Item = u8>) -> Self {
        let mut set = Self::default();
        bytes.into_iter().for_each(|byte| set.add(byte));
        set
    }
    fn and(self, other: Self) -> Self {
        Self([self.0[0] & other.0[0], self.0[1] & other.0[1]])
    }
    fn without(self, other: Self) -> Self {
        Self([self.0[0] & !other.0[0], self.0[1] & !other.0[1]])
    }
    fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// A part of a row.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    /// One byte of a set.
    One(Bytes),
    /// A number of `width` digits out of a set.
    Number { width: usize, set: Box<[u64]> },
}

type Row = Vec<Piece>;

/// A test of some bytes of a candidate.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// The byte at a place is one of a set.
    Byte { at: u8, set: Bytes },
    /// The one or two digits at a place, as a number, are in a set.
    Short { at: u8, width: u8, set: [u64; 2] },
    /// The three to six digits at a place, as a number, are in a set.
    Long { at: u8, width: u8, set: Box<[u64]> },
}

impl Test {
    #[inline]
    pub(super) fn holds(&self, word: &[u8; 64]) -> bool {
        match self {
            Self::Byte { at, set } => set.has(word[usize::from(*at & 63)]),
            Self::Short { at, width, set } => {
                let at = usize::from(*at & 63);
                let first = usize::from(word[at] & 15);
                let number = if *width == 1 {
                    first
                } else {
                    first * 10 + usize::from(word[(at + 1) & 63] & 15)
                };
                set[number >> 6 & 1] >> (number & 63) & 1 == 1
            }
            Self::Long { at, width, set } => {
                let digits = word.iter().skip(usize::from(*at)).take(usize::from(*width));
                let number = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit & 15));
                set.get(number >> 6)
                    .is_some_and(|bits| bits >> (number & 63) & 1 == 1)
            }
        }
    }
}

/// Rows of one length of a pattern: the candidate must pass all tests of one of them.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// Bytes in all.
    pub(super) len: usize,
    /// Places that must be digits.
    pub(super) digits: u64,
    /// Places that must be capitals.
    pub(super) capitals: u64,
    /// What the row asks beyond that.
    pub(super) tests: Box<[Test]>,
}

/// All forms of a pattern, by the anchor that finds them.
#[derive(Debug, Default)]
pub(super) struct Forms {
    /// Digits alone.
    pub(super) numbers: Vec<Form>,
    /// Digits and at last an X or x; `len` counts it.
    pub(super) crossed: Vec<Form>,
    /// Digits and capitals, a capital somewhere.
    pub(super) words: Vec<Form>,
}

/// Reads the regex of a shape.
///
/// # Errors
/// Says what keeps it from being a word of digits and capitals of a few lengths.
pub(super) fn forms(regex: &str, check: Check) -> Result<Forms, String> {
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(regex)
        .map_err(|error| match error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            _ => "not a regex".to_owned(),
        })?;
    let mut forms = Forms::default();
    for row in rows(&hir)? {
        sort(&row, &mut forms)?;
    }
    if forms.numbers.is_empty() && forms.crossed.is_empty() && forms.words.is_empty() {
        return Err("matches nothing".to_owned());
    }
    if check == Check::Luhn && !(forms.words.is_empty() && forms.crossed.is_empty()) {
        return Err("the check luhn is for digits only".to_owned());
    }
    Ok(forms)
}

fn digits() -> Bytes {
    Bytes::of(b'0'..=b'9')
}

fn capitals() -> Bytes {
    Bytes::of(b'A'..=b'Z')
}

fn width(row: &Row) -> usize {
    row.iter()
        .map(|piece| {
            if let Piece::Number { width, .. } = piece {
                *width
            } else {
                1
            }
        })
        .sum()
}

/// All ways to write what a regex says.
fn rows(hir: &Hir) -> Result<Vec<Row>, String> {
    match hir.kind() {
        HirKind::Empty => Ok(vec![Row::new()]),
        HirKind::Literal(literal) => literal
            .0
            .iter()
            .map(|byte| one([*byte..=*byte]))
            .collect::<Result<Row, _>>()
            .map(|row| vec![row]),
        HirKind::Class(Class::Bytes(class)) => Ok(vec![vec![one(class
            .iter()
            .map(|range| range.start()..=range.end()))?]]),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.iter().map(|range| {
                let end = u8::try_from(range.end()).unwrap_or(u8::MAX);
                u8::try_from(range.start()).unwrap_or(u8::MAX)..=end
            });
            Ok(vec![vec![one(ranges)?]])
        }
        HirKind::Look(_) => Err("has an assertion; edges are tested without being said".to_owned()),
        HirKind::Capture(capture) => rows(&capture.sub),
        HirKind::Repetition(repetition) => {
            let max = repetition.max.filter(|max| *max as usize <= MAX_WORD);
            let max = max.ok_or("has a repetition without end or of more than 40")?;
            let sub = rows(&repetition.sub)?;
            let mut power = vec![Row::new()];
            let mut all = Vec::new();
            for count in 0..=max {
                if count >= repetition.min {
                    all.extend(power.iter().cloned());
                }
                if count < max {
                    power = product(&power, &sub)?;
                }
                limit(&all)?;
            }
            Ok(all)
        }
        HirKind::Concat(parts) => parts
            .iter()
            .try_fold(vec![Row::new()], |all, part| product(&all, &rows(part)?)),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(rows(part)?);
                limit(&all)?;
            }
            Ok(fold(all))
        }
    }
}

fn one(ranges: impl IntoIterator<Item = std::ops::RangeInclusive<u8>>) -> Result<Piece, String> {
    let mut set = Bytes::default();
    for byte in ranges.into_iter().flatten() {
        if !byte.is_ascii_alphanumeric() {
            return Err("asks for something else than digits and letters".to_owned());
        }
        set.add(byte);
    }
    Ok(Piece::One(set))
}

fn limit(rows: &[Row]) -> Result<(), String> {
    if rows.len() > MAX_ROWS {
        return Err(format!("has more than {MAX_ROWS} ways to be written"));
    }
    Ok(())
}

fn product(left: &[Row], right: &[Row]) -> Result<Vec<Row>, String> {
    if left.len() * right.len() > MAX_ROWS {
        return Err(format!("has more than {MAX_ROWS} ways to be written"));
    }
    let mut all = Vec::new();
    for a in left {
        for b in right {
            let row: Row = a.iter().chain(b).cloned().collect();
            if width(&row) > MAX_WORD {
                return Err(format!("is longer than {MAX_WORD}"));
            }
            all.push(row);
        }
    }
    Ok(all)
}

/// Alternatives of digits of one small width become one set.
fn fold(rows: Vec<Row>) -> Vec<Row> {
    let width = rows.first().map_or(0, width);
    let plain = |piece: &Piece| match piece {
        Piece::One(set) => set.without(digits()).is_empty(),
        Piece::Number { .. } => true,
    };
    let same = |row: &Row| self::width(row) == width && row.iter().all(plain);
    if rows.len() < 2 || width == 0 || width > MAX_SET || !rows.iter().all(same) {
        return rows;
    }
    let size = 10usize.pow(u32::try_from(width).unwrap_or(0));
    let mut set = vec![0u64; size.div_ceil(64)].into_boxed_slice();
    for row in &rows {
        for number in numbers(row) {
            set[number >> 6] |= 1 << (number & 63);
        }
    }
    vec![vec![Piece::Number { width, set }]]
}

/// The numbers a row of digits can be.
fn numbers(row: &Row) -> Vec<usize> {
    row.iter().fold(vec![0], |all, piece| match piece {
        Piece::One(set) => {
            let digits: Vec<usize> = (0..10u8)
                .filter(|d| set.has(b'0' + d))
                .map(usize::from)
                .collect();
            all.iter()
                .flat_map(|n| digits.iter().map(move |d| n * 10 + d))
                .collect()
        }
        Piece::Number { width, set } => {
            let size = 10usize.pow(u32::try_from(*width).unwrap_or(0));
            let values: Vec<usize> = (0..size)
                .filter(|v| set[v >> 6] >> (v & 63) & 1 == 1)
                .collect();
            all.iter()
                .flat_map(|n| values.iter().map(move |v| n * size + v))
                .collect()
        }
    })
}

/// Puts a row where its anchor is.
fn sort(row: &Row, forms: &mut Forms) -> Result<(), String> {
    let len = width(row);
    if len == 0 {
        return Err("can be empty".to_owned());
    }
    let crosses = Bytes::of([b'X', b'x']);
    let digit = |piece: &Piece| match piece {
        Piece::One(set) => !set.and(digits()).is_empty(),
        Piece::Number { .. } => true,
    };
    let only_digits = |piece: &Piece| match piece {
        Piece::One(set) => set.and(capitals()).is_empty(),
        Piece::Number { .. } => true,
    };
    let (last, body) = row.split_last().ok_or("can be empty")?;
    if row.iter().all(digit) {
        if len > MAX_DIGITS {
            return Err(format!("is more than {MAX_DIGITS} digits"));
        }
        forms.numbers.push(form(row, len, digits())?);
    }
    let last_set = if let Piece::One(set) = last {
        *set
    } else {
        digits()
    };
    let last_letters = last_set.without(digits());
    let crossed = !last_letters.is_empty() && last_letters.without(crosses).is_empty();
    if crossed && body.iter().all(only_digits) {
        if !(2..=MAX_DIGITS).contains(&len) {
            return Err(format!("is not 2 to {MAX_DIGITS} digits"));
        }
        let mut form = form(&body.to_vec(), len - 1, digits())?;
        form.len = len;
        forms.crossed.push(form);
        return Ok(());
    }
    if row.iter().all(only_digits) {
        return if row.iter().all(digit) {
            Ok(())
        } else {
            Err("has small letters only".to_owned())
        };
    }
    let mut both = capitals();
    both.0[0] |= digits().0[0];
    forms.words.push(form(row, len, both)?);
    Ok(())
}

/// A row as tests, its letters cut down to an alphabet.
fn form(row: &Row, len: usize, alphabet: Bytes) -> Result<Form, String> {
    let mut form = Form {
        len,
        digits: 0,
        capitals: 0,
        tests: Box::default(),
    };
    let mut tests = Vec::new();
    let mut place = 0usize;
    for piece in row {
        let at = u8::try_from(place).map_err(|_| "is too long")?;
        match piece {
            Piece::One(set) => {
                let set = set.and(alphabet);
                if set.is_empty() {
                    return Err("has small letters only".to_owned());
                }
                if set.without(digits()).is_empty() {
                    form.digits |= 1 << place;
                } else if set.without(capitals()).is_empty() {
                    form.capitals |= 1 << place;
                }
                if set != digits() && set != capitals() && set != alphabet {
                    tests.push(Test::Byte { at, set });
                }
                place += 1;
            }
            Piece::Number { width, set } => {
                form.digits |= ((1 << width) - 1) << place;
                place += width;
                let width = u8::try_from(*width).map_err(|_| "is too long")?;
                tests.push(if width <= 2 {
                    let mut short = [0; 2];
                    short
                        .iter_mut()
                        .zip(set.iter())
                        .for_each(|(to, from)| *to = *from);
                    Test::Short {
                        at,
                        width,
                        set: short,
                    }
                } else {
                    Test::Long {
                        at,
                        width,
                        set: set.clone(),
                    }
                });
            }
        }
    }
    form.tests = tests.into_boxed_slice();
    Ok(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "[1-6][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]";

    fn fits(forms: &[Form], word: &str) -> bool {
        let mut bytes = [0; 64];
        bytes[..word.len()].copy_from_slice(word.as_bytes());
        forms
            .iter()
            .any(|form| form.len == word.len() && form.tests.iter().all(|test| test.holds(&bytes)))
    }

    #[test]
    fn dates_become_sets() {
        let forms = forms(ID, Check::Mod11x2).unwrap();
        assert_eq!(
            (forms.numbers.len(), forms.crossed.len(), forms.words.len()),
            (1, 1, 0)
        );
        assert!(fits(&forms.numbers, "110105194912310021"));
        assert!(!fits(&forms.numbers, "110105194913310021"));
        assert!(!fits(&forms.numbers, "710105194912310021"));
        assert!(fits(&forms.crossed, "11010519491231002X"));
    }

    #[test]
    fn lengths_become_forms() {
        let forms = forms("62[0-9]{14,17}|4[0-9]{12}|4[0-9]{15}", Check::Luhn).unwrap();
        let mut lens: Vec<_> = forms.numbers.iter().map(|form| form.len).collect();
        lens.sort_unstable();
        assert_eq!(lens, [13, 16, 16, 17, 18, 19]);
    }

    #[test]
    fn words_know_their_capitals() {
        let forms = forms("E[0-9A-HJ-NP-Z][0-9]{7}", Check::None).unwrap();
        assert_eq!(forms.words.len(), 1);
        assert_eq!(forms.words[0].capitals, 1);
        assert_eq!(forms.words[0].digits, 0b1_1111_1100);
    }

    #[test]
    fn what_is_no_shape_is_refused() {
        for regex in [
            "[0-9]+",
            "[0-9]{3}-[0-9]{4}",
            "[a-z]{5}",
            "",
            "\\b[0-9]{5}",
            "[0-9]{99}",
            "[0-9",
            "中[0-9]{5}",
            "(?:[A-Z]|[0-9]{2}){30}",
        ] {
            assert!(super::forms(regex, Check::None).is_err(), "{regex}");
        }
        assert!(super::forms("[A-Z][0-9]{5}", Check::Luhn).is_err());
    }
}
