//! CSV of findings, and of the places they are added up for. Standard: RFC 4180, UTF-8 with a byte
//! order mark, without which Excel in Chinese takes it for GBK. Cells are formula-safe ([`super::safe`]).

use super::{RuleInfo, Values, findings_of, jsonl::PlaceKeys, safe};
use crate::model::{FileRecord, Finding, PathDisplay, Reason, Secret};
use std::{
    fmt::Display,
    io::{self, Write},
};

const FINDINGS: &[&str] = &[
    "path",
    "file",
    "locator",
    "rule",
    "title",
    "class",
    "masked",
    "confidence",
    "reasons",
    "tags",
    "line",
    "column",
    "sheet",
    "cell",
    "page",
    "start",
    "end",
];
const PLACES: &[&str] = &[
    "path", "file", "locator", "column", "header", "cells", "rule", "title", "class", "found",
    "distinct", "exact", "top",
];

/// Writes findings as CSV, one a row.
pub struct Findings<'a> {
    rows: Rows<'a>,
    rules: &'a [RuleInfo],
    values: Values,
}

/// Writes places as CSV, a row for each rule found at a place.
pub struct Places<'a> {
    rows: Rows<'a>,
    rules: &'a [RuleInfo],
}

impl std::fmt::Debug for Findings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Findings").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Places<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Places").finish_non_exhaustive()
    }
}

impl<'a> Findings<'a> {
    /// Writes the header. With [`Values::Shown`] there is one more column, `value`.
    ///
    /// # Errors
    /// Those of the output.
    pub fn new(out: &'a mut dyn Write, rules: &'a [RuleInfo], values: Values) -> io::Result<Self> {
        let mut rows = Rows::new(out)?;
        for name in FINDINGS {
            rows.cell(name);
        }
        if values == Values::Shown {
            rows.cell("value");
        }
        rows.end()?;
        Ok(Self {
            rows,
            rules,
            values,
        })
    }

    /// Writes the findings of a file: all when the record has them, else its samples.
    ///
    /// # Errors
    /// Those of the output.
    pub fn record(&mut self, record: &FileRecord, shown: &PathDisplay) -> io::Result<()> {
        let file = shown.file.to_string();
        for finding in findings_of(record) {
            self.finding(finding, shown, &file)?;
        }
        Ok(())
    }

    fn finding(&mut self, finding: &Finding, shown: &PathDisplay, file: &str) -> io::Result<()> {
        let Some(rule) = self.rules.get(usize::from(finding.rule)) else {
            return Ok(());
        };
        let place = PlaceKeys::of(finding, shown);
        let reasons: Vec<_> = finding.reasons.iter().map(Reason::id).collect();
        let rows = &mut self.rows;
        rows.cell(&shown.path);
        rows.cell(file);
        rows.cell(&shown.locator(&finding.locator));
        rows.cell(&rule.id);
        rows.cell(&rule.title.0);
        rows.cell(rule.class.map_or("", |c| c.id()));
        rows.cell(&finding.masked);
        rows.number(Some(finding.confidence.percent()));
        rows.cell(&reasons.join(" "));
        rows.cell(&rule.tags.join(" "));
        rows.number(place.line);
        rows.number(place.column);
        rows.cell(place.sheet.as_deref().unwrap_or_default());
        rows.cell(place.cell.as_deref().unwrap_or_default());
        rows.number(place.page);
        rows.number(finding.bytes.map(|b| b.0));
        rows.number(finding.bytes.map(|b| b.1));
        if self.values == Values::Shown {
            rows.cell(finding.value.as_ref().map_or("", Secret::reveal));
        }
        rows.end()
    }
}

impl<'a> Places<'a> {
    /// Writes the header.
    ///
    /// # Errors
    /// Those of the output.
    pub fn new(out: &'a mut dyn Write, rules: &'a [RuleInfo]) -> io::Result<Self> {
        let mut rows = Rows::new(out)?;
        for name in PLACES {
            rows.cell(name);
        }
        rows.end()?;
        Ok(Self { rows, rules })
    }

