//! SARIF, for code hosts and editors. Standard: OASIS SARIF 2.1.0 (errata 01).
//!
//! A file whose findings the inventory lists gets a result for each, with its line and column; else a place
//! gets one result for each rule, with `occurrenceCount`. Either way the occurrences of all results are all
//! findings. What was not read stands in the notifications of the invocation.

use super::{
    RuleInfo, exposure,
    jsonl::PlaceKeys,
    missing,
    overview::Given,
    places::{self, PlaceCount},
    safe,
    summary::Summary,
    told::{Records, Told},
};
use crate::{
    model::{Finding, Listing, Locator, PathDisplay},
    words::{ReportWord, gap_title},
};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// The official schema.
pub const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Findings of one file that get a result each; of more, places do.
const MOST_OF_FILE: usize = 1_000;
/// Notifications at most; the last says how many more there were.
const MOST_NOTICES: u64 = 1_000;

/// Writes the whole log. Reads the records twice.
///
/// # Errors
/// Those of the records and of the output.
pub fn write(records: &dyn Records, given: &Given<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut summary = Summary::new(given.rules.to_vec());
    let mut notices = Vec::new();
    let mut more = 0;
    records.each(&mut |told| {
        if told.record.listing == Listing::Ahead {
            return Ok(());
        }
        summary.add(told.record, told.shown);
        summary.false_alarms += told.false_alarms;
        for gap in told
            .record
            .entries
            .iter()
            .flat_map(|e| missing(told.record, e))
        {
            if notices.len() as u64 >= MOST_NOTICES {
                more += 1;
                continue;
            }
            let place = told.shown.locator(&gap.entry.locator) + &told.shown.place(gap.at);
            let title = gap_title(gap.kind).text(given.language);
            notices.push(json!({
                "level": if gap.kind.is_wanted() { "note" } else { "warning" },
                "descriptor": { "id": format!("gap/{}", gap.kind.id()) },
                "message": { "text": safe::line(&format!("{title}: {place}")) },
                "locations": [{ "physicalLocation": artifact(told.shown) }],
            }));
        }
        Ok(())
    })?;
    if more > 0 {
        let text = ReportWord::MoreGaps.fill(given.language, &[&more]);
        notices.push(json!({ "level": "warning", "message": { "text": text } }));
    }
    let index = indexes(given.rules, &summary);
    let invocation = invocation(given, &summary, &notices);
    let driver = driver(given, &index);
    write!(
        out,
        "{{\"$schema\":{},\"version\":\"2.1.0\",\"runs\":[{{",
        json!(SCHEMA)
    )?;
    write!(
        out,
        "\"tool\":{{\"driver\":{driver}}},\"columnKind\":\"unicodeCodePoints\","
    )?;
    write!(out, "\"invocations\":[{invocation}],\"results\":[")?;
    let mut first = true;
    records.each(&mut |told| {
        results(told, given, &index, &mut |result| {
            let comma = if std::mem::take(&mut first) {
                "\n"
            } else {
                ",\n"
            };
            write!(out, "{comma}{result}")
        })
    })?;
    let facts = facts(&summary);
    writeln!(out, "\n],\"properties\":{facts}}}]}}")
}

/// The rules that were found, in the order of the driver's list.
fn indexes(rules: &[RuleInfo], summary: &Summary) -> BTreeMap<u16, usize> {
    (0_u16..)
        .zip(rules.iter().zip(&summary.by_rule))
        .filter(|(_, (_, total))| total.found > 0)
        .enumerate()
        .map(|(at, (rule, _))| (rule, at))
        .collect()
}

fn driver(given: &Given<'_>, index: &BTreeMap<u16, usize>) -> Value {
    let rules: Vec<Value> = index
        .keys()
        .filter_map(|&r| given.rules.get(usize::from(r)))
        .map(|rule| {
            let title = given.language.pick(&rule.title.0, &rule.title.1);
            json!({
                "id": rule.id,
                "shortDescription": { "text": safe::line(title) },
                "defaultConfiguration": { "level": level(rule) },
                "properties": { "tags": rule.tags },
            })
        })
        .collect();
    json!({
        "name": "inkout",
        "version": given.run.version,
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules,
    })
}

