//! One form for all spellings of a value: what pseudonyms are made of.

use super::{Kind, check, dates};
use std::net::IpAddr;
use unicode_normalization::UnicodeNormalization;

/// A value without what spellings differ in: compatibility forms (NFKC), invisible characters, separators, case;
/// country codes before telephone numbers; a resident number of 15 digits becomes the 18 it was renewed to.
pub fn canonical(kind: Kind, value: &str) -> String {
    let text: String = value.nfkc().filter(|c| !invisible(*c)).map(digit).collect();
    let text = text.trim();
    match kind {
        Kind::Name => name(text),
        Kind::Addr => text
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_uppercase)
            .collect(),
        Kind::Mail => text.to_lowercase(),
        Kind::Date => dates::parse(text).map_or_else(|| bare(text), dates::iso),
        Kind::Net => net(text),
        Kind::Tel => telephone(text),
        Kind::Id => resident(bare(text)),
        Kind::Acc | Kind::Sec | Kind::Car | Kind::Org | Kind::Data => bare(text),
    }
}

/// Characters that nobody sees: zero width, soft hyphen, direction and variation marks.
fn invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180E}' | '\u{FEFF}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{FE00}'..='\u{FE0F}'
    )
}

/// Digits of Arabic and Persian as those of ASCII; the sign for *times* that stands for an X.
fn digit(c: char) -> char {
    let from = |zero: u32| char::from_u32(c as u32 - zero + 0x30).unwrap_or(c);
    match c {
        '\u{0660}'..='\u{0669}' => from(0x0660),
        '\u{06F0}'..='\u{06F9}' => from(0x06F0),
        '×' | '✕' => 'X',
        _ => c,
    }
}