    /// Writes the places of a file and its members.
    ///
    /// # Errors
    /// Those of the output.
    pub fn record(&mut self, record: &FileRecord, shown: &PathDisplay) -> io::Result<()> {
        let file = shown.file.to_string();
        for entry in &record.entries {
            for place in &entry.places {
                for count in &place.counts {
                    let Some(rule) = self.rules.get(usize::from(count.rule)) else {
                        continue;
                    };
                    let rows = &mut self.rows;
                    rows.cell(&shown.path);
                    rows.cell(&file);
                    rows.cell(&(shown.locator(&entry.locator) + &shown.place(&place.at)));
                    rows.number(place.column);
                    rows.cell(place.header.as_deref().unwrap_or_default());
                    rows.number(Some(place.cells));
                    rows.cell(&rule.id);
                    rows.cell(&rule.title.0);
                    rows.cell(rule.class.map_or("", |c| c.id()));
                    rows.number(Some(count.found));
                    rows.number(Some(count.distinct.among(count.found)));
                    rows.cell(if count.distinct.is_exact() {
                        "yes"
                    } else {
                        "no"
                    });
                    rows.number(Some(count.top));
                    rows.end()?;
                }
            }
        }
        Ok(())
    }
}

/// Rows of safe cells.
struct Rows<'a> {
    out: &'a mut dyn Write,
    row: String,
}

impl<'a> Rows<'a> {
    fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        out.write_all("\u{FEFF}".as_bytes())?;
        Ok(Self {
            out,
            row: String::new(),
        })
    }

    fn cell(&mut self, text: &str) {
        let text = safe::cell(text);
        if text.contains([',', '"', ' ', '\'']) {
            self.row.push('"');
            self.row.push_str(&text.replace('"', "\"\""));
            self.row.push('"');
        } else {
            self.row.push_str(&text);
        }
        self.row.push(',');
    }

    fn number(&mut self, n: Option<impl Display>) {
        if let Some(n) = n {
            self.row.push_str(&n.to_string());
        }
        self.row.push(',');
    }

    fn end(&mut self) -> io::Result<()> {
        self.row.pop();
        self.row.push_str("\r\n");
        self.out.write_all(self.row.as_bytes())?;
        self.row.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap();
        csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text)
            .records()
            .map(|r| r.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    fn findings(values: Values) -> Vec<u8> {
        let mut out = Vec::new();
        let rules = fixture::rules();
        let mut csv = Findings::new(&mut out, &rules, values).unwrap();
        for (record, shown) in fixture::records() {
            csv.record(&record, &shown).unwrap();
        }
        out
    }

    #[test]
    fn findings_read_back() {
        let rows = read(&findings(Values::Hidden));
        assert_eq!(rows[0], FINDINGS);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[1][2], "share/note.txt#L4");
        assert_eq!(rows[1][10..12], ["4", "7"]);
        assert_eq!(rows[1][15..17], ["120", "138"]);
        assert_eq!(rows[3][2], "share/客户.zip!dir/工资.xlsx#Sheet1!C12");
        assert_eq!(rows[3][12..14], ["Sheet1", "C12"]);
    }

    #[test]
    fn values_are_shown_only_when_asked_for() {
        let hidden = String::from_utf8(findings(Values::Hidden)).unwrap();
        assert!(!hidden.contains(fixture::PLANTED));
        let rows = read(&findings(Values::Shown));
        assert_eq!(rows[0].last().unwrap(), "value");
        assert_eq!(rows[1].last().unwrap(), fixture::PLANTED);
    }

    #[test]
    fn places_are_formula_safe() {
        let mut out = Vec::new();
        let rules = fixture::rules();
        let mut csv = Places::new(&mut out, &rules).unwrap();
        for (record, shown) in fixture::records() {
            csv.record(&record, &shown).unwrap();
        }
        let rows = read(&out);
        assert_eq!(rows[0], PLACES);
        let last = rows.last().unwrap();
        assert_eq!(last[2], "share/客户.zip!dir/工资.xlsx#Sheet1!");
        assert_eq!(last[3..6], ["3", "'=证件号码", "9"]);
        assert_eq!(last[9..], ["9", "7", "yes", "95"]);
    }
}
