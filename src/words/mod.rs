//! Every sentence for people, in Chinese and English, by message.
//!
//! A message is a [`Word`]; both its texts stand side by side in `messages.rs`. `{}` takes the next
//! argument, `{0}` the first, `{1}` the second: the order of words differs between languages.

mod daily;
mod erasing;
mod formats;
mod help;
mod messages;
mod names;
mod packages;
mod plans;
mod pseudonyms;
mod reporting;
mod system;

pub use daily::DailyWord;
pub use erasing::EraseWord;
pub use formats::{FormatFacts, FormatWord, format_facts};
pub use help::{CHINESE_HELP, chinese_help};
pub use messages::Word;
pub use names::{format_name, gap_advice, gap_title, reason_title, state_name};
pub use packages::PackageWord;
pub use plans::PlanWord;
pub use pseudonyms::PseudonymWord;
pub use reporting::ReportWord;
pub use system::in_language;

use std::fmt::{Display, Write};

/// Language of what people read. Machine-readable output has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Chinese, simplified.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The language with this name: `zh` or `en`.
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// Its name, as [`Language::find`] takes it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// From locale names as the environment gives them, the first that says something deciding: what
    /// `LC_ALL`, `LC_MESSAGES` and `LANG` hold, in that order (`zh_CN.UTF-8`, `C`, `en_GB`, empty for
    /// unset). Chinese when none is set; English for `C`, `POSIX` and every other language.
    ///
    /// Standard: POSIX.1-2017, Base Definitions 8.2.
    pub fn detect<'a>(locales: impl IntoIterator<Item = &'a str>) -> Self {
        match locales.into_iter().find(|l| !l.is_empty()) {
            None => Self::Zh,
            Some(locale) => {
                let language = locale
                    .split(['_', '-', '.', '@'])
                    .next()
                    .unwrap_or_default();
                if language.eq_ignore_ascii_case("zh") {
                    Self::Zh
                } else {
                    Self::En
                }
            }
        }
    }

    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

fn fill(template: &str, arguments: &[&dyn Display]) -> String {
    let mut out = String::with_capacity(template.len() + 16 * arguments.len());
    let mut next = 0;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((inside, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let at = if inside.is_empty() {
            next += 1;
            Some(next - 1)
        } else {
            inside.parse().ok()
        };
        match at.and_then(|n: usize| arguments.get(n)) {
            // Writing to a string does not fail.
            Some(argument) => drop(write!(out, "{argument}")),
            None => drop(write!(out, "{{{inside}}}")),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A number with its thousands apart: `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A number of bytes for people, in powers of 1024: `312 B`, `4.5 KiB`, `12 GiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // In tenths of the unit, rounded half up, without floating point.
    let mut shift = 10;
    let mut unit = 0;
    while unit + 1 < UNITS.len() && bytes >> shift >= 1024 {
        shift += 10;
        unit += 1;
    }
    let tenths = (u128::from(bytes) * 10 + (1 << (shift - 1))) >> shift;
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", tenths / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GapKind;

    #[test]
    fn the_environment_decides() {
        let detect = |l: &[&str]| Language::detect(l.iter().copied());
        assert_eq!(detect(&["", "", "zh_CN.UTF-8"]), Language::Zh);
        assert_eq!(detect(&["zh-Hans"]), Language::Zh);
        assert_eq!(detect(&["C", "zh_CN.UTF-8"]), Language::En);
        assert_eq!(detect(&["", "en_GB.UTF-8", "zh_CN"]), Language::En);
        assert_eq!(detect(&["de_DE@euro"]), Language::En);
        assert_eq!(detect(&["", ""]), Language::Zh);
        for language in Language::ALL {
            assert_eq!(Language::find(language.id()), Some(language));
        }
    }

    #[test]
    fn gaps_are_filled_in_any_order() {
        assert_eq!(fill("{} of {}", &[&1, &"two"]), "1 of two");
        assert_eq!(fill("{1}里的{0}", &[&1, &"two"]), "two里的1");
        assert_eq!(fill("{} {} {x} {", &[&1]), "1 {} {x} {");
    }

    #[test]
    fn arguments_are_not_templates() {
        assert_eq!(fill("{} {}", &[&"{}", &"b"]), "{} b");
    }

    /// The gaps of a template, by argument number, in order.
    fn gaps(template: &str) -> Vec<usize> {
        let mut next = 0;
        let mut all: Vec<usize> = template
            .split('{')
            .skip(1)
            .map(|part| {
                let inside = part.split_once('}').expect("a closed gap").0;
                if inside.is_empty() {
                    next += 1;
                    next - 1
                } else {
                    inside.parse().expect("a number")
                }
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    type Texts = (&'static str, &'static str);

    fn texts_of<W: Copy + std::fmt::Debug>(
        all: &[W],
        texts: fn(W) -> Texts,
    ) -> Vec<(String, &'static str, &'static str)> {
        let named = |&word: &W| (format!("{word:?}"), texts(word).0, texts(word).1);
        all.iter().map(named).collect()
    }

    #[test]
    fn every_message_is_there_in_both_languages() {
        let is_han = |c: char| ('\u{4E00}'..='\u{9FFF}').contains(&c);
        let mut wrong = Vec::new();
        let all = [
            texts_of(Word::ALL, Word::texts),
            texts_of(DailyWord::ALL, DailyWord::texts),
            texts_of(EraseWord::ALL, EraseWord::texts),
            texts_of(PackageWord::ALL, PackageWord::texts),
            texts_of(PlanWord::ALL, PlanWord::texts),
            texts_of(PseudonymWord::ALL, PseudonymWord::texts),
            texts_of(ReportWord::ALL, ReportWord::texts),
        ];
        for (word, zh, en) in all.into_iter().flatten() {
            if en.trim().is_empty() || en.chars().any(is_han) {
                wrong.push(format!("{word}: English"));
            }
            if !zh.chars().any(is_han) {
                wrong.push(format!("{word}: Chinese"));
            }
            if gaps(zh) != gaps(en) {
                wrong.push(format!("{word:?}: gaps"));
            }
            if zh.contains('\n') != en.contains('\n') {
                wrong.push(format!("{word:?}: lines"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn every_gap_has_a_title_and_advice_of_its_own() {
        for language in Language::ALL {
            let mut titles: Vec<_> = GapKind::ALL
                .iter()
                .map(|&k| gap_title(k).text(language))
                .collect();
            titles.sort_unstable();
            titles.dedup();
            assert_eq!(titles.len(), GapKind::ALL.len());
            for kind in GapKind::ALL {
                assert!(gap_advice(kind).text(language).len() > 10, "{kind:?}");
            }
        }
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(size(312), "312 B");
        assert_eq!(size(1024), "1.0 KiB");
        assert_eq!(size(4_608), "4.5 KiB");
        assert_eq!(size(12 << 30), "12 GiB");
        assert_eq!(size(u64::MAX), "16 EiB");
    }
}
