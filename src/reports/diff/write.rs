//! A [`Diff`] as text for a mail or chat message, and as JSON.

use super::{Change, Counts, Diff, Exposure};
use crate::{
    reports::{RuleInfo, safe},
    words::{DailyWord, Language, grouped},
};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Files named in each group.
const NAMED: usize = 10;
/// Rules named for a file.
const RULES: usize = 4;

/// Name of a rule in a language.
pub(super) fn title(rules: &[RuleInfo], rule: u16, language: Language) -> &str {
    rules.get(usize::from(rule)).map_or("", |r| match language {
        Language::Zh => r.title.0.as_str(),
        Language::En => r.title.1.as_str(),
    })
}

/// The heading of a group.
pub(super) fn heading(group: &str) -> DailyWord {
    match group {
        "exposed" => DailyWord::DiffExposed,
        "new" => DailyWord::DiffNew,
        "more" => DailyWord::DiffMore,
        "unread" => DailyWord::DiffUnread,
        "fewer" => DailyWord::DiffFewer,
        "gone" => DailyWord::DiffGone,
        _ => DailyWord::DiffMoved,
    }
}

/// What is said of a file beside its path.
pub(super) fn about(diff: &Diff, group: &str, change: &Change, language: Language) -> String {
    let counts = |counts: &Counts| {
        let mut parts: Vec<String> = counts
            .iter()
            .take(RULES)
            .map(|&(rule, n)| format!("{} {}", title(&diff.rules, rule, language), grouped(n)))
            .collect();
        if counts.len() > RULES {
            parts.push("…".into());
        }
        parts.join(language.pick("、", ", "))
    };
    match group {
        "gone" => counts(&change.before),
        "moved" => DailyWord::DiffFrom.fill(
            language,
            &[&safe::line(change.from.as_deref().unwrap_or_default())],
        ),
        "more" | "fewer" => deltas(diff, change, language),
        "exposed" => {
            let who = match change.exposure {
                Exposure::All => DailyWord::ReadAll,
                Exposure::Group => DailyWord::ReadGroup,
                Exposure::Owner | Exposure::Unknown => DailyWord::ReadOwner,
            };
            let found = counts(&change.after);
            format!("{}{}{found}", who.text(language), language.pick("；", "; "))
        }
        _ => counts(&change.after),
    }
}

/// `手机号码 3 → 5`.
fn deltas(diff: &Diff, change: &Change, language: Language) -> String {
    let mut rules: Vec<u16> = change
        .before
        .iter()
        .chain(&change.after)
        .map(|c| c.0)
        .collect();
    rules.sort_unstable();
    rules.dedup();
    let parts: Vec<String> = rules
        .into_iter()
        .map(|rule| {
            (
                rule,
                super::of(&change.before, rule),
                super::of(&change.after, rule),
            )
        })
        .filter(|(_, before, after)| before != after)
        .take(RULES)
        .map(|(rule, before, after)| {
            format!(
                "{} {} → {}",
                title(&diff.rules, rule, language),
                grouped(before),
                grouped(after)
            )
        })
        .collect();
    parts.join(language.pick("、", ", "))
}

/// One sentence on the whole.
pub(super) fn verdict(diff: &Diff, language: Language) -> String {
    if diff.is_empty() {
        return DailyWord::DiffNone.text(language).to_owned();
    }
    let (came, went) = diff
        .by_rule()
        .values()
        .fold((0_u64, 0_u64), |(a, b), n| (a + n.0, b + n.1));
    DailyWord::DiffVerdict.fill(language, &[&grouped(came), &grouped(went)])
}

/// Writes the message.
///
/// # Errors
/// Those of the output.
pub fn text(diff: &Diff, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let day = |ended: &str| ended.replace('T', " ").trim_end_matches('Z').to_owned() + " UTC";
    writeln!(
        out,
        "{}",
        DailyWord::DiffTitle.fill(
            language,
            &[&day(&diff.earlier.ended), &day(&diff.later.ended)]
        )
    )?;
    writeln!(out, "{}", verdict(diff, language))?;
    for (group, changes) in diff.groups() {
        if changes.is_empty() {
            continue;
        }
        let count = grouped(changes.len() as u64);
        writeln!(out, "\n{}", heading(group).fill(language, &[&count]))?;
        for change in changes.iter().take(NAMED) {
            let about = about(diff, group, change, language);
            let about = match about.as_str() {
                "" => String::new(),
                text => format!("  {text}"),
            };
            writeln!(out, "  {}{about}", safe::line(&change.path))?;
        }
        if changes.len() > NAMED {
            let more = grouped((changes.len() - NAMED) as u64);
            writeln!(out, "  {}", DailyWord::DiffAndMore.fill(language, &[&more]))?;
        }
    }
    let rules = diff.by_rule();
    if !rules.is_empty() {
        writeln!(out, "\n{}", DailyWord::DiffByRule.text(language))?;
        for (rule, (came, went)) in rules {
            let name = title(&diff.rules, rule, language);
            let id = diff.rules.get(usize::from(rule)).map_or("", |r| &r.id);
            writeln!(
                out,
                "  {name} ({id})  +{} −{}",
                grouped(came),
                grouped(went)
            )?;
        }
    }
    Ok(())
}

/// Everything as one JSON object.
pub fn json(diff: &Diff) -> Value {
    let id = |rule: u16| diff.rules.get(usize::from(rule)).map_or("", |r| &r.id);
    let counts = |counts: &Counts| -> Value {
        counts
            .iter()
            .map(|&(rule, n)| (id(rule).to_owned(), Value::from(n)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let named = |n: &super::Named| json!({"job": n.job, "ended": n.ended, "files": n.files});
    let mut all = json!({
        "schema": 1,
        "kind": "diff",
        "earlier": named(&diff.earlier),
        "later": named(&diff.later),
        "worse": diff.is_worse(),
        "rules": diff
            .by_rule()
            .into_iter()
            .map(|(rule, (came, went))| (id(rule).to_owned(), json!({"came": came, "went": went})))
            .collect::<serde_json::Map<_, _>>(),
    });
    for (group, changes) in diff.groups() {
        let list: Vec<Value> = changes
            .iter()
            .map(|c| {
                let mut one = json!({
                    "path": c.path,
                    "before": counts(&c.before),
                    "after": counts(&c.after),
                    "readers": match c.exposure {
                        Exposure::Unknown => "unknown",
                        Exposure::Owner => "owner",
                        Exposure::Group => "group",
                        Exposure::All => "all",
                    },
                });
                if let (Some(from), Some(map)) = (&c.from, one.as_object_mut()) {
                    map.insert("from".into(), Value::from(from.as_str()));
                }
                one
            })
            .collect();
        if let Some(map) = all.as_object_mut() {
            map.insert(group.to_owned(), list.into());
        }
    }
    all
}
