//! `JUnit` XML, for the servers that show tests: a test for each file, failed when something was found in it;
//! a second one, ended by an error, for each file that was not wholly read. Standard: the XML of Ant's `JUnit`
//! task as Jenkins and `GitLab` read it, without attributes that the schema of Jenkins (`junit-10.xsd`) refuses.

use super::{
    exposure::Exposure,
    missing,
    overview::{Covered, Given},
    safe,
    summary::Summary,
    told::{Records, Told},
};
use crate::{
    model::Listing,
    words::{ReportWord, gap_title, grouped},
};
use std::{
    borrow::Cow,
    io::{self, Write},
};

/// Writes the whole report. Reads the records twice.
///
/// # Errors
/// Those of the records and of the output.
pub fn write(records: &dyn Records, given: &Given<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut summary = Summary::new(given.rules.to_vec());
    records.each(&mut |told| {
        if told.record.listing != Listing::Ahead {
            summary.add(told.record, told.shown);
            summary.false_alarms += told.false_alarms;
        }
        Ok(())
    })?;
    let sums = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"",
        summary.files + summary.incomplete,
        summary.with_findings,
        summary.incomplete
    );
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"inkout\" {sums}>")?;
    let roots = given.run.roots.join(" ");
    let started = given.run.started.trim_end_matches('Z');
    writeln!(
        out,
        "<testsuite name=\"{}\" {sums} skipped=\"{}\" time=\"0\" timestamp=\"{}\">",
        text(&roots),
        summary.left_out,
        text(started)
    )?;
    writeln!(out, "<properties>")?;
    for (name, n) in [
        ("files", summary.files),
        ("filesWithFindings", summary.with_findings),
        ("findings", summary.found()),
        ("read", summary.read),
        ("partly", summary.partly),
        ("unread", summary.unread),
        ("leftOut", summary.left_out),
        ("incomplete", summary.incomplete),
        ("falseAlarms", summary.false_alarms),
    ] {
        writeln!(out, "<property name=\"{name}\" value=\"{n}\"/>")?;
    }
    writeln!(out, "</properties>")?;
    records.each(&mut |told| cases(told, given, out))?;
    writeln!(out, "</testsuite>\n</testsuites>")
}

fn cases(told: &Told<'_>, given: &Given<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Told {
        record,
        shown,
        held,
        ..
    } = *told;
    if record.listing == Listing::Ahead || record.entries.is_empty() {
        return Ok(());
    }
    let language = given.language;
    let (folder, name) = shown.path.rsplit_once('/').unwrap_or((".", &shown.path));
    let case = format!(
        "<testcase classname=\"{}\" name=\"{}\" time=\"0\"",
        text(folder),
        text(name)
    );
    let exposure = Exposure::of(record, given.rules, held);
    let left_out = Covered::of(record) == Covered::LeftOut;
    if exposure.rules.is_empty() && !left_out {
        writeln!(out, "{case}/>")?;
    } else {
        writeln!(out, "{case}>")?;
        if left_out {
            writeln!(out, "<skipped/>")?;
        }
        if let Some(first) = exposure.rules.first() {
            let kind = given.rules.get(usize::from(first.rule));
            let message = ReportWord::FailureMessage.fill(language, &[&grouped(exposure.found())]);
            writeln!(
                out,
                "<failure type=\"{}\" message=\"{}\">",
                text(kind.map_or("", |r| &r.id)),
                text(&message)
            )?;
            for weighed in &exposure.rules {
                let Some(rule) = given.rules.get(usize::from(weighed.rule)) else {
                    continue;
                };
                let title = language.pick(&rule.title.0, &rule.title.1);
                let approximately = if weighed.exact { "" } else { "≈" };
                let distinct = format!("{approximately}{}", grouped(weighed.distinct));
                let line = ReportWord::RuleLine.fill(
                    language,
                    &[&title, &rule.id, &grouped(weighed.found), &distinct],
                );
                writeln!(out, "{}", text(&line))?;
            }
            writeln!(out, "</failure>")?;
        }
        writeln!(out, "</testcase>")?;
    }
    if !record.is_complete() {
        coverage(told, given, &case, out)?;
    }
    Ok(())
}

/// The test of whether a file was wholly read, which it was not.
fn coverage(told: &Told<'_>, given: &Given<'_>, case: &str, out: &mut dyn Write) -> io::Result<()> {
    let coverage = ReportWord::CoverageCase.text(given.language);
    let case = case.replacen("\" time=", &format!(" [{coverage}]\" time="), 1);
    let gaps: Vec<_> = told
        .record
        .entries
        .iter()
        .flat_map(|e| missing(told.record, e))
        .filter(|g| !g.kind.is_wanted())
        .collect();
    let (kind, title) = gaps.first().map_or(("", ""), |g| {
        (g.kind.id(), gap_title(g.kind).text(given.language))
    });
    writeln!(
        out,
        "{case}>\n<error type=\"{kind}\" message=\"{}\">",
        text(title)
    )?;
    for gap in gaps.iter().take(20) {
        let place = told.shown.locator(&gap.entry.locator) + &told.shown.place(gap.at);
        let title = gap_title(gap.kind).text(given.language);
        writeln!(out, "{}", text(&format!("{title}: {place}")))?;
    }
    writeln!(out, "</error>\n</testcase>")
}

/// Text for XML: what acts rather than shows is U+FFFD, as is what XML has no way to say.
fn text(text: &str) -> String {
    let line: Cow<'_, str> = safe::line(text);
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn files_are_tests_that_fail_by_what_is_in_them() {
        let rules = fixture::rules();
        let run = fixture::run();
        let mut out = Vec::new();
        write(
            &fixture::Share::new(false),
            &fixture::given(&rules, &run),
            &mut out,
        )
        .unwrap();
        let xml = String::from_utf8(out).unwrap();
        assert!(!xml.contains(fixture::PLANTED));
        for (needle, n) in [
            ("<testcase ", 7),
            ("<failure ", 2),
            ("<error ", 2),
            ("<skipped/>", 1),
            ("tests=\"7\" failures=\"2\" errors=\"2\"", 2),
            ("name=\"findings\" value=\"12\"", 1),
        ] {
            assert_eq!(xml.matches(needle).count(), n, "{needle}\n{xml}");
        }
    }

    #[test]
    fn names_cannot_leave_their_attribute() {
        assert_eq!(
            text("a\"><b>&\u{1}\u{FFFF}"),
            "a&quot;&gt;&lt;b&gt;&amp;\u{FFFD}\u{FFFD}"
        );
    }
}
