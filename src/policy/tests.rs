use super::*;
use crate::model::{Date, Decision, Due, Moment, Outcome};
use std::collections::BTreeMap;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn policy(id: &str) -> Policy {
    load(id, None).unwrap()
}

struct Given<'a> {
    kinds: &'a [&'a str],
    dates: &'a [(&'a str, &'a str)],
    today: &'a str,
}

fn case(policy: &Policy, given: &Given<'_>, change: impl FnOnce(&mut Case<'_>)) -> Decision {
    let kinds: Vec<String> = given.kinds.iter().map(|k| (*k).to_owned()).collect();
    let dates: BTreeMap<String, Date> = given
        .dates
        .iter()
        .map(|(e, d)| ((*e).to_owned(), day(d)))
        .collect();
    let mut case = Case {
        kinds: &kinds,
        role: policy.role,
        closing: false,
        dates: &dates,
        hold: None,
        handed_over: false,
        today: day(given.today),
    };
    change(&mut case);
    decide(policy, &case)
}

fn plain(id: &str, given: &Given<'_>) -> Decision {
    case(&policy(id), given, |_| ())
}

#[test]
fn all_profiles_are_read_and_quote_their_sources() {
    for (id, _) in PROFILES {
        let policy = policy(id);
        assert_eq!(policy.id, id);
        assert!(policy.rows.iter().all(|r| !r.source.is_empty()));
        assert!(!policy.default_kinds.is_empty());
        let (count, roles) = policy.approvers([].iter(), 1);
        assert!(count >= 2 && !roles.is_empty(), "{id}");
        // Every kind that a record can have by itself has a term, so nothing is decided by accident.
        for kind in policy
            .kinds
            .iter()
            .filter(|k| !k.tags.is_empty() || !k.rules.is_empty())
        {
            let mut with = policy.default_kinds.clone();
            with.push(kind.id.clone());
            let has = policy
                .rows
                .iter()
                .any(|r| r.kinds.iter().any(|k| with.contains(k)));
            assert!(has, "{id}: {}", kind.id);
        }
    }
}

/// S7: twenty years less a day and plus a day.
#[test]
fn twenty_years_to_the_day() {
    let on = |today| {
        plain(
            "brokerage",
            &Given {
                kinds: &["business-record", "client-identity"],
                dates: &[("end-of-relationship", "2006-11-29")],
                today,
            },
        )
    };
    let before = on("2026-11-28");
    assert_eq!((before.due, before.advice), (Due::NotDue, Outcome::Seal));
    assert_eq!(before.rule, "securities-20y");
    assert!(
        before.article.contains("证券法 第一百三十七条"),
        "{}",
        before.article
    );
    assert_eq!(before.earliest.as_deref(), Some("2026-11-30"));
    // The last day still belongs to the term.
    assert_eq!(on("2026-11-29").due, Due::NotDue);
    let after = on("2026-11-30");
    assert_eq!((after.due, after.advice), (Due::Due, Outcome::Erase));
    assert_eq!(
        after.rule, "securities-20y",
        "the longest of them is quoted"
    );
    assert_eq!(after.rules, ["aml-identity-10y", "securities-20y"]);
}

#[test]
fn the_day_is_that_of_china() {
    let at = |moment: &str| {
        let today = Date::in_china(Moment::parse(moment).unwrap()).to_string();
        plain(
            "brokerage",
            &Given {
                kinds: &["business-record"],
                dates: &[("end-of-relationship", "2006-11-29")],
                today: &today,
            },
        )
        .due
    };
    assert_eq!(at("2026-11-29T15:59:59Z"), Due::NotDue);
    assert_eq!(at("2026-11-29T16:00:00Z"), Due::Due);
}

#[test]
fn leap_days() {
    let on = |from: &str, today: &str| {
        plain(
            "brokerage",
            &Given {
                kinds: &["client-identity"],
                dates: &[("end-of-relationship", from)],
                today,
            },
        )
        .due
    };
    assert_eq!(on("2004-02-29", "2024-02-29"), Due::NotDue);
    assert_eq!(on("2004-02-29", "2024-03-01"), Due::Due);
    let ten = |today: &str| {
        plain(
            "bank",
            &Given {
                kinds: &["client-identity"],
                dates: &[("end-of-relationship", "2012-02-29")],
                today,
            },
        )
        .due
    };
    assert_eq!(ten("2022-02-28"), Due::NotDue);
    assert_eq!(ten("2022-03-01"), Due::Due);
}

