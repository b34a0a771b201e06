//! Numbers written in Chinese numerals: 一三八〇〇一三八〇〇〇, 壹叁捌零零… (identifiers 1.1).

use super::{Found, Pass};
use crate::model::{Confidence, Reason, Reasons, Verdict};

/// Numerals in a row from which they may be a number of a person; the shortest kind looked for has eleven.
const LEAST: usize = 11;
/// The longest has nineteen, with a country code before it at most.
const MOST: usize = 24;
/// Kinds looked for: those that their own structure tells from any other number.
const RULES: [&str; 3] = ["cn.resident-id", "cn.bank-card", "cn.mobile"];

/// The digit that a Chinese numeral stands for.
fn digit(c: char) -> Option<u8> {
    Some(match c {
        '〇' | '零' => b'0',
        '一' | '壹' | '幺' => b'1',
        '二' | '贰' | '貳' | '两' => b'2',
        '三' | '叁' | '參' => b'3',
        '四' | '肆' => b'4',
        '五' | '伍' => b'5',
        '六' | '陆' | '陸' => b'6',
        '七' | '柒' => b'7',
        '八' | '捌' => b'8',
        '九' | '玖' => b'9',
        _ => return None,
    })
}

/// One bit a character from U+3000 to U+9FFF: the numerals.
static BITS: [u64; 448] = {
    const ALL: [char; 25] = [
        '〇', '零', '一', '壹', '幺', '二', '贰', '貳', '两', '三', '叁', '參', '四', '肆', '五',
        '伍', '六', '陆', '陸', '七', '柒', '八', '捌', '九', '玖',
    ];
    let mut bits = [0; 448];
    let mut i = 0;
    while i < ALL.len() {
        let place = ALL[i] as usize - 0x3000;
        bits[place >> 6] |= 1 << (place & 63);
        i += 1;
    }
    bits
};

/// Whether a character is a Chinese numeral. Asked for every Chinese character.
#[inline]
pub(super) fn is_numeral(c: char) -> bool {
    let place = (c as usize).wrapping_sub(0x3000);
    BITS.get(place >> 6)
        .is_some_and(|bits| bits >> (place & 63) & 1 == 1)
}

/// The digits of the run of numerals at the start of a text, and its bytes. `None` when it is too short or too long.
fn run(text: &str, digits: &mut [u8; MOST]) -> Option<(usize, usize)> {
    let ends = text.char_indices().chain([(text.len(), '\n')]);
    for (count, (i, c)) in ends.enumerate() {
        let Some(d) = digit(c) else {
            return (LEAST..=MOST).contains(&count).then_some((i, count));
        };
        *digits.get_mut(count)? = d;
    }
    None
}

impl Pass<'_> {
    /// Adds the numbers in Chinese numerals of the text that was read for names last, which begins at byte `base` of
    /// the fragment.
    pub(super) fn add_numerals(
        &mut self,
        text: &str,
        base: usize,
        cell: u32,
        mut place: impl FnMut(usize) -> Option<usize>,
    ) {
        let mut digits = [0u8; MOST];
        let mut done = 0;
        for &start in self.reader.numerals() {
            let start = start as usize;
            let Some((length, count)) = text
                .get(start..)
                .filter(|_| start >= done)
                .and_then(|tail| run(tail, &mut digits))
            else {
                continue;
            };
            let end = start + length;
            done = end;
            let number = digits
                .get(..count)
                .and_then(|d| std::str::from_utf8(d).ok())
                .unwrap_or_default();
            let fits = RULES.iter().find_map(|id| {
                let (index, rule) = self.detector.rules.find(id)?;
                (rule.verdict(number) == Verdict::Valid)
                    .then_some((index, rule.weights.base + rule.weights.valid))
            });
            let (Some((rule, points)), Some(from), Some(to)) = (fits, place(start), place(end))
            else {
                continue;
            };
            let confidence = Confidence::new(points);
            let at = |offset: usize| u32::try_from(base + offset).unwrap_or(u32::MAX);
            if confidence.percent() >= self.detector.minimum {
                self.found.push(Found {
                    rule,
                    start: at(from),
                    end: at(to),
                    cell,
                    confidence,
                    reasons: Reasons::default().with(Reason::Shape).with(Reason::Folded),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::text_of;
    use super::*;
    use crate::model::{Charset, Fragment};

    #[test]
    fn every_numeral_has_its_bit() {
        for c in '\u{3000}'..='\u{9FFF}' {
            assert_eq!(is_numeral(c), digit(c).is_some(), "{c}");
        }
        assert!(!is_numeral('1') && !is_numeral('\u{20000}'));
    }

    fn found(text: &str, charset: Charset) -> Vec<(String, String)> {
        let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
        let detector = super::super::Detector::new(rules, 50).unwrap();
        let bytes = match charset {
            Charset::Utf8 => text.as_bytes().to_vec(),
            Charset::Gb18030 => encoding_rs::GB18030.encode(text).0.into_owned(),
        };
        let fragment = Fragment {
            bytes: &bytes,
            charset,
            own: 0..bytes.len(),
            ..Fragment::whole(&[], "", None)
        };
        let mut pass = detector.begin();
        let found = pass.text(&fragment).to_vec();
        let rule = |f: &Found| detector.rule(f.rule).unwrap().id.clone();
        let value = |f: &Found| text_of(&bytes[f.range()], charset).into_owned();
        found.iter().map(|f| (rule(f), value(f))).collect()
    }

    #[test]
    fn numbers_in_words() {
        for charset in [Charset::Utf8, Charset::Gb18030] {
            for (text, rule, value) in [
                (
                    "电话：一三八〇〇一三八〇〇〇，请回",
                    "cn.mobile",
                    "一三八〇〇一三八〇〇〇",
                ),
                (
                    "打壹叁捌零零壹叁捌零零零找我",
                    "cn.mobile",
                    "壹叁捌零零壹叁捌零零零",
                ),
                (
                    "号码四四零三零五一九八五一一二零零零零一",
                    "cn.resident-id",
                    "四四零三零五一九八五一一二零零零零一",
                ),
            ] {
                assert_eq!(
                    found(text, charset),
                    [(rule.to_owned(), value.to_owned())],
                    "{text}"
                );
            }
            for text in [
                "一二三四五六七八九〇一",
                "一三八〇〇一三八〇〇",
                "一三八〇〇一三八〇〇〇一",
                "四四零三零五一九八五一一二零零零零二",
            ] {
                assert!(found(text, charset).is_empty(), "{text}");
            }
        }
    }
}