/// Letters and digits in capitals.
fn bare(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

fn name(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let latin = text.chars().all(|c| c < '\u{2E80}');
    let joined = words.join(if latin { " " } else { "" });
    joined
        .chars()
        .map(|c| {
            if matches!(c, '•' | '・' | '‧') {
                '·'
            } else {
                c
            }
        })
        .flat_map(char::to_uppercase)
        .collect()
}

/// Addresses of computers as their standards write them; hardware addresses as twelve digits.
fn net(text: &str) -> String {
    text.parse::<IpAddr>()
        .map_or_else(|_| bare(text), |ip| ip.to_string().to_uppercase())
}

fn telephone(text: &str) -> String {
    let abroad = text.starts_with('+') || text.starts_with("(+");
    let all = bare(text);
    let rest = match (all.strip_prefix("0086"), all.strip_prefix("86")) {
        (Some(rest), _) => Some(rest),
        // Without a plus only in front of a mobile number: 86 begins numbers of its own.
        (_, Some(rest)) if abroad || (rest.len() == 11 && rest.starts_with('1')) => Some(rest),
        _ => None,
    };
    match rest {
        None => all,
        Some(rest) if rest.len() == 11 && rest.starts_with('1') => rest.to_owned(),
        // At home a landline number begins with a zero.
        Some(rest) if rest.starts_with('0') => rest.to_owned(),
        Some(rest) => format!("0{rest}"),
    }
}

/// A first-generation number (15 digits) as the 18 characters that its bearer got. Standard: GB 11643-1999; those
/// born before 1900 have numbers of their own and are not looked for.
fn resident(bare: String) -> String {
    let digits = bare.len() == 15 && bare.bytes().all(|b| b.is_ascii_digit());
    let parts = (bare.get(..6), bare.get(6..12), bare.get(6..));
    let (true, (Some(region), Some(born), Some(rest))) = (digits, parts) else {
        return bare;
    };
    if dates::parse(&format!("19{born}")).is_none() {
        return bare;
    }
    let body = format!("{region}19{rest}");
    match check::resident(body.as_bytes()) {
        Some(c) => format!("{body}{c}"),
        None => bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[track_caller]
    fn one(kind: Kind, spellings: &[&str]) -> String {
        let all: BTreeSet<String> = spellings.iter().map(|s| canonical(kind, s)).collect();
        assert_eq!(all.len(), 1, "{all:?}");
        all.into_iter().next().unwrap()
    }

    #[test]
    fn spellings_of_other_kinds() {
        let tel = [
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "+86 138 0013 8000",
            "+8613800138000",
            "0086-13800138000",
            "8613800138000",
            "（+86）138 0013 8000",
            "１３８００１３８０００",
            "١٣٨٠٠١٣٨٠٠٠",
        ];
        assert_eq!(one(Kind::Tel, &tel), "13800138000");
        assert_eq!(
            one(Kind::Tel, &["010-62345678", "+86 10 6234 5678"]),
            "01062345678"
        );
        assert_eq!(
            one(Kind::Name, &["欧阳锋", "欧阳 锋", " 欧 阳 锋 "]),
            "欧阳锋"
        );
        assert_eq!(
            one(Kind::Name, &["Zhang San", "zhang  san", "ZHANG\u{a0}SAN"]),
            "ZHANG SAN"
        );
        one(Kind::Name, &["买买提·吐尔逊", "买买提•吐尔逊"]);
        assert_eq!(
            one(
                Kind::Acc,
                &[
                    "6226 0900 0000 0048",
                    "6226090000000048",
                    "6226-0900-0000-0048"
                ]
            ),
            "6226090000000048"
        );
        assert_eq!(
            one(Kind::Org, &["91350100-M000100Y4-3", "91350100m000100y43"]),
            "91350100M000100Y43"
        );
        assert_eq!(
            one(Kind::Mail, &["Zhang@Example.COM", "zhang@example.com "]),
            "zhang@example.com"
        );
        assert_eq!(
            one(
                Kind::Date,
                &[
                    "1990-03-07",
                    "1990/3/7",
                    "1990年3月7日",
                    "19900307",
                    "1990.03.07"
                ]
            ),
            "1990-03-07"
        );
        assert_eq!(
            one(Kind::Net, &["2001:DB8::1", "2001:db8:0:0::1"]),
            "2001:DB8::1"
        );
        one(Kind::Net, &["00:1A:2b:3c:4d:5e", "00-1a-2b-3c-4d-5e"]);
    }

    proptest! {
        /// Twelve spellings of one resident number and more have one form.
        #[test]
        fn spellings_of_a_resident_number(
            region in "[1-6][1-5][0-9]{4}",
            days in 0u32..30_000,
            order in 0u32..1000,
        ) {
            let born = dates::iso(dates::Day(i64::from(days) - 15_000)).replace('-', "");
            let body = format!("{region}{born}{order:03}");
            let id = format!("{body}{}", check::resident(body.as_bytes()).unwrap());
            let (a, b, c) = (&id[..6], &id[6..14], &id[14..]);
            let wide: String = id
                .chars()
                .map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap())
                .collect();
            let mut all = vec![
                id.clone(),
                id.to_lowercase(),
                wide.clone(),
                wide.to_lowercase(),
                format!("{a} {b} {c}"),
                format!("{a}-{b}-{c}"),
                format!("{a}\u{3000}{b}\u{3000}{c}"),
                format!("{a}\u{a0}{b}\u{2009}{c}"),
                format!("{a} {} {} {c}", &b[..4], &b[4..]),
                format!(" {id}\t"),
                format!("{}\u{200b}{}", &id[..9], &id[9..]),
                format!("\u{feff}{id}\u{200e}"),
                id.replace('X', "×"),
            ];
            if let Some(rest) = born.strip_prefix("19") {
                all.push(format!("{region}{rest}{order:03}"));
            }
            prop_assert!(all.len() >= 12);
            for spelling in all {
                prop_assert_eq!(canonical(Kind::Id, &spelling), id.clone());
            }
        }

        #[test]
        fn any_text_has_a_form_that_stays(kind in 0usize..12, text in "\\PC{0,40}") {
            let kind = Kind::ALL[kind];
            let once = canonical(kind, &text);
            // A first step may uncover what a second one changes in odd texts; values are not such.
            prop_assert!(once.chars().all(|c| !invisible(c)));
        }
    }
}
