use super::*;
use crate::engine::Find as EngineFind;
use crate::model::Verdict;

const GOOD: &str = r#"
[[rule]]
id = "cn.badge"
title = { zh = "工牌号", en = "Badge" }
standard = "house rule"
pattern = '''EMP[0-9]{5}'''
labels = ["工牌"]
headers = ["工牌号（必填）"]
confidence = { base = 60, against = -20 }
tags = ["pii"]
mask = "id"
mask_label = "工牌号"
examples.positive = [{ text = "工牌 EMP00123", value = "EMP00123" }, { text = "EMP99999", value = "EMP99999" }]
examples.negative = ["EMP1234", "XEMP00123"]
"#;

fn failing(text: &str) -> (String, String) {
    match RuleSet::compile(&[("my.toml", text)]) {
        Err(RuleError::Field {
            file, rule, field, ..
        }) => {
            assert_eq!(file, "my.toml");
            (rule, field)
        }
        Err(RuleError::File { file, reason }) => {
            assert_eq!(file, "my.toml");
            (String::new(), reason)
        }
        Ok(_) => panic!("compiled: {text}"),
    }
}

#[test]
fn builtin_rules_compile() {
    let set = RuleSet::builtin().unwrap();
    assert!(set.rules.len() >= 30, "{}", set.rules.len());
    assert_eq!(set.digest.len(), 64);
    assert!(set.negative_headers.contains(&header_key("订单号")));
    assert!(set.find("cn.resident-id").is_some());
    assert!(set.find("cn.nothing").is_none());
    let patterns = set.patterns();
    let without = set.rules.iter().filter(|r| {
        matches!(
            r.find,
            Find::Person | Find::Address | Find::Child | Find::Assigned(_)
        )
    });
    assert_eq!(patterns.len(), set.rules.len() - without.count());
    assert!(patterns.windows(2).all(|w| w[0].0 < w[1].0));
}

/// What is read at every start says the same as the files, which go through every check.
#[test]
fn the_compiled_form_says_what_the_files_say() {
    let files = RuleSet::compile(builtin::FILES).unwrap();
    let compiled = RuleSet::builtin().unwrap();
    assert_eq!(files.rules.len(), compiled.rules.len());
    for (a, b) in files.rules.iter().zip(&compiled.rules) {
        assert_eq!(format!("{a:?}"), format!("{b:?}"), "{}", a.id);
    }
    assert_eq!(files.digest, compiled.digest);
    assert_eq!(files.negative_headers, compiled.negative_headers);
    assert_eq!(files.placeholders, compiled.placeholders);
    let words = |set: &RuleSet| format!("{:?} {:?}", set.header_words, set.allow);
    assert_eq!(words(&files), words(&compiled));
    // Without examples it is the same but for them.
    let mut files = files;
    let short = RuleSet::with_own(&[], Examples::Without).unwrap();
    for (a, b) in files.rules.iter_mut().zip(&short.rules) {
        (a.positive, a.negative) = Default::default();
        assert_eq!(format!("{a:?}"), format!("{b:?}"), "{}", a.id);
    }
    assert_eq!(files.digest, short.digest);
}

/// With a user's files the digest is that of all files in their order.
#[test]
fn own_files_are_in_the_digest() {
    let own = [OwnFile {
        name: "my.toml".into(),
        text: GOOD.into(),
    }];
    let set = RuleSet::with_own(&own, Examples::Without).unwrap();
    let all: Vec<_> = builtin::FILES
        .iter()
        .copied()
        .chain([("my.toml", GOOD)])
        .collect();
    assert_eq!(set.digest, RuleSet::compile(&all).unwrap().digest);
    assert_eq!(set.rules.last().unwrap().positive.len(), 2);
}

