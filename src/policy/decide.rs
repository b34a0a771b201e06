//! The decision on one record.
//!
//! The longest minimum wins; an unknown clock is never due; a hold comes before all; a trustee returns and
//! keeps nothing; a closing financial institution hands over and does not merely wipe; where a maximum and
//! a minimum contradict each other the minimum wins for the necessary part and the rest is redacted.
//!
//! Standard: 反洗钱法 34; 2025 年第 11 号令 44 and 45; 个人信息保护法 21, 47; 民法典 201 and 202 (terms).

use super::{ALWAYS, Length, Policy, Role, Row, Term};
use crate::model::{Date, Decision, Due, Outcome};
use std::collections::BTreeMap;

/// Rule and article by which a trustee returns and keeps nothing.
pub const TRUSTEE: (&str, &str) = ("trustee-return", "个人信息保护法 第二十一条");
/// Rule and article by which a closing financial institution hands over.
pub const CLOSING: (&str, &str) = (
    "closing-handover",
    "反洗钱法 第三十四条；2025 年第 11 号令 第四十五条",
);
/// Rule and article when the table has no row for a record: never due.
pub const NO_ROW: (&str, &str) = ("no-row", "保留期限表没有适用的行，不能认定到期");

/// What is known of one record.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// Its kinds.
    pub kinds: &'a [String],
    /// Whose data it is.
    pub role: Role,
    /// Whether the organisation itself is closing.
    pub closing: bool,
    /// Day of each event that is known.
    pub dates: &'a BTreeMap<String, Date>,
    /// Id of a hold that keeps it.
    pub hold: Option<&'a str>,
    /// Whether a signed receipt says that it arrived at its recipient.
    pub handed_over: bool,
    /// Today, in China.
    pub today: Date,
}

/// The state of one row for one record.
enum Clock {
    /// The last day of the term.
    Ends(Date),
    Permanent,
    Unknown,
}

fn clock(row: &Row, case: &Case<'_>) -> Clock {
    if row.length == Length::Permanent {
        return Clock::Permanent;
    }
    if row.clock == ALWAYS {
        // Only a maximum of nothing needs no date: it is over since ever.
        return Clock::Ends(case.today);
    }
    let mut events = std::iter::once(&row.clock).chain(&row.or);
    match (events.find_map(|e| case.dates.get(e)), row.length) {
        (Some(day), Length::Years(years)) => Clock::Ends(day.term_of_years(years)),
        (Some(day), Length::Months(months)) => Clock::Ends(day.term_of_months(months)),
        _ => Clock::Unknown,
    }
}

/// What a policy says of a record.
pub fn decide(policy: &Policy, case: &Case<'_>) -> Decision {
    let applies = |row: &&Row| row.kinds.iter().any(|k| case.kinds.contains(k));
    let rows: Vec<&Row> = policy.rows.iter().filter(applies).collect();
    let mut out = by_terms(&rows, case);
    out.rules = rows.iter().map(|r| r.id.clone()).collect();
    if case.role == Role::Trustee {
        return after_handover(out, case, TRUSTEE);
    }
    if case.closing && policy.financial_institution {
        return after_handover(out, case, CLOSING);
    }
    held(out, case)
}

/// Whatever the terms say: it is handed over first, then it goes.
fn after_handover(mut out: Decision, case: &Case<'_>, law: (&str, &str)) -> Decision {
    law.0.clone_into(&mut out.rule);
    law.1.clone_into(&mut out.article);
    out.redact_rest = false;
    out.rest.clear();
    out.missing.clear();
    out.earliest = None;
    (out.due, out.advice) = if case.handed_over {
        (Due::Due, Outcome::Erase)
    } else {
        (Due::NotDue, Outcome::HandOver)
    };
    held(out, case)
}

/// A hold comes before all but the way to the recipient.
fn held(mut out: Decision, case: &Case<'_>) -> Decision {
    if let Some(hold) = case.hold {
        out.hold = Some(hold.to_owned());
        out.due = Due::NotDue;
        if out.advice == Outcome::Erase {
            out.advice = Outcome::Seal;
        }
    }
    out
}

