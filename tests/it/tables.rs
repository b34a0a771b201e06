//! Every entry of the tables in the validators counts: whoever flips one gets a red test here. Values are built
//! with checks worked out here, and what is accepted is counted over the whole range of a table.

use inkout::{model::Verdict, rules::RuleSet, validators};
use std::collections::BTreeMap;

fn look(validator: &str, value: &str) -> Verdict {
    validators::find(validator).unwrap()(value)
}

/// The check character that makes this body valid in the eyes of a validator, tried out.
fn completed(validator: &str, body: &str, alphabet: &str) -> Option<String> {
    alphabet
        .chars()
        .map(|c| format!("{body}{c}"))
        .find(|value| look(validator, value) == Verdict::Valid)
}

/// Numbers and their order, as one number.
fn print<T: std::fmt::Debug>(all: &[T]) -> (usize, u64) {
    let text = format!("{all:?}");
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for b in text.bytes() {
        hash = (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3);
    }
    (all.len(), hash)
}

/// A number with its check digit by Luhn.
fn luhn(body: &str) -> String {
    let sum: u32 = body
        .chars()
        .rev()
        .enumerate()
        .map(|(i, c)| {
            let d = c.to_digit(10).unwrap();
            if i % 2 == 0 { d / 5 + d * 2 % 10 } else { d }
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// A small generator, so that values differ at every place.
struct Digits(u64);

impl Digits {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn take(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + u8::try_from(self.next(10)).unwrap()))
            .collect()
    }
}

/// Weighted sums written out once more, with other means than the program's.
#[test]
#[expect(clippy::too_many_lines, reason = "one paragraph a standard")]
fn every_weight_of_every_check_counts() {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut digits = Digits(7);
    for _ in 0..300 {
        // GB 11643: weights 2^(18-i) mod 11.
        let body = format!(
            "110105{:04}{:02}{:02}{}",
            1950 + digits.next(60),
            1 + digits.next(12),
            1 + digits.next(28),
            digits.take(3)
        );
        let sum: u32 = body
            .chars()
            .zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
            .map(|(c, w)| c.to_digit(10).unwrap() * w)
            .sum();
        let check = "10X98765432"
            .chars()
            .nth(usize::try_from(sum % 11).unwrap())
            .unwrap();
        for c in "0123456789X".chars() {
            let expected = if c == check {
                Verdict::Valid
            } else {
                Verdict::Invalid
            };
            assert_eq!(look("cn_resident_id", &format!("{body}{c}")), expected);
        }
        // GB 32100: weights 3^(i-1) mod 31 over an alphabet of 31.
        let rest: String = (0..9)
            .map(|_| {
                ALPHABET
                    .chars()
                    .nth(usize::try_from(digits.next(31)).unwrap())
                    .unwrap()
            })
            .collect();
        let body = format!("91110108{rest}");
        let weights = [
            1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
        ];
        let sum: usize = body
            .chars()
            .zip(weights)
            .map(|(c, w)| ALPHABET.find(c).unwrap() * w)
            .sum();
        let check = ALPHABET.chars().nth((31 - sum % 31) % 31).unwrap();
        for c in ALPHABET.chars() {
            let found = look("cn_uscc", &format!("{body}{c}"));
            assert_eq!(found != Verdict::Invalid, c == check, "{body}{c}");
        }
        // GB 11714: weights 3 7 9 10 5 8 4 2, letters from 10 on.
        let body: String = (0..8)
            .map(|_| {
                "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    .chars()
                    .nth(usize::try_from(digits.next(36)).unwrap())
                    .unwrap()
            })
            .collect();
        let sum: u32 = body
            .chars()
            .zip([3, 7, 9, 10, 5, 8, 4, 2])
            .map(|(c, w)| c.to_digit(36).unwrap() * w)
            .sum();
        let check = match 11 - sum % 11 {
            10 => "X".to_owned(),
            11 => "0".to_owned(),
            n => n.to_string(),
        };
        for c in "0123456789X".chars() {
            let found = look("cn_organisation_code", &format!("{body}{c}"));
            assert_eq!(found == Verdict::Valid, check == c.to_string(), "{body}{c}");
        }
        // Luhn.
        let body = format!("622202{}", digits.take(12));
        let sum: u32 = body
            .chars()
            .rev()
            .enumerate()
            .map(|(i, c)| {
                let d = c.to_digit(10).unwrap();
                if i % 2 == 0 { d / 5 + d * 2 % 10 } else { d }
            })
            .sum();
        for c in 0..10 {
            let found = look("cn_bank_card", &format!("{body}{c}"));
            assert_eq!(
                found == Verdict::Valid,
                (sum + c).is_multiple_of(10),
                "{body}{c}"
            );
        }
        // ISO 7064 MOD 11,10.
        let body = format!("102{}", digits.take(8));
        let mut p = 10;
        for c in body.chars() {
            p = (p + c.to_digit(10).unwrap()) % 10;
            p = (if p == 0 { 10 } else { p }) * 2 % 11;
        }
        for c in 0..10 {
            let found = look("cn_cnaps", &format!("{body}{c}"));
            assert_eq!(found == Verdict::Valid, c == (11 - p) % 10, "{body}{c}");
        }
    }
}

#[test]
fn every_entry_of_the_number_plans_counts() {
    let mobiles: Vec<String> = (100..200)
        .map(|p| p.to_string())
        .filter(|p| look("cn_mobile", &format!("{p}12345678")) == Verdict::Valid)
        .collect();
    let expected = "130 131 132 133 134 135 136 137 138 139 145 146 147 148 149 150 151 152 153 155 156 157 158 159 162 165 166 167 170 171 172 173 174 175 176 177 178 180 181 182 183 184 185 186 187 188 189 190 191 192 193 195 196 197 198 199";
    assert_eq!(mobiles.join(" "), expected);
    let mut areas = Vec::new();
    for code in 0..1_000 {
        for rest in [
            "23456789", "2345678", "62345678", "82345678", "12345678", "92345678",
        ] {
            for area in [format!("{code:03}"), format!("0{code:03}")] {
                if look("cn_landline", &format!("{area}{rest}")) == Verdict::Valid {
                    areas.push(format!("{area}+{rest}"));
                }
            }
        }
    }
    assert_eq!(
        print(&areas),
        (1_607, 7_071_839_858_125_491_474),
        "area codes"
    );
}

#[test]
fn every_entry_of_the_prefix_tables_counts() {
    let provinces: Vec<u32> = (0..100)
        .filter(|p| {
            completed(
                "cn_resident_id",
                &format!("{p:02}010119900307001"),
                "0123456789X",
            )
            .is_some()
        })
        .collect();
    assert_eq!(
        provinces,
        [
            11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50,
            51, 52, 53, 54, 61, 62, 63, 64, 65, 71
        ]
    );
    let alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut kinds = Vec::new();
    for a in alphabet.chars() {
        for b in alphabet.chars() {
            if completed("cn_uscc", &format!("{a}{b}110108MA000000"), alphabet)
                .is_some_and(|v| v.len() == 17)
                || completed("cn_uscc", &format!("{a}{b}110108MA0000007"), alphabet).is_some()
            {
                kinds.push(format!("{a}{b}"));
            }
        }
    }
    assert_eq!(
        kinds.join(" "),
        "11 12 13 19 21 29 31 32 33 34 35 36 39 41 49 51 52 53 54 55 59 61 62 69 71 72 79 81 82 89 91 92 93 99 A1 A9 G1 G9 J1 J9 N1 N2 N3 N9 Q1 Q2 Q3 Q9 Y1"
    );
    // Cards: the first four digits over each length, and the edges of ranges of six, by what the validator says.
    let edges = [
        "222099", "222100", "272099", "272100", "220499", "220500", "352799", "352800", "358999",
        "359000", "601381", "601382", "601383", "601427", "601428", "601429", "603444", "603445",
        "603446", "603505", "603506", "603507", "619999", "620000", "625999", "626000", "627000",
        "628999", "629000", "643999", "644000", "955799", "955800", "955899", "955949", "955950",
        "955999", "309499", "309500", "309599",
    ];
    let bins = (1_000..10_000).map(|bin| bin.to_string());
    let mut cards = Vec::new();
    for bin in bins.chain(edges.map(str::to_owned)) {
        for length in 13..=19 {
            let body = format!("{bin}{}", &"315926535897932"[..length - bin.len() - 1]);
            let value = luhn(&body);
            for validator in ["cn_bank_card", "payment_card"] {
                let verdict = look(validator, &value);
                if verdict != Verdict::Invalid {
                    cards.push(format!("{validator} {bin} {length} {verdict:?}"));
                }
            }
        }
    }
    assert_eq!(print(&cards), (10_937, 2_596_029_636_032_071_363), "cards");
}

#[test]
fn every_letter_of_the_documents_counts() {
    let mut shapes = Vec::new();
    for validator in [
        "cn_passport",
        "cn_hk_macau_permit",
        "cn_home_return_permit",
        "cn_taiwan_exit_permit",
        "hk_macau_sar_passport",
        "cn_sh_account",
        "cn_sz_account",
        "cn_plate",
    ] {
        for a in ('A'..='Z')
            .chain('0'..='9')
            .chain("京沪粤使学警港澳挂领临".chars())
        {
            for b in ('A'..='Z').chain('0'..='9') {
                for rest in [
                    "123456",
                    "1234567",
                    "12345678",
                    "123456789",
                    "12345",
                    "1234学",
                    "D12345",
                    "12345D",
                ] {
                    if look(validator, &format!("{a}{b}{rest}")) != Verdict::Invalid {
                        shapes.push(format!("{validator} {a}{b}{rest}"));
                    }
                }
            }
        }
    }
    assert_eq!(
        print(&shapes),
        (738, 17_524_719_201_639_994_797),
        "documents"
    );
    let provinces: String = ('\u{4E00}'..='\u{9FFF}')
        .filter(|c| look("cn_plate", &format!("{c}A12345")) == Verdict::Valid)
        .collect();
    assert_eq!(
        print(&provinces.chars().collect::<Vec<_>>()),
        (31, 16_768_718_019_531_504_461),
        "plates of {provinces}"
    );
}

#[test]
fn every_length_of_the_iban_registry_counts() {
    let mut known = Vec::new();
    for a in 'A'..='Z' {
        for b in 'A'..='Z' {
            for length in 15..=34usize {
                let rest = "1".repeat(length - 4);
                let checks = (2..=98)
                    .any(|n| look("iban", &format!("{a}{b}{n:02}{rest}")) == Verdict::Valid);
                if checks {
                    known.push(format!("{a}{b}{length}"));
                }
            }
        }
    }
    assert_eq!(print(&known), (88, 14_195_401_258_926_268_537), "countries");
}

/// Values one and two characters away from a value: each letter and digit changes to all others of its kind.
fn neighbours(value: &str, give: &mut dyn FnMut(&str)) {
    let kin = |b: u8| match b {
        b'0'..=b'9' => b'0'..=b'9',
        b'a'..=b'z' => b'a'..=b'z',
        _ => b'A'..=b'Z',
    };
    let mut changed = value.as_bytes().to_vec();
    let places: Vec<usize> = (0..changed.len())
        .filter(|&i| changed[i].is_ascii_alphanumeric())
        .collect();
    let last = places.len().saturating_sub(3).max(2);
    let ends: Vec<usize> = places
        .iter()
        .take(2)
        .chain(places.iter().skip(last))
        .copied()
        .collect();
    for &i in &places {
        let before = changed[i];
        for a in kin(before) {
            changed[i] = a;
            for &j in ends.iter().filter(|&&j| j != i) {
                let other = changed[j];
                for b in kin(other) {
                    changed[j] = b;
                    give(std::str::from_utf8(&changed).unwrap());
                }
                changed[j] = other;
            }
        }
        changed[i] = before;
    }
}

/// What a rule with a check digit or a validator of its own accepts around its examples, as a number: a weight, a
/// modulus, an alphabet or an entry of a table that changes changes it. After a change on purpose the new numbers
/// are written with `INKOUT_PRINTS=1 cargo test --test it every_rule_abroad`.
#[test]
fn every_rule_abroad_accepts_what_it_did() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/prints.tsv");
    let rules = RuleSet::builtin().unwrap();
    let mut now = BTreeMap::new();
    let abroad = |id: &str| !id.starts_with("cn.") && !id.starts_with("secret.");
    for rule in rules.rules.iter().filter(|r| abroad(&r.id)) {
        if rule.validator.is_none() && rule.schemes.is_empty() {
            continue;
        }
        let Some(example) = rule.positive.first() else {
            continue;
        };
        // A sign of country before the value is none of what is checked.
        let value = example.value.to_ascii_uppercase();
        let bare: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        let value = rule
            .prefixes
            .iter()
            .filter_map(|p| bare.strip_prefix(p.as_str()))
            .chain([bare.as_str(), example.value.as_str()])
            .find(|value| rule.verdict(value) != Verdict::Invalid)
            .unwrap();
        let (mut hash, mut accepted, mut tried) = (0xCBF2_9CE4_8422_2325_u64, 0u64, 0u64);
        neighbours(value, &mut |value| {
            let verdict = rule.verdict(value);
            tried += 1;
            accepted += u64::from(verdict != Verdict::Invalid);
            hash = (hash ^ verdict as u64).wrapping_mul(0x0100_0000_01B3);
        });
        now.insert(rule.id.clone(), format!("{tried}\t{accepted}\t{hash:016x}"));
    }
    let written: String = now
        .iter()
        .map(|(id, print)| format!("{id}\t{print}\n"))
        .collect();
    if std::env::var_os("INKOUT_PRINTS").is_some() {
        std::fs::write(path, &written).unwrap();
        return;
    }
    let before = std::fs::read_to_string(path).unwrap();
    let before: BTreeMap<&str, &str> = before.lines().filter_map(|l| l.split_once('\t')).collect();
    let changed: Vec<&String> = now
        .iter()
        .filter(|(id, print)| before.get(id.as_str()) != Some(&print.as_str()))
        .map(|(id, _)| id)
        .collect();
    assert!(
        changed.is_empty(),
        "rules that accept other values than before: {changed:?}"
    );
    assert_eq!(before.len(), now.len(), "rules that are gone");
}

#[test]
fn every_length_of_the_numbers_abroad_counts() {
    let rest = "2345678923456789";
    let mut known = Vec::new();
    for code in 1..1_000u32 {
        for length in 3..=14usize {
            let value = format!("{code}{}", &rest[..length]);
            let verdict = look("phone_international", &value);
            if verdict != Verdict::Invalid {
                known.push(format!("{value} {verdict:?}"));
            }
        }
    }
    assert_eq!(
        print(&known),
        (2_852, 5_783_237_860_809_750_923),
        "lengths by country"
    );
}
