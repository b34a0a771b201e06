use super::*;
use crate::{model::Verdict, rules::RuleSet, validators};
use proptest::prelude::*;

fn maker(project: &str) -> Pseudonymiser {
    let settings = Settings::new(project, "2026-01-31");
    Pseudonymiser::new(&Master::new([5; 32]), settings, Some(Vault::new([6; 32])))
}

fn value(kind: Kind, n: u32) -> String {
    match kind {
        Kind::Id => {
            let body = format!("110105{}{:03}", 19_500_101 + n % 28, n % 1000);
            format!("{body}{}", check::resident(body.as_bytes()).unwrap())
        }
        Kind::Tel => format!("138{n:08}"),
        Kind::Acc => format!("0200{n:012}"),
        Kind::Sec => format!("A{n:09}"),
        Kind::Name => "欧阳锋".into(),
        Kind::Addr => format!("广东省深圳市南山区{n}号"),
        Kind::Mail => format!("u{n}@example.com"),
        Kind::Car => format!("京A{n:05}"),
        Kind::Date => "1990-03-07".into(),
        Kind::Net => "203.0.113.7".into(),
        Kind::Org => "91350100M000100Y43".into(),
        Kind::Data => format!("{n:08}"),
    }
}

const MODES: [Mode; 6] = [
    Mode::Token,
    Mode::Format,
    Mode::Inline,
    Mode::Vault,
    Mode::Shift,
    Mode::Generalise,
];

#[test]
fn every_kind_and_mode_gives_a_frame_that_is_taken_back_or_says_why_not() {
    let maker = maker("A");
    for kind in Kind::ALL {
        for mode in MODES {
            let value = value(kind, 7);
            let text = maker.text(kind, mode, &value, None).unwrap();
            let (frame, len) = Frame::parse(&text).unwrap();
            assert_eq!((frame.kind, len), (kind.code(), text.len()));
            let canonical = canonical::canonical(kind, &value);
            match maker.reverse(&frame) {
                Reversed::Value(v) => assert_eq!(v.reveal(), canonical, "{text}"),
                Reversed::OneWay => assert!(
                    matches!(
                        frame.mode,
                        model::Mode::Token | model::Mode::Shift | model::Mode::General
                    ),
                    "{text}"
                ),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}

#[test]
fn projects_cannot_be_joined_and_keys_are_told_apart() {
    let (a, b) = (maker("A"), maker("B"));
    for mode in [Mode::Token, Mode::Format, Mode::Inline] {
        for kind in [Kind::Id, Kind::Tel, Kind::Name] {
            let value = value(kind, 7);
            let text = a.text(kind, mode, &value, None).unwrap();
            assert_eq!(a.text(kind, mode, &value, None).unwrap(), text);
            assert_ne!(b.text(kind, mode, &value, None).unwrap(), text);
            let (frame, _) = Frame::parse(&text).unwrap();
            if frame.mode != model::Mode::Token {
                assert_eq!(b.reverse(&frame), Reversed::Foreign, "{text}");
            }
        }
    }
    let text = a.text(Kind::Id, Mode::Vault, "x1", None).unwrap();
    let other = Pseudonymiser::new(
        &Master::new([5; 32]),
        Settings::new("A", "2026-01-31"),
        None,
    );
    assert_eq!(
        other.reverse(&Frame::parse(&text).unwrap().0),
        Reversed::NoVault
    );
}

#[test]
fn dates_of_one_person_move_together() {
    let maker = maker("A");
    let at = |who, day: &str| maker.text(Kind::Date, Mode::Shift, day, who).unwrap();
    assert_eq!(at(Some("甲"), "1990-03-07"), at(Some("甲"), "1990年3月7日"));
    let others: std::collections::BTreeSet<String> = ["甲", "乙", "丙", "丁"]
        .map(|who| at(Some(who), "1990-03-07"))
        .into();
    assert!(others.len() >= 3, "{others:?}");
    assert!(!at(Some("甲"), "1990-03-07").contains("03-07"));
}

/// What stands in a frame is no value of its kind for the program's own validators, however it is cut out; a token
/// is none of any kind.
#[test]
fn pseudonyms_fail_the_real_checks() {
    let maker = maker("A");
    let check = |name: &str| validators::find(name).unwrap();
    let all = [
        "cn_resident_id",
        "cn_mobile",
        "cn_uscc",
        "cn_bank_card",
        "payment_card",
    ];
    let mut wrong = Vec::new();
    for n in 0..4_000 {
        for (kind, mode, names) in [
            (Kind::Id, Mode::Token, &all[..]),
            (Kind::Acc, Mode::Token, &all),
            (Kind::Id, Mode::Format, &["cn_resident_id"]),
            (Kind::Tel, Mode::Format, &["cn_mobile"]),
            (Kind::Acc, Mode::Format, &["cn_bank_card", "payment_card"]),
        ] {
            let text = maker.text(kind, mode, &value(kind, n), None).unwrap();
            let (frame, _) = Frame::parse(&text).unwrap();
            let parts = [text.as_str(), frame.body]
                .into_iter()
                .chain(frame.body.split('-'));
            for part in parts {
                wrong.extend(
                    (names.iter())
                        .filter(|name| check(name)(part) == Verdict::Valid)
                        .map(|name| format!("{name}: {text}")),
                );
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of them, {:?}",
        wrong.len(),
        wrong.first()
    );
}

#[test]
fn secrets_get_no_pseudonym() {
    let rules = RuleSet::builtin().unwrap();
    let maker = maker("A");
    let stand = |id: &str, value: &str| {
        let rule = rules.rules.iter().find(|r| r.id == id).unwrap();
        crate::rules::Pseudonyms::stand(&maker, rule, value, None)
    };
    let secret = rules
        .rules
        .iter()
        .find(|r| r.mask == crate::rules::Family::Secret)
        .unwrap();
    assert_eq!(
        crate::rules::Pseudonyms::stand(&maker, secret, "Abc@12345", None),
        Stand::Mask(Profile::Label)
    );
    assert!(matches!(
        stand("cn.resident-id", "11010519491231002X"),
        Stand::Text(t) if t.starts_with("[[ID:")
    ));
}

proptest! {
    #[test]
    fn values_come_back(kind in 0usize..12, n in any::<u32>(), mode in 1usize..4) {
        let kind = Kind::ALL[kind];
        let maker = maker("A");
        let value = value(kind, n % 100_000_000);
        let text = maker.text(kind, MODES[mode], &value, None).unwrap();
        let (frame, _) = Frame::parse(&text).unwrap();
        match maker.reverse(&frame) {
            Reversed::Value(v) => prop_assert_eq!(v.reveal(), canonical::canonical(kind, &value)),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn any_body_is_read(kind in "[A-Z]{2,5}", body in "[A-Z0-9-]{1,60}", mode in 0usize..6) {
        let frame = Frame { kind: &kind, mode: model::Mode::ALL[mode], body: &body };
        prop_assert!(!matches!(maker("A").reverse(&frame), Reversed::Value(_)));
    }
}