fn by_terms(rows: &[&Row], case: &Case<'_>) -> Decision {
    let mut longest: Option<(Date, &Row)> = None;
    let mut permanent: Option<&Row> = None;
    let mut unknown: Option<&Row> = None;
    let mut missing = Vec::new();
    for row in rows.iter().filter(|r| r.term == Term::Min) {
        match clock(row, case) {
            Clock::Ends(day) if longest.is_none_or(|(last, _)| day > last) => {
                longest = Some((day, row));
            }
            Clock::Ends(_) => {}
            Clock::Permanent => permanent = permanent.or(Some(row)),
            Clock::Unknown => {
                unknown = unknown.or(Some(row));
                push_new(&mut missing, &row.clock);
            }
        }
    }
    let (latest, most) = maxima(rows, case, &mut missing);
    let (due, deciding, earliest) = match (permanent, unknown, longest) {
        (Some(row), _, _) => (Due::NotDue, Some(row), None),
        (None, Some(row), _) => (Due::Unknown, Some(row), None),
        (None, None, Some((day, row))) => {
            let due = if case.today > day {
                Due::Due
            } else {
                Due::NotDue
            };
            (due, Some(row), Some(day.next()))
        }
        (None, None, None) => match most {
            Most::Known(row) => (Due::Due, Some(row), None),
            Most::Unknown(row) => (Due::Unknown, Some(row), None),
            Most::None => (Due::Unknown, None, None),
        },
    };
    let over = latest.is_some_and(|day| case.today > day || is_always(rows));
    let redact_rest = over && due != Due::Due;
    let rest = if redact_rest {
        rest(rows, case)
    } else {
        Vec::new()
    };
    Decision {
        due,
        rule: deciding.map_or(NO_ROW.0.to_owned(), |r| r.id.clone()),
        article: deciding.map_or(NO_ROW.1.to_owned(), |r| r.source.clone()),
        rules: Vec::new(),
        earliest: earliest.map(|d| d.to_string()),
        latest: latest.map(|d| d.to_string()),
        missing,
        hold: None,
        advice: if due == Due::Due {
            Outcome::Erase
        } else {
            Outcome::Seal
        },
        redact_rest,
        rest,
    }
}

/// Kinds of a record that no minimum keeps and whose maximum is over.
fn rest(rows: &[&Row], case: &Case<'_>) -> Vec<String> {
    let is_over = |row: &Row| match clock(row, case) {
        Clock::Ends(day) => row.clock == ALWAYS || case.today > day,
        Clock::Permanent | Clock::Unknown => false,
    };
    let of = |kind: &String, term: Term| {
        let rows = rows.iter().filter(move |r| r.term == term);
        rows.filter(|r| r.kinds.contains(kind)).collect::<Vec<_>>()
    };
    let is_rest = |kind: &&String| {
        of(kind, Term::Min).is_empty() && of(kind, Term::Max).iter().any(|r| is_over(r))
    };
    case.kinds.iter().filter(is_rest).cloned().collect()
}

/// The maxima of a record without a minimum.
enum Most<'r> {
    None,
    Known(&'r Row),
    Unknown(&'r Row),
}

/// The earliest last day of all maxima, and what they say by themselves. Every one of them must have
/// begun: it may go once its purpose is reached.
fn maxima<'r>(
    rows: &[&'r Row],
    case: &Case<'_>,
    missing: &mut Vec<String>,
) -> (Option<Date>, Most<'r>) {
    let mut latest: Option<Date> = None;
    let mut most = Most::None;
    let has_minimum = rows.iter().any(|r| r.term == Term::Min);
    for row in rows.iter().filter(|r| r.term == Term::Max) {
        if let Clock::Ends(day) = clock(row, case) {
            latest = Some(latest.map_or(day, |l| l.min(day)));
            let begun = begins(row, case).is_none_or(|event| event <= case.today);
            if matches!(most, Most::None) && begun {
                most = Most::Known(row);
            }
            if !begun {
                most = Most::Unknown(row);
            }
        } else {
            most = Most::Unknown(row);
            // With a minimum the date of the maximum decides nothing.
            if !has_minimum {
                push_new(missing, &row.clock);
            }
        }
    }
    (latest, most)
}

fn begins(row: &Row, case: &Case<'_>) -> Option<Date> {
    let mut events = std::iter::once(&row.clock).chain(&row.or);
    events.find_map(|e| case.dates.get(e)).copied()
}

/// Whether a maximum of nothing applies, which is over on every day.
fn is_always(rows: &[&Row]) -> bool {
    rows.iter()
        .any(|r| r.term == Term::Max && r.clock == ALWAYS)
}

fn push_new(all: &mut Vec<String>, name: &str) {
    if !all.iter().any(|n| n == name) {
        all.push(name.to_owned());
    }
}
