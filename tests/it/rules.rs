//! The examples of every rule, through the whole detector.

use inkout::{
    detect::Detector,
    model::{Fragment, Verdict},
    rules::{Rule, RuleSet},
};
use std::sync::Arc;

fn detector() -> Detector {
    detector_from(50)
}

fn detector_from(minimum: u8) -> Detector {
    Detector::new(Arc::new(RuleSet::builtin().unwrap()), minimum).unwrap()
}

/// Rule and value of everything found in a text.
fn found(detector: &Detector, text: &str) -> Vec<(String, String)> {
    detector
        .begin()
        .text(&Fragment::whole(&[], text, None))
        .iter()
        .map(|f| {
            (
                detector.rule(f.rule).unwrap().id.clone(),
                text[f.start as usize..f.end as usize].to_owned(),
            )
        })
        .collect()
}

#[test]
fn every_example_holds() {
    // Numbers of business life are under what is reported by default.
    let (usual, low, by_day) = (detector(), detector_from(40), detector().on("2030-06-01"));
    let mut wrong = Vec::new();
    for rule in &usual.rules().rules {
        // Children are told by the day of the scan.
        let detector = if matches!(rule.find, inkout::rules::Find::Child) {
            &by_day
        } else if rule.most() < Rule::REPORTED {
            &low
        } else {
            &usual
        };
        for example in &rule.positive {
            let all = found(detector, &example.text);
            let own: Vec<&str> = all
                .iter()
                .filter(|(id, _)| *id == rule.id)
                .map(|(_, value)| value.as_str())
                .collect();
            if own != [example.value.as_str()] {
                wrong.push(format!(
                    "{}: {:?} should give {:?}, gives {all:?}",
                    rule.id, example.text, example.value
                ));
            }
        }
        for text in &rule.negative {
            let all = found(detector, text);
            if all.iter().any(|(id, _)| *id == rule.id) {
                wrong.push(format!(
                    "{}: {text:?} should give nothing, gives {all:?}",
                    rule.id
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} examples fail:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_rule_shows_what_it_finds_and_what_not() {
    let rules = RuleSet::builtin().unwrap();
    let bare: Vec<&str> = rules
        .rules
        .iter()
        .filter(|r| r.positive.is_empty() || r.negative.is_empty())
        .map(|r| r.id.as_str())
        .collect();
    assert!(bare.is_empty(), "rules without examples: {bare:?}");
}

/// A number of which one digit is wrong is not that number: the check digits are looked at.
#[test]
fn a_wrong_check_digit_is_no_value_in_running_text() {
    let detector = detector();
    let checked =
        |r: &&Rule| r.stands_alone() && r.validator.is_some_and(|v| v("") != Verdict::Valid);
    for id in ["cn.resident-id", "cn.uscc", "cn.bank-card", "intl.iban"] {
        let (_, rule) = detector.rules().find(id).unwrap();
        assert!(checked(&rule), "{id}");
        let value = &rule.positive[0].value;
        let last = value.chars().next_back().unwrap();
        let other = if last == '1' { '2' } else { '1' };
        let mut damaged = value.clone();
        damaged.pop();
        damaged.push(other);
        let all = found(&detector, &format!("见 {damaged} 。"));
        assert!(
            all.iter().all(|(rule, _)| rule != id),
            "{id} {damaged}: {all:?}"
        );
    }
}

/// Any `--min-confidence` can be asked for.
#[test]
fn the_rules_compile_for_every_least_confidence() {
    let rules = Arc::new(RuleSet::builtin().unwrap());
    for minimum in (1..=100).step_by(3) {
        if let Err(e) = Detector::new(Arc::clone(&rules), minimum) {
            panic!("{minimum}: {e}");
        }
    }
}