/// Own rule files hold values of persons (allow lists, lists of words): what is wrong with them is told without.
#[test]
fn errors_do_not_quote_values() {
    for text in [
        "[[allow]]\nvalues = [\"13800138000\" \"x\"]\n",
        "[[allow]]\nvalues = \"13800138000\"\n",
        "[[rule]]\nid = \"own.a\"\nlabels = \"13800138000\"\n",
    ] {
        let error = RuleSet::compile(&[("my.toml", text)])
            .unwrap_err()
            .to_string();
        assert!(!error.contains("13800138000"), "{error}");
        assert!(error.contains("my.toml"), "{error}");
    }
}

/// The whole detector runs on the examples elsewhere; here each value is looked at on its own.
#[test]
fn every_positive_value_fits_its_pattern_and_validator() {
    let set = RuleSet::builtin().unwrap();
    for (number, pattern) in set.patterns() {
        let rule = &set.rules[usize::from(number)];
        for example in &rule.positive {
            let bare: String = match &pattern.find {
                EngineFind::Shape {
                    regex,
                    groups,
                    plain,
                } => {
                    let mut bare: String = example
                        .value
                        .chars()
                        .filter(char::is_ascii_alphanumeric)
                        .collect::<String>()
                        .to_uppercase();
                    let shape = regex::Regex::new(&format!("^(?:{regex})$")).unwrap();
                    // The character in brackets is not the pattern's.
                    let whole = match example.value.split_once('(') {
                        Some((before, _)) if rule.bracket.is_some() => before.to_owned(),
                        _ => bare.clone(),
                    };
                    if !shape.is_match(&whole) {
                        let sign = rule.prefixes.iter().find(|p| bare.starts_with(p.as_str()));
                        bare = bare[sign.map_or(0, String::len)..].to_owned();
                        assert!(shape.is_match(&bare), "{} {bare}", rule.id);
                    }
                    let w = rule.weights;
                    let sizes: Vec<u8> = example
                        .value
                        .split([' ', '-'])
                        .map(|g| u8::try_from(g.len()).unwrap())
                        .collect();
                    assert!(
                        sizes.len() == 1 && *plain
                            || groups.contains(&sizes)
                            || w.base + w.valid + w.near < Rule::REPORTED,
                        "{} {sizes:?}",
                        rule.id
                    );
                    bare
                }
                EngineFind::Regex(regex) => {
                    let whole = regex::bytes::RegexBuilder::new(&format!("^(?:{regex})$"))
                        .unicode(false)
                        .build()
                        .unwrap();
                    assert!(whole.is_match(example.value.as_bytes()), "{}", rule.id);
                    example.value.replace(['(', ')', '（', '）', ' '], "")
                }
                EngineFind::Named(Finder::Phone) => example.value.replace(['+', ' ', '-'], ""),
                EngineFind::Named(_) => example.value.replace(['·', ' '], ""),
                EngineFind::Words(_) | EngineFind::Token(_) | EngineFind::Guarded { .. } => {
                    continue;
                }
            };
            assert_ne!(rule.verdict(&bare), Verdict::Invalid, "{} {bare}", rule.id);
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "mostly the list of rules")]
fn weights_make_sense_together() {
    let set = RuleSet::builtin().unwrap();
    let alone = [
        "cn.resident-id",
        "cn.resident-id-child",
        "cn.residence-permit",
        "cn.foreigner-card",
        "cn.mobile",
        "cn.landline",
        "cn.landline-bracketed",
        "cn.plate",
        "cn.bank-card",
        "cn.uscc",
        "cn.taxpayer-number",
        "intl.payment-card",
        "intl.iban",
        "intl.email",
        "intl.ip-address",
        "intl.ip-address-v6",
        "intl.mac-address",
        "cn.address",
        "intl.phone",
        "hk.id",
        "sg.nric",
        "kr.rrn",
        "us.us_ssn",
        "us.itin",
        "gb.nino",
        "it.codice-fiscale",
        "mx.curp",
        "cn.student-number",
        "intl.bitcoin-address-segwit",
        "intl.ethereum-address",
        "cn.property-unit",
        "secret.private-key",
        // The star, and the label inside the pattern, are what tells them.
        "cn.secrecy-mark",
        "intl.card-code-text",
    ];

    let quiet = |rule: &&Rule| rule.tags.iter().any(|t| t == "business");
    for rule in set.rules.iter().filter(quiet) {
        assert!(rule.most() < Rule::REPORTED, "{}: business", rule.id);
    }
    for rule in set.rules.iter().filter(|r| !quiet(r)) {
        let w = rule.weights;
        // Keys by their prefix say by their points whether they need a label.
        if matches!(rule.find, Find::Token(_) | Find::Assigned(Assigned::Login)) {
            assert!(w.base + w.label >= Rule::REPORTED, "{}", rule.id);
            assert!(
                rule.stands_alone() || !rule.labels.is_empty(),
                "{}",
                rule.id
            );
            continue;
        }
        assert_eq!(
            rule.stands_alone(),
            alone.contains(&rule.id.as_str()),
            "{}",
            rule.id
        );
        assert!(
            w.base + w.valid + w.label >= Rule::REPORTED,
            "{}: a label decides",
            rule.id
        );
        assert!(
            w.base + w.valid + w.header >= Rule::REPORTED,
            "{}: a header decides",
            rule.id
        );
        // A column of names needs no header: is_person knows surnames. Nor do old resident numbers: one random
        // number in four thousand has a county and a date.
        let telling = matches!(rule.find, Find::Person) || rule.id == "cn.resident-id-15";
        if !rule.stands_alone() && !telling {
            assert!(
                w.base + w.valid + w.column < Rule::REPORTED,
                "{}: a column alone",
                rule.id
            );
        }
        for key in &rule.headers {
            assert_eq!(*key, header_key(key));
            assert!(!set.negative_headers.contains(key), "{}: {key}", rule.id);
        }
        // Of assigned secrets `against` are words that a name may not hold.
        if !rule.against.is_empty() && !matches!(rule.find, Find::Assigned(_)) {
            assert!(w.against < 0, "{}", rule.id);
        }
    }
    // Order numbers that look like a phone or a card.
    for id in ["cn.mobile", "cn.bank-card", "intl.payment-card"] {
        let w = set.find(id).unwrap().1.weights;
        assert!(w.base + w.valid + w.against < Rule::REPORTED);
        assert!(w.base + w.valid + w.against + w.label >= Rule::REPORTED);
    }
}

#[test]
fn a_users_file_compiles_with_the_builtin_ones() {
    let mut files = RuleSet::builtin_files().to_vec();
    files.push(("my.toml", GOOD));
    let set = RuleSet::compile(&files).unwrap();
    let (_, rule) = set.find("cn.badge").unwrap();
    assert_eq!(rule.headers, ["工牌号"]);
    assert_ne!(set.digest, RuleSet::builtin().unwrap().digest);
}

#[test]
fn errors_name_file_rule_and_field() {
    assert!(RuleSet::compile(&[("my.toml", GOOD)]).is_ok());
    for (from, to, field) in [
        ("cn.badge", "badge", "id"),
        ("mask = \"id\"", "mask = \"hat\"", "mask"),
        ("tags = [\"pii\"]", "tags = [\"pie\"]", "tags"),
        ("EMP[0-9]{5}", "EMP[0-9]+", "pattern"),
        ("EMP[0-9]{5}", "EMP[0-9]{5", "pattern"),
        ("EMP[0-9]{5}", "emp[0-9]{5}", "pattern"),
        ("EMP[0-9]{5}", "^EMP[0-9]{5}", "pattern"),
        ("labels = [\"工牌\"]", "labels = [\"@missing\"]", "labels"),
        ("labels = [\"工牌\"]", "validator = \"nobody\"", "validator"),
        ("labels = [\"工牌\"]", "check = \"crc\"", "check"),
        ("labels = [\"工牌\"]", "edges = \"soft\"", "edges"),
        ("labels = [\"工牌\"]", "groups = [[3, 4]]", "groups"),
        ("labels = [\"工牌\"]", "plain = false", "plain"),
        ("labels = [\"工牌\"]", "regex = \"x\"", "pattern"),
        ("labels = [\"工牌\"]", "colour = 1", "colour"),
        ("mask = \"id\"", "", "mask"),
        ("against = -20", "against = 20", "confidence.against"),
        ("base = 60", "base = 600", "confidence.base"),
        ("\"EMP1234\", ", "", "examples"),
        ("value = \"EMP99999\"", "value = \"EMP88888\"", "examples"),
        ("en = \"Badge\"", "en = \" \"", "title.en"),
        ("工牌号（必填）", "（必填）", "headers"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let (rule, found) = failing(&text);
        assert_eq!(found, field, "{to}");
        assert!(rule == "cn.badge" || rule == "badge");
    }
    let twice = format!("{GOOD}{GOOD}");
    assert_eq!(failing(&twice), ("cn.badge".into(), "id".into()));
    assert!(failing("colour = 1").1.contains("colour"));
    assert!(failing("[[rule").1.contains("TOML"));
}

#[test]
fn header_keys() {
    for (header, key) in [
        ("手机号（必填）", "手机号"),
        (" ID_Card No. ", "idcardno"),
        ("＊身份证号码：", "身份证号码"),
        ("ｍｏｂｉｌｅ", "mobile"),
        ("银行帐号", "银行账号"),
        ("cust-name", "custname"),
        ("", ""),
    ] {
        assert_eq!(header_key(header), key);
    }
}

/// Kinds of the vector file whose values are checked by sums in rule files, with the rules that together
/// accept them.
const KINDS: &[(&str, &[&str])] = &[
    ("us_ssn", &["us.us_ssn"]),
    ("us_itin", &["us.itin"]),
    ("us_ein", &["us.ein"]),
    ("gb_nino", &["gb.nino"]),
    ("gb_nhs", &["gb.nhs"]),
    ("ca_sin", &["ca.sin"]),
    ("au_tfn", &["au.tfn"]),
    ("au_abn", &["au.abn"]),
    ("au_medicare", &["au.medicare"]),
    ("in_aadhaar", &["in.aadhaar"]),
    ("in_pan", &["in.pan"]),
    ("jp_my_number", &["jp.my-number"]),
    ("kr_rrn_pre2020", &["kr.rrn"]),
    ("sg_nric", &["sg.nric"]),
    ("hkid", &["hk.id-plain"]),
    ("macau_id", &["mo.macau-id-plain"]),
    ("tw_national_id", &["tw.national-id"]),
    ("tw_resident_permit", &["tw.residence-id"]),
    ("br_cpf", &["br.cpf"]),
    ("br_cnpj", &["br.cnpj"]),
    ("de_tax_id", &["de.idnr"]),
    ("fr_nir", &["fr.nir"]),
    ("it_codice_fiscale", &["it.codice-fiscale"]),
    ("es_dni", &["es.dni"]),
    ("es_nie", &["es.nie"]),
    ("nl_bsn", &["nl.bsn"]),
    ("pl_pesel", &["pl.pesel"]),
    ("eu_vat", &["eu.vat"]),
    ("imsi", &["intl.imsi"]),
];

#[test]
fn published_vectors_of_other_countries() {
    let set = RuleSet::builtin().unwrap();
    let (mut seen, mut wrong) = (0, Vec::new());
    for line in include_str!("../../rules/vectors.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [kind, expected, value, ..] = fields[..] else {
            continue;
        };
        let Some((_, ids)) = KINDS.iter().find(|(k, _)| *k == kind) else {
            continue;
        };
        let bare: String = value
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_uppercase();
        let accepted = ids.iter().any(|id| {
            let rule = set.find(id).unwrap().1;
            let Find::Shape { regex, .. } = &rule.find else {
                return false;
            };
            let shape = regex::Regex::new(&format!("^(?:{regex})$")).unwrap();
            shape.is_match(&bare) && rule.verdict(&bare) != Verdict::Invalid
        });
        if accepted != (expected == "valid") {
            wrong.push(format!("{kind} {value} should be {expected}"));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 150, "{seen}");
}