fn invocation(given: &Given<'_>, summary: &Summary, notices: &[Value]) -> Value {
    let run = given.run;
    let mut all = Map::new();
    let successful = run.ended.is_some() && summary.incomplete == 0;
    all.insert("executionSuccessful".into(), json!(successful));
    all.insert("startTimeUtc".into(), json!(run.started));
    if let Some(ended) = &run.ended {
        all.insert("endTimeUtc".into(), json!(ended));
    }
    all.insert("toolExecutionNotifications".into(), json!(notices));
    Value::Object(all)
}

fn facts(summary: &Summary) -> Value {
    json!({
        "files": summary.files,
        "filesWithFindings": summary.with_findings,
        "findings": summary.found(),
        "read": summary.read,
        "partly": summary.partly,
        "unread": summary.unread,
        "leftOut": summary.left_out,
        "incomplete": summary.incomplete,
        "falseAlarms": summary.false_alarms,
    })
}

fn level(rule: &RuleInfo) -> &'static str {
    match exposure::level(rule) {
        3.. => "error",
        2 => "warning",
        _ => "note",
    }
}

fn results(
    told: &Told<'_>,
    given: &Given<'_>,
    index: &BTreeMap<u16, usize>,
    each: &mut dyn FnMut(Value) -> io::Result<()>,
) -> io::Result<()> {
    let record = told.record;
    if record.listing == Listing::Ahead {
        return Ok(());
    }
    let listed = record.findings.len();
    // A review may have taken some findings out of the counts only.
    let counted: u64 = record
        .entries
        .iter()
        .flat_map(super::counts_of)
        .map(|c| c.found)
        .sum();
    if record.listing == Listing::Here
        && listed > 0
        && listed <= MOST_OF_FILE
        && listed as u64 == counted
    {
        let mut seen: BTreeMap<(u16, [u8; 16]), u64> = BTreeMap::new();
        for finding in &record.findings {
            let n = seen.entry((finding.rule, finding.digest.0)).or_default();
            *n += 1;
            if let Some(result) = one(finding, *n, told, given, index) {
                each(result)?;
            }
        }
        return Ok(());
    }
    for place in places::of(record) {
        if let Some(result) = several(&place, told, given, index) {
            each(result)?;
        }
    }
    Ok(())
}

/// A result for one finding, the `n`th of its value in the file.
fn one(
    finding: &Finding,
    n: u64,
    told: &Told<'_>,
    given: &Given<'_>,
    index: &BTreeMap<u16, usize>,
) -> Option<Value> {
    let rule = given.rules.get(usize::from(finding.rule))?;
    let title = given.language.pick(&rule.title.0, &rule.title.1);
    let locator = told.shown.locator(&finding.locator);
    let text = ReportWord::FindingAt.fill(
        given.language,
        &[
            &title,
            &finding.masked,
            &locator,
            &finding.confidence.percent(),
        ],
    );
    let key = format!("{}:{}:{}:{n}", told.shown.file, rule.id, finding.digest);
    Some(json!({
        "ruleId": rule.id,
        "ruleIndex": index.get(&finding.rule)?,
        "level": level(rule),
        "rank": finding.confidence.percent(),
        "message": { "text": safe::line(&text) },
        "locations": [location(Some(finding), &finding.locator, told)],
        "partialFingerprints": { "inkoutFinding/v1": key },
    }))
}

/// A result for all findings of a rule at a place.
fn several(
    place: &PlaceCount<'_>,
    told: &Told<'_>,
    given: &Given<'_>,
    index: &BTreeMap<u16, usize>,
) -> Option<Value> {
    let count = place.count;
    let rule = given.rules.get(usize::from(count.rule))?;
    let inside = place.shown(told.shown);
    let key = format!(
        "{}:{}:{inside}:{}",
        told.shown.file,
        rule.id,
        place.column().unwrap_or(0)
    );
    let mut at = place.entry.locator.clone();
    at.0.extend_from_slice(&place.place.at);
    let sample = count.samples.first();
    let locator = sample.map_or(&at, |s| &s.locator);
    // Items of a list must differ, and samples may share a place.
    let first = location(sample, locator, told);
    let mut related: Vec<Value> = Vec::new();
    for s in count.samples.iter().skip(1) {
        let other = location(Some(s), &s.locator, told);
        if other != first && !related.contains(&other) {
            related.push(other);
        }
    }
    let mut result = json!({
        "ruleId": rule.id,
        "ruleIndex": index.get(&count.rule)?,
        "level": level(rule),
        "rank": count.top,
        "occurrenceCount": count.found,
        "message": { "text": safe::line(&place.sentence(rule, told.shown, given.language)) },
        "locations": [first],
        "partialFingerprints": { "inkoutPlace/v1": key },
    });
    if let (false, Value::Object(map)) = (related.is_empty(), &mut result) {
        map.insert("relatedLocations".into(), json!(related));
    }
    Some(result)
}

