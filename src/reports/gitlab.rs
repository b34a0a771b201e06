//! Code quality for GitLab: one issue for each rule at each place, and for each file that was not wholly
//! read. Standard: GitLab, "Code Quality report format" (a subset of the Code Climate specification).

use super::{
    exposure, missing,
    overview::Given,
    places, safe,
    told::{Records, Told},
};
use crate::{
    model::Listing,
    words::{gap_advice, gap_title},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::{self, Write},
};

/// Writes the whole report.
///
/// # Errors
/// Those of the records and of the output.
pub fn write(records: &dyn Records, given: &Given<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "[")?;
    let mut first = true;
    records.each(&mut |told| {
        for issue in issues(told, given) {
            let comma = if std::mem::take(&mut first) {
                "\n"
            } else {
                ",\n"
            };
            write!(out, "{comma}{issue}")?;
        }
        Ok(())
    })?;
    writeln!(out, "\n]")
}

fn issues(told: &Told<'_>, given: &Given<'_>) -> Vec<Value> {
    let Told { record, shown, .. } = *told;
    if record.listing == Listing::Ahead {
        return Vec::new();
    }
    let path = shown.path.strip_prefix("./").unwrap_or(&shown.path);
    let mut out = Vec::new();
    for place in places::of(record) {
        let Some(rule) = given.rules.get(usize::from(place.count.rule)) else {
            continue;
        };
        let severity = match exposure::level(rule) {
            4.. => "blocker",
            3 => "critical",
            2 => "major",
            1 => "minor",
            _ => "info",
        };
        let key = format!(
            "{}:{}:{}:{}",
            shown.file,
            rule.id,
            place.shown(shown),
            place.column().unwrap_or(0)
        );
        out.push(json!({
            "description": safe::line(&place.sentence(rule, shown, given.language)),
            "check_name": rule.id,
            "fingerprint": key,
            "severity": severity,
            "location": { "path": safe::line(path), "lines": { "begin": place.line(record).unwrap_or(1) } },
            "counts": {
                "found": place.count.found,
                "distinct": place.count.distinct.among(place.count.found),
            },
        }));
    }
    let mut kinds = BTreeSet::new();
    for gap in record.entries.iter().flat_map(|e| missing(record, e)) {
        if gap.kind.is_wanted() || !kinds.insert(gap.kind) {
            continue;
        }
        let title = gap_title(gap.kind).text(given.language);
        let advice = gap_advice(gap.kind).text(given.language);
        let place = shown.locator(&gap.entry.locator) + &shown.place(gap.at);
        out.push(json!({
            "description": safe::line(&format!("{title}: {place}. {advice}")),
            "check_name": format!("gap/{}", gap.kind.id()),
            "fingerprint": format!("{}:gap/{}", shown.file, gap.kind.id()),
            "severity": "major",
            "location": { "path": safe::line(path), "lines": { "begin": 1 } },
        }));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn every_place_and_gap_is_one_issue() {
        let rules = fixture::rules();
        let run = fixture::run();
        let mut out = Vec::new();
        write(
            &fixture::Share::new(false),
            &fixture::given(&rules, &run),
            &mut out,
        )
        .unwrap();
        assert!(!String::from_utf8_lossy(&out).contains(fixture::PLANTED));
        let issues: Vec<Value> = serde_json::from_slice(&out).unwrap();
        let found: u64 = issues
            .iter()
            .filter_map(|i| i["counts"]["found"].as_u64())
            .sum();
        assert_eq!((issues.len(), found), (5, 12));
        let keys: BTreeSet<_> = issues
            .iter()
            .map(|i| i["fingerprint"].to_string())
            .collect();
        assert_eq!(keys.len(), 5);
        assert_eq!(issues[0]["location"]["lines"]["begin"], 4);
        // Row 12 of a sheet in a member is no line of the archive.
        let member = issues
            .iter()
            .find(|i| i["fingerprint"].to_string().contains('!'));
        assert_eq!(member.unwrap()["location"]["lines"]["begin"], 1);
    }
}