#[test]
fn an_unknown_clock_is_never_due() {
    let got = plain(
        "brokerage",
        &Given {
            kinds: &["business-record", "accounting-voucher"],
            dates: &[("end-of-relationship", "1980-01-01")],
            today: "2026-11-29",
        },
    );
    assert_eq!((got.due, got.advice), (Due::Unknown, Outcome::Seal));
    assert_eq!(got.missing, ["fiscal-year-end"]);
    assert_eq!(got.rule, "accounting-30y");
    assert_eq!(got.earliest, None);
    let never = plain(
        "brokerage",
        &Given {
            kinds: &["accounting-permanent"],
            dates: &[],
            today: "9999-12-31",
        },
    );
    assert_eq!((never.due, never.earliest), (Due::NotDue, None));
    let no_row = plain(
        "brokerage",
        &Given {
            kinds: &[],
            dates: &[],
            today: "2026-11-29",
        },
    );
    assert_eq!((no_row.due, no_row.rule.as_str()), (Due::Unknown, "no-row"));
}

#[test]
fn the_longest_minimum_wins() {
    let got = plain(
        "brokerage",
        &Given {
            kinds: &["business-record", "accounting-voucher", "labour-contract"],
            dates: &[
                ("end-of-relationship", "2000-01-01"),
                ("fiscal-year-end", "1999-12-31"),
                ("contract-end", "2020-01-01"),
            ],
            today: "2026-11-29",
        },
    );
    assert_eq!(
        (got.due, got.rule.as_str()),
        (Due::NotDue, "accounting-30y")
    );
    assert_eq!(got.earliest.as_deref(), Some("2030-01-01"));
}

#[test]
fn a_minimum_beats_a_maximum_and_the_rest_is_redacted() {
    let given = Given {
        kinds: &["business-record", "card-authentication"],
        dates: &[("end-of-relationship", "2020-01-01")],
        today: "2026-11-29",
    };
    let got = plain("brokerage", &given);
    assert_eq!(got.due, Due::NotDue);
    assert!(got.redact_rest);
    assert_eq!(got.rule, "securities-20y");
    let alone = plain(
        "brokerage",
        &Given {
            kinds: &["card-authentication"],
            dates: &[],
            ..given
        },
    );
    assert_eq!(
        (alone.due, alone.rule.as_str()),
        (Due::Due, "card-authentication-max-0")
    );
    assert!(!alone.redact_rest);
    let negative = |today| {
        plain(
            "bank",
            &Given {
                kinds: &["negative-credit", "client-identity"],
                dates: &[
                    ("bad-event-end", "2020-06-30"),
                    ("end-of-relationship", "2020-06-30"),
                ],
                today,
            },
        )
    };
    assert!(!negative("2025-06-30").redact_rest);
    assert!(negative("2025-07-01").redact_rest);
    assert_eq!(negative("2030-07-01").due, Due::Due);
}

#[test]
fn a_maximum_alone_needs_its_event() {
    let given = |dates| Given {
        kinds: &["marketing"],
        dates,
        today: "2026-11-29",
    };
    let unknown = plain("brokerage", &given(&[]));
    assert_eq!(
        (unknown.due, unknown.missing),
        (Due::Unknown, vec!["consent-withdrawn".to_owned()])
    );
    assert_eq!(
        plain("brokerage", &given(&[("account-cancelled", "2026-11-29")])).due,
        Due::Due
    );
    assert_ne!(
        plain("brokerage", &given(&[("account-cancelled", "2026-11-30")])).due,
        Due::Due
    );
}

#[test]
fn a_hold_comes_first() {
    let given = Given {
        kinds: &["business-record"],
        dates: &[("end-of-relationship", "1990-01-01")],
        today: "2026-11-29",
    };
    let got = case(&policy("brokerage"), &given, |c| c.hold = Some("H1"));
    assert_eq!((got.due, got.advice), (Due::NotDue, Outcome::Seal));
    assert_eq!(got.hold.as_deref(), Some("H1"));
    // Also for a trustee who has handed over.
    let got = case(&policy("bookkeeping-agent"), &given, |c| {
        c.hold = Some("H1");
        c.handed_over = true;
    });
    assert_eq!(got.due, Due::NotDue);
}

#[test]
fn a_trustee_returns_and_keeps_nothing() {
    let agent = policy("bookkeeping-agent");
    let given = Given {
        kinds: &["accounting-voucher", "accounting-permanent"],
        dates: &[],
        today: "2026-11-29",
    };
    let before = case(&agent, &given, |_| ());
    assert_eq!(
        (before.due, before.advice),
        (Due::NotDue, Outcome::HandOver)
    );
    assert_eq!((before.rule.as_str(), before.article.as_str()), TRUSTEE);
    let after = case(&agent, &given, |c| c.handed_over = true);
    assert_eq!((after.due, after.advice), (Due::Due, Outcome::Erase));
    // The same records as a handler: thirty years and for ever.
    let own = case(&agent, &given, |c| c.role = Role::Handler);
    assert_eq!((own.due, own.advice), (Due::NotDue, Outcome::Seal));
}