fn artifact(shown: &PathDisplay) -> Value {
    json!({ "artifactLocation": { "uri": uri(&shown.path) } })
}

fn location(finding: Option<&Finding>, at: &Locator, told: &Told<'_>) -> Value {
    let shown = told.shown;
    let mut physical = artifact(shown);
    // A region is of the artifact: viewers go there.
    let finding = finding.filter(|_| places::is_of_file(told.record, at));
    if let (Some(finding), Value::Object(map)) = (finding, &mut physical) {
        let keys = PlaceKeys::of(finding, shown);
        let region = match (keys.line, keys.column, finding.bytes) {
            (Some(line), Some(column), _) => {
                Some(json!({ "startLine": line, "startColumn": column }))
            }
            (Some(line), None, _) => Some(json!({ "startLine": line })),
            (None, _, Some((start, end))) => {
                Some(json!({ "byteOffset": start, "byteLength": end.saturating_sub(start) }))
            }
            _ => None,
        };
        if let Some(region) = region {
            map.insert("region".into(), region);
        }
    }
    json!({
        "physicalLocation": physical,
        "logicalLocations": [{ "fullyQualifiedName": safe::line(&shown.locator(at)) }],
    })
}

/// A path as a URI reference: relative as it is, absolute as `file://`. Standard: RFC 3986.
pub(super) fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let relative = path.strip_prefix("./").unwrap_or(path);
    let mut out = String::with_capacity(relative.len() + 8);
    if relative.starts_with('/') {
        out.push_str("file://");
    }
    for b in relative.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~/".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Step, reports::fixture};

    fn log(all_findings: bool) -> Value {
        let rules = fixture::rules();
        let mut out = Vec::new();
        let records = fixture::Share::new(all_findings);
        let run = fixture::run();
        write(&records, &fixture::given(&rules, &run), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(fixture::PLANTED));
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn occurrences_are_all_findings() {
        let log = log(false);
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        let all: u64 = results
            .iter()
            .map(|r| r["occurrenceCount"].as_u64().unwrap())
            .sum();
        assert_eq!((results.len(), all), (3, 12));
        assert_eq!(run["properties"]["findings"], 12);
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        let region = &results[0]["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region, &json!({ "startLine": 4, "startColumn": 7 }));
        let notices = &run["invocations"][0]["toolExecutionNotifications"];
        assert_eq!(notices.as_array().unwrap().len(), 3);
    }

    #[test]
    fn listed_findings_get_a_result_each_with_a_fingerprint_of_their_own() {
        let log = log(true);
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), 12);
        let keys: std::collections::BTreeSet<_> = results
            .iter()
            .map(|r| {
                r["partialFingerprints"]["inkoutFinding/v1"]
                    .as_str()
                    .unwrap()
            })
            .collect();
        assert_eq!(keys.len(), 12);
    }

    #[test]
    fn regions_are_of_the_file_itself() {
        let records = fixture::records();
        let region = |n: usize, steps: &[Step]| {
            let (record, shown) = &records[n];
            let mut at = record.entries[0].locator.clone();
            at.0.extend_from_slice(steps);
            let finding = Finding {
                bytes: Some((71, 89)),
                ..fixture::finding(0, at.clone(), 1)
            };
            let told = Told {
                record,
                shown,
                held: None,
                false_alarms: 0,
            };
            location(Some(&finding), &at, &told)["physicalLocation"]["region"].clone()
        };
        let (text, zip) = (2, 4);
        assert_eq!(region(text, &[Step::Line(4)])["startLine"], 4);
        assert_eq!(region(text, &[])["byteOffset"], 71);
        // Nothing in a member, or in a file that is no text, can be pointed at there.
        let member = Step::Member("a.txt".into());
        assert!(region(text, &[member.clone(), Step::Line(4)]).is_null());
        assert!(region(zip, &[member]).is_null());
        assert!(region(zip, &[Step::Line(4)]).is_null());
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("./a b/工.txt"), "a%20b/%E5%B7%A5.txt");
        assert_eq!(uri("/srv/x%41#"), "file:///srv/x%2541%23");
    }
}
