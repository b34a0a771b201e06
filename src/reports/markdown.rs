//! A page of Markdown for pull requests and chats: GitHub Flavored Markdown, a few kilobytes whatever the
//! share.

use super::{
    exposure::level,
    overview::{Given, Limits, Overview},
    safe,
    summary::Total,
    told::Records,
};
use crate::{
    model::GapKind,
    rules::tags,
    words::{Language, ReportWord, Word, gap_advice, gap_title, grouped, size},
};
use std::io::{self, Write};

/// Rows of each table at most.
const MOST: usize = 12;

/// Writes the whole page.
///
/// # Errors
/// Those of the records and of the output.
pub fn write(records: &dyn Records, given: &Given<'_>, out: &mut dyn Write) -> io::Result<()> {
    let limits = Limits {
        files: 1_000,
        folders: 1,
        columns: 0,
        persons: 0,
    };
    let all = Overview::of(records, given.rules.to_vec(), limits, &mut |_, _, _| Ok(()))?;
    let language = given.language;
    writeln!(out, "## {}\n", ReportWord::Title.text(language))?;
    let roots: Vec<String> = given.run.roots.iter().map(|r| code(r)).collect();
    writeln!(
        out,
        "{}\n",
        ReportWord::Of.fill(language, &[&roots.join(" "), &given.run.started])
    )?;
    writeln!(out, "**{}**\n", text(&verdict(&all, language)))?;
    numbers(&all, language, out)?;
    types(&all, given, out)?;
    riskiest(&all, given, out)?;
    gaps(&all, language, out)?;
    let run = given.run;
    writeln!(
        out,
        "<sub>{}</sub>",
        text(&ReportWord::MadeBy.fill(
            language,
            &[
                &run.version,
                &run.rules_digest.get(..12).unwrap_or_default(),
                &run.made
            ]
        ))
    )
}

/// The sentence that says it all.
pub(super) fn verdict(all: &Overview, language: Language) -> String {
    let s = &all.summary;
    let word = match (s.found() > 0, s.incomplete > 0) {
        (false, false) => Word::VerdictClean,
        (false, true) => Word::VerdictCleanIncomplete,
        (true, false) => Word::VerdictFindings,
        (true, true) => Word::VerdictFindingsIncomplete,
    };
    word.fill(language, &[&grouped(s.with_findings), &grouped(s.found())])
}

fn numbers(all: &Overview, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let s = &all.summary;
    let (persons, exact) = all.persons.at_least();
    let word = if exact {
        ReportWord::AtLeast
    } else {
        ReportWord::AtLeastEstimated
    };
    let persons = word.fill(language, &[&grouped(persons)]);
    let rows = [
        (ReportWord::Files, grouped(s.files)),
        (ReportWord::FilesWithFindings, grouped(s.with_findings)),
        (ReportWord::Findings, grouped(s.found())),
        (ReportWord::FalseAlarms, grouped(all.summary.false_alarms)),
        (ReportWord::Persons, persons),
        (ReportWord::NotWhollyRead, grouped(s.incomplete)),
        (ReportWord::LeftOutFiles, grouped(s.left_out)),
    ];
    let heads: Vec<&str> = rows.iter().map(|(word, _)| word.text(language)).collect();
    let cells: Vec<&str> = rows.iter().map(|(_, n)| n.as_str()).collect();
    writeln!(out, "| {} |", heads.join(" | "))?;
    writeln!(out, "|{}", " ---: |".repeat(rows.len()))?;
    writeln!(out, "| {} |\n", cells.join(" | "))
}