#[test]
fn a_closing_financial_institution_hands_over() {
    let given = Given {
        kinds: &["business-record"],
        dates: &[("end-of-relationship", "1990-01-01")],
        today: "2026-11-29",
    };
    for (id, _) in PROFILES {
        let policy = policy(id);
        let got = case(&policy, &given, |c| {
            c.closing = true;
            c.role = Role::Handler;
        });
        let hands_over = got.rule == CLOSING.0;
        assert_eq!(hands_over, policy.financial_institution, "{id}");
        if hands_over {
            assert_eq!((got.due, got.advice), (Due::NotDue, Outcome::HandOver));
            let after = case(&policy, &given, |c| {
                c.closing = true;
                c.handed_over = true;
            });
            assert_eq!(after.due, Due::Due);
        }
    }
}

#[test]
fn kinds_come_from_rules_tags_and_what_is_said() {
    let broker = policy("brokerage");
    let said = ["accounting-voucher".to_owned()];
    assert_eq!(
        broker.kinds_of(&["cn.resident-id"], &["pii", "identity"], &said),
        ["client-identity", "business-record", "accounting-voucher"]
    );
    // Personal information without a legal term is a kind of its own only where there is no term.
    assert_eq!(
        policy("bookkeeping-agent").kinds_of(&[], &["pii"], &[]),
        ["personal-other", "working-copy"]
    );
    let (count, roles) = broker.approvers(said.iter(), 1);
    assert_eq!(
        (count, roles),
        (
            4,
            ["compliance", "archive", "accounting", "it"]
                .map(String::from)
                .to_vec()
        )
    );
    assert_eq!(broker.approvers([].iter(), 100_001).0, 3);
}

#[test]
fn own_files_build_on_a_profile_and_are_checked() {
    let own = |text: &str| load("", Some(("own.toml", text)));
    let good = "schema = 1\nid = \"ours\"\nextends = \"brokerage\"\nrole = \"trustee\"\n\
        [[retention]]\nid = \"securities-20y\"\nkinds = [\"business-record\"]\nterm = \"min\"\nyears = 25\n\
        clock = \"end-of-relationship\"\nsource = \"内部规定 3.2\"\nstatus = \"ours\"\n";
    let policy = own(good).unwrap();
    assert_eq!(policy.role, Role::Trustee);
    assert_eq!(
        policy.row("securities-20y").unwrap().length,
        Length::Years(25)
    );
    assert!(policy.row("aml-identity-10y").is_some());
    let says = |text: &str| own(text).unwrap_err().to_string();
    let unknown = says("schema = 1\nid = \"x\"\nextends = \"bank\"\n\nretain = 3\n");
    assert!(
        unknown.starts_with("own.toml, line 5:") && unknown.contains("retain"),
        "{unknown}"
    );
    assert!(
        says(&good.replace("years = 25", "years = 25\nmonths = 3"))
            .contains("securities-20y: years")
    );
    assert!(says(&good.replace("end-of-relationship", "End of it")).contains("clock"));
    assert!(says(&good.replace("business-record", "no-kind")).contains("kind no-kind"));
    assert!(says(&good.replace("brokerage", "shop")).contains("shop"));
    assert!(says("schema = 2\nid = \"x\"\n").contains("schema"));
    assert!(says("schema = 1\nid = \"x\"\n").contains("zh"));
    let few = format!("{good}[approvals]\ncount = 1\n");
    assert!(says(&few).contains("approvals.count"));
}

#[test]
fn facts_name_days_and_kinds() {
    let broker = policy("brokerage");
    let text = "schema = 1\n[dates]\nend-of-relationship = 2004-03-01\n[[facts]]\npaths = [\"账/**\"]\n\
        kinds = [\"accounting-voucher\"]\ndates = { fiscal-year-end = \"2003-12-31\", end-of-relationship = \"2003-01-01\" }\n";
    let facts = Facts::read("facts.toml", text, &broker).unwrap();
    let of = |path: &str| {
        facts.of(&mut |globs| {
            globs
                .iter()
                .any(|g| path.starts_with(g.trim_end_matches("**")))
        })
    };
    let other = of("客户/a.csv");
    assert!(other.kinds.is_empty());
    assert_eq!(other.dates["end-of-relationship"], day("2004-03-01"));
    let books = of("账/2003.xlsx");
    assert_eq!(books.kinds, ["accounting-voucher"]);
    assert_eq!(books.dates["fiscal-year-end"], day("2003-12-31"));
    assert_eq!(
        books.dates["end-of-relationship"],
        day("2004-03-01"),
        "the latest counts"
    );
    for (from, to, wants) in [
        ("2004-03-01", "\"2004-02-30\"", "dates.end-of-relationship"),
        ("fiscal-year-end", "fiscal-year-ende", "fiscal-year-ende"),
        ("accounting-voucher", "voucher", "voucher"),
        ("[dates]", "[days]", "line 2"),
        ("schema = 1", "schema = 3", "schema"),
    ] {
        let error = Facts::read("facts.toml", &text.replacen(from, to, 1), &broker)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("facts.toml") && error.contains(wants),
            "{error}"
        );
    }
}
