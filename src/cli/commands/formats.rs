//! `inkout formats`: what is read, what has copies, what is not seen.

use crate::{
    cli::{Trouble, args::Formats},
    formats::ALL,
    model::Ability,
    reports::Condition,
    words::{FormatFacts, FormatWord as Say, Language, format_facts, format_name},
};
use serde::Serialize;
use std::{collections::BTreeSet, io::Write};
use unicode_width::UnicodeWidthStr;

/// A format as it is told.
#[derive(Serialize)]
struct Row {
    id: &'static str,
    name: &'static str,
    names: Vec<&'static str>,
    read: &'static str,
    copy: &'static str,
    writes: bool,
    not_seen: &'static str,
}

/// Every format once, in the order they are tried.
fn rows(language: Language) -> Vec<Row> {
    let mut seen = BTreeSet::new();
    ALL.iter()
        .filter(|f| seen.insert(f.id()))
        .filter_map(|f| {
            let FormatFacts {
                names,
                read,
                copy,
                unseen,
            } = format_facts(f.id())?;
            let writes = f.ability() == Ability::ReadWrite;
            let copy = match crate::formats::transcript::form(f.id()) {
                _ if writes => copy,
                Some("docx") => Say::CopyDocx,
                Some(_) => Say::CopyXlsx,
                None => Say::CopyNo,
            };
            Some(Row {
                id: f.id(),
                name: format_name(Some(f.id()))?.text(language),
                names: names.split(' ').collect(),
                read: read.text(language),
                copy: copy.text(language),
                writes,
                not_seen: unseen.text(language),
            })
        })
        .collect()
}

pub(in crate::cli) fn run(args: &Formats, language: Language) -> Result<Vec<Condition>, Trouble> {
    let rows = rows(language);
    let mut out = std::io::stdout().lock();
    if args.json {
        let json = serde_json::to_string_pretty(&rows);
        writeln!(out, "{}", json.map_err(|e| Trouble::failed(e.to_string()))?)?;
        return Ok(Vec::new());
    }
    writeln!(out, "{}", Say::Title.fill(language, &[&rows.len()]))?;
    let head = [
        Say::HeadFormat,
        Say::HeadNames,
        Say::HeadRead,
        Say::HeadCopy,
        Say::HeadUnseen,
    ];
    let mut table = vec![head.map(|w| w.text(language).to_owned())];
    table.extend(rows.iter().map(|r| {
        [
            format!("{} ({})", r.name, r.id),
            r.names.join(" "),
            r.read.to_owned(),
            r.copy.to_owned(),
            r.not_seen.to_owned(),
        ]
    }));
    let width = |column: usize| {
        let cells = table.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2), width(3)];
    for row in &table {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
        }
        line.push_str(row.last().map_or("", String::as_str));
        writeln!(out, "{}", line.trim_end())?;
    }
    for word in [Say::Encodings, Say::Others, Say::More] {
        writeln!(out, "{}", word.text(language))?;
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_told_once() {
        let ids: BTreeSet<&str> = ALL.iter().map(|f| f.id()).collect();
        for language in Language::ALL {
            let told: Vec<&str> = rows(language).iter().map(|r| r.id).collect();
            assert_eq!(told.len(), ids.len());
            let missing: Vec<_> = ids.iter().filter(|id| !told.contains(id)).collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    }
}