fn types(all: &Overview, given: &Given<'_>, out: &mut dyn Write) -> io::Result<()> {
    let language = given.language;
    let mut found: Vec<(usize, &Total)> = all
        .summary
        .by_rule
        .iter()
        .enumerate()
        .filter(|(_, t)| t.found > 0)
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    let rank = |n: usize| given.rules.get(n).map_or(0, level);
    found.sort_by_key(|&(n, t)| (std::cmp::Reverse((rank(n), t.found)), n));
    writeln!(out, "### {}\n", Word::Types.text(language))?;
    table_head(
        &[
            Word::ColumnType.text(language),
            ReportWord::Level.text(language),
            Word::ColumnFound.text(language),
            Word::ColumnDistinct.text(language),
            Word::ColumnFiles.text(language),
        ],
        out,
    )?;
    for &(n, total) in found.iter().take(MOST) {
        let Some(rule) = given.rules.get(n) else {
            continue;
        };
        let (zh, en) = tags::level_title(level(rule));
        let distinct = grouped(total.distinct.among(total.found));
        writeln!(
            out,
            "| {} ({}) | {} | {} | {}{distinct} | {} |",
            text(language.pick(&rule.title.0, &rule.title.1)),
            code(&rule.id),
            language.pick(zh, en),
            grouped(total.found),
            if total.distinct.is_exact() { "" } else { "≈" },
            grouped(total.files),
        )?;
    }
    more(found.len(), language, out)
}

fn riskiest(all: &Overview, given: &Given<'_>, out: &mut dyn Write) -> io::Result<()> {
    let language = given.language;
    let rows = all.rows.riskiest(MOST);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "### {}\n", Word::Riskiest.text(language))?;
    table_head(
        &[
            ReportWord::File.text(language),
            ReportWord::Exposure.text(language),
            Word::ColumnFound.text(language),
            ReportWord::Size.text(language),
        ],
        out,
    )?;
    for row in rows {
        let folder = all.folders.path(row.folder);
        let path = if folder.is_empty() {
            row.name.clone()
        } else {
            format!("{folder}/{}", row.name)
        };
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            code(&path),
            grouped(row.score),
            grouped(row.found()),
            size(row.bytes)
        )?;
    }
    writeln!(out)
}

fn gaps(all: &Overview, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let mut kinds: Vec<(GapKind, u64)> = all
        .summary
        .gaps
        .iter()
        .map(|(kind, total)| (*kind, total.files))
        .collect();
    kinds.sort_by_key(|&(kind, files)| (kind.is_wanted(), std::cmp::Reverse(files), kind));
    if kinds.is_empty() {
        return writeln!(out, "{}\n", Word::NoGaps.text(language));
    }
    writeln!(out, "### {}\n", Word::NotRead.text(language))?;
    table_head(
        &[
            ReportWord::Why.text(language),
            Word::ColumnFiles.text(language),
            ReportWord::WhatToDo.text(language),
        ],
        out,
    )?;
    for &(kind, files) in &kinds {
        writeln!(
            out,
            "| {} | {} | {} |",
            gap_title(kind).text(language),
            grouped(files),
            text(gap_advice(kind).text(language))
        )?;
    }
    writeln!(out)
}

fn table_head(heads: &[&str], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| {} |", heads.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(heads.len()))
}

fn more(all: usize, language: Language, out: &mut dyn Write) -> io::Result<()> {
    if all > MOST {
        let rest = ReportWord::MoreRows.fill(language, &[&(all - MOST)]);
        writeln!(out, "\n{rest}")?;
    }
    writeln!(out)
}

/// Text that Markdown shows as it is, and that calls nobody.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in safe::line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '$' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A name as code: nothing in it is markup.
fn code(text: &str) -> String {
    let line = safe::line(text).replace('`', "\u{2CB}").replace('|', "\\|");
    format!("`{}`", if line.is_empty() { " " } else { &line })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn the_page_is_whole_in_both_languages() {
        let rules = fixture::rules();
        let run = fixture::run();
        for language in Language::ALL {
            let given = Given {
                language,
                ..fixture::given(&rules, &run)
            };
            let mut out = Vec::new();
            write(&fixture::Share::new(false), &given, &mut out).unwrap();
            let page = String::from_utf8(out).unwrap();
            assert!(!page.contains(fixture::PLANTED));
            assert!(page.contains("| 5 | 2 | 12 | 0 |"), "{page}");
            assert!(page.contains("`share/客户.zip`"), "{page}");
        }
    }

    #[test]
    fn names_are_no_markup() {
        assert_eq!(code("a`|b\n"), "`a\u{2CB}\\|b\u{FFFD}`");
        assert_eq!(text("<b>@x #1 [a](b)"), "&lt;b&gt;&#64;x &#35;1 \\[a\\](b)");
    }
}
