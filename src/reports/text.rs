//! The summary for the terminal: what was found, where it is worst, what was not read and what to do.

mod next;
mod wrap;

use super::{
    RuleInfo,
    jsonl::Listed,
    safe,
    summary::{Condition, GapTotal, Summary, Total, exit_code},
    table::{Side, Table},
};
use crate::model::GapKind;
use crate::rules::tags;
use crate::words::{Language, Word, gap_advice, gap_title, grouped, size};
use std::{
    cmp::Reverse,
    io::{self, Write},
};
use unicode_width::UnicodeWidthStr;
pub use wrap::{COLUMNS, wrapped};

/// Types listed by name; the rest is one line.
const TYPES: usize = 20;
/// Beginnings of the tags that are classes of laws and standards, but for those of JR/T 0171, which have a
/// table of their own.
const LAWS: [&str; 8] = [
    "pipl.", "gdpr.", "pci.", "jrt0197.", "jrt0158.", "law2017.", "gb35273.", "gb45574.",
];
/// Types named for one of the riskiest files.
const RISK_TYPES: usize = 3;

/// Whether the terminal takes colour codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text.
    #[default]
    Never,
    /// ECMA-48 select graphic rendition.
    Ansi,
}

/// What the summary says beside the sums.
#[derive(Debug, Clone)]
pub struct TextOptions<'a> {
    /// Its language.
    pub language: Language,
    /// Whether to colour it.
    pub colour: Colour,
    /// Where the job's folder lies, as shown.
    pub job: Option<&'a str>,
    /// The job's folder for the commands that come next, as typed; `None` when it is the one that they take
    /// of themselves.
    pub typed_job: Option<&'a str>,
    /// The roots as typed, for the commands that come next; none when a list gave them.
    pub roots: &'a [String],
    /// Whether every finding was kept.
    pub listed: Listed,
    /// Every condition that was met.
    pub conditions: &'a [Condition],
}

/// Columns that two figures of up to ten characters take in front of a text, with the gaps and the indent.
const FIGURES: usize = 26;

/// Writes the summary.
///
/// # Errors
/// Those of the output.
pub fn write(summary: &Summary, options: &TextOptions<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page {
        summary,
        options,
        out,
    };
    page.head()?;
    page.totals()?;
    if summary.found() > 0 {
        page.classes()?;
        page.categories()?;
        page.types()?;
        page.riskiest()?;
    }
    page.gaps()?;
    page.ending()?;
    page.next_steps()
}

struct Page<'a> {
    summary: &'a Summary,
    options: &'a TextOptions<'a>,
    out: &'a mut dyn Write,
}

/// Ways of writing that a colour stands for.
#[derive(Clone, Copy)]
enum Ink {
    Bold,
    Red,
    Yellow,
}

impl Page<'_> {
    fn word(&self, word: Word) -> &'static str {
        word.text(self.options.language)
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => 1,
            Ink::Red => 31,
            Ink::Yellow => 33,
        };
        match self.options.colour {
            Colour::Never => text.to_owned(),
            Colour::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }

    fn heading(&mut self, word: Word) -> io::Result<()> {
        let text = self.ink(Ink::Bold, self.word(word));
        writeln!(self.out, "\n{text}")
    }

    fn line(&mut self, indent: usize, text: &str) -> io::Result<()> {
        writeln!(self.out, "{:indent$}{text}", "")
    }

    /// A sentence, broken into lines.
    fn prose(&mut self, indent: usize, text: &str) -> io::Result<()> {
        for line in wrapped(text, COLUMNS - indent) {
            self.line(indent, &line)?;
        }
        Ok(())
    }

    fn filled(
        &mut self,
        indent: usize,
        word: Word,
        arguments: &[&dyn std::fmt::Display],
    ) -> io::Result<()> {
        let text = word.fill(self.options.language, arguments);
        self.prose(indent, &text)
    }

    fn head(&mut self) -> io::Result<()> {
        let title = self.word(Word::SummaryTitle);
        let text = self.ink(Ink::Bold, title);
        writeln!(self.out, "{text}\n{}", "=".repeat(title.width()))?;
        let s = self.summary;
        let (files, found) = (grouped(s.with_findings), grouped(s.found()));
        let complete = s.incomplete == 0 && !self.met(Condition::Incomplete);
        let verdict = match (s.found() > 0, complete) {
            (false, true) => Word::VerdictClean,
            (false, false) => Word::VerdictCleanIncomplete,
            (true, true) => Word::VerdictFindings,
            (true, false) => Word::VerdictFindingsIncomplete,
        };
        let mut text = verdict.fill(self.options.language, &[&files, &found]);
        if complete && s.gaps.keys().any(|kind| kind.is_wanted()) {
            text.push_str(self.options.language.pick("", " "));
            text.push_str(self.word(Word::VerdictButLeftOut));
        }
        for line in wrapped(&text, COLUMNS) {
            let line = match verdict {
                Word::VerdictClean => line,
                Word::VerdictCleanIncomplete => self.ink(Ink::Yellow, &line),
                _ => self.ink(Ink::Red, &line),
            };
            self.line(0, &line)?;
        }
        Ok(())
    }

    fn met(&self, condition: Condition) -> bool {
        self.options.conditions.contains(&condition)
    }

    fn totals(&mut self) -> io::Result<()> {
        self.heading(Word::Totals)?;
        let s = self.summary;
        self.filled(2, Word::TotalFiles, &[&grouped(s.files), &size(s.bytes)])?;
        if s.members > 0 {
            self.filled(2, Word::TotalMembers, &[&grouped(s.members)])?;
        }
        let states = [s.read, s.partly, s.unread, s.left_out].map(grouped);
        let [read, partly, unread, left_out] = &states;
        self.filled(2, Word::TotalStates, &[read, partly, unread, left_out])?;
        if s.clashes > 0 {
            self.filled(2, Word::TotalClashes, &[&grouped(s.clashes)])?;
        }
        Ok(())
    }

    fn classes(&mut self) -> io::Result<()> {
        self.heading(Word::Classes)?;
        let mut table = Table::new(&[Side::Left, Side::Right, Side::Right, Side::Right]);
        table.row(
            [
                Word::ColumnClass,
                Word::ColumnFound,
                Word::ColumnDistinct,
                Word::ColumnFiles,
            ]
            .map(|w| self.word(w).to_owned()),
        );
        let s = self.summary;
        let classes = super::Class::ALL
            .into_iter()
            .filter_map(|c| s.by_class.get(&c).map(|total| (c.id(), total)));
        let others = [
            (self.word(Word::NoClass), &s.no_class),
            (self.word(Word::Sensitive), &s.sensitive),
        ];
        for (name, total) in classes.chain(others).filter(|(_, t)| t.found > 0) {
            table.row([
                name.to_owned(),
                grouped(total.found),
                distinct(total),
                grouped(total.files),
            ]);
        }
        table.write(2, self.out)?;
        let note = self.word(Word::ClassesNote);
        self.prose(2, note)
    }

    fn categories(&mut self) -> io::Result<()> {
        let s = self.summary;
        let counted: Vec<(&tags::Tag, &Total)> = tags::all()
            .iter()
            .filter_map(|tag| s.by_tag.get(&tag.id).map(|total| (tag, total)))
            .filter(|(tag, total)| total.found > 0 && LAWS.iter().any(|l| tag.id.starts_with(l)))
            .collect();
        if counted.is_empty() {
            return Ok(());
        }
        self.heading(Word::Categories)?;
        // The long texts last; where they come from stands in the reports.
        let mut table = Table::new(&[Side::Right, Side::Right, Side::Left]);
        table.row(
            [
                Word::ColumnFound,
                Word::ColumnDistinct,
                Word::ColumnCategory,
            ]
            .map(|w| self.word(w).to_owned()),
        );
        for (tag, total) in counted {
            let title = self.options.language.pick(&tag.zh, &tag.en);
            let memory = self.word(Word::FromMemory);
            let title = format!("{title}{}", if tag.from_memory { memory } else { "" });
            let mut figures = [grouped(total.found), distinct(total)];
            for line in wrapped(&title, COLUMNS - FIGURES) {
                let [found, different] = std::mem::take(&mut figures);
                table.row([found, different, line]);
            }
        }
        table.write(2, self.out)?;
        if s.combined > 0 {
            self.filled(2, Word::Combined, &[&grouped(s.combined)])?;
        }
        let note = self.word(Word::CategoriesNote);
        self.prose(2, note)
    }

    fn types(&mut self) -> io::Result<()> {
        self.heading(Word::Types)?;
        let mut table = Table::new(&[
            Side::Left,
            Side::Left,
            Side::Right,
            Side::Right,
            Side::Right,
            Side::Right,
        ]);
        table.row(
            [
                Word::ColumnType,
                Word::ColumnClass,
                Word::ColumnFound,
                Word::ColumnDistinct,
                Word::ColumnFiles,
                Word::ColumnTop,
            ]
            .map(|w| self.word(w).to_owned()),
        );
        let s = self.summary;
        let mut all: Vec<(&RuleInfo, &Total)> = s
            .rules()
            .iter()
            .zip(&s.by_rule)
            .filter(|(_, t)| t.found > 0)
            .collect();
        // The order of rules decides between equals: the sort is stable.
        all.sort_by_key(|(rule, total)| {
            Reverse((
                rule.class,
                rule.sensitive,
                total.distinct.among(total.found),
                total.found,
            ))
        });
        let estimated = all.iter().any(|(_, t)| !t.distinct.is_exact());
        for (rule, total) in all.iter().take(TYPES) {
            let mut class = rule.class.map_or_else(String::new, |c| c.id().to_owned());
            if rule.sensitive {
                if !class.is_empty() {
                    class.push(' ');
                }
                class.push_str(self.word(Word::Sensitive));
            }
            table.row([
                self.title(rule),
                class,
                grouped(total.found),
                distinct(total),
                grouped(total.files),
                format!("{}%", total.top),
            ]);
        }
        table.write(2, self.out)?;
        let rest = all.get(TYPES..).unwrap_or_default();
        if !rest.is_empty() {
            let found = rest
                .iter()
                .fold(0_u64, |n, (_, t)| n.saturating_add(t.found));
            self.filled(2, Word::TypesMore, &[&rest.len(), &grouped(found)])?;
        }
        if estimated {
            let note = self.word(Word::EstimateNote);
            self.prose(2, note)?;
        }
        Ok(())
    }

    fn title(&self, rule: &RuleInfo) -> String {
        let (zh, en) = &rule.title;
        let title = self.options.language.pick(zh, en);
        safe::line(if title.is_empty() { &rule.id } else { title }).into_owned()
    }

    fn riskiest(&mut self) -> io::Result<()> {
        self.heading(Word::Riskiest)?;
        let s = self.summary;
        for (n, risk) in s.riskiest.iter().enumerate() {
            let path = safe::line(&risk.path);
            writeln!(self.out, "  {:>2}. {path}", n + 1)?;
            let language = self.options.language;
            let mut parts: Vec<String> = risk
                .rules
                .iter()
                .take(RISK_TYPES)
                .filter_map(|&(rule, found, values, exact)| {
                    let title = self.title(s.rules().get(usize::from(rule))?);
                    if exact && values == found {
                        return Some(Word::RiskSame.fill(language, &[&title, &grouped(found)]));
                    }
                    let values = approximate(values, exact);
                    Some(Word::RiskItem.fill(language, &[&title, &grouped(found), &values]))
                })
                .collect();
            if risk.rules.len() > RISK_TYPES {
                parts.push(Word::RiskMore.fill(language, &[&risk.rules.len()]));
            }
            self.prose(6, &parts.join(language.pick("，", ", ")))?;
        }
        Ok(())
    }

    fn gaps(&mut self) -> io::Result<()> {
        self.heading(Word::NotRead)?;
        let gaps = &self.summary.gaps;
        let (mut wanted, mut unwanted): (Vec<_>, Vec<_>) =
            gaps.iter().partition(|(kind, _)| kind.is_wanted());
        for list in [&mut wanted, &mut unwanted] {
            list.sort_by_key(|(kind, total)| (Reverse(total.gaps), **kind));
        }
        if unwanted.is_empty() {
            let none = self.word(Word::NoGaps);
            self.line(2, none)?;
        } else {
            for line in wrapped(self.word(Word::NotReadNote), COLUMNS - 2) {
                let line = self.ink(Ink::Yellow, &line);
                self.line(2, &line)?;
            }
            for (kind, total) in unwanted {
                self.gap(*kind, total)?;
            }
        }
        if !wanted.is_empty() {
            let title = self.word(Word::LeftOut);
            self.line(2, title)?;
            for (kind, total) in wanted {
                let name = self.word(gap_title(*kind));
                self.filled(4, Word::ReasonLine, &[&name, &grouped(total.gaps)])?;
            }
        }
        Ok(())
    }

    fn gap(&mut self, kind: GapKind, total: &GapTotal) -> io::Result<()> {
        let name = self.word(gap_title(kind));
        self.filled(2, Word::ReasonLine, &[&name, &grouped(total.gaps)])?;
        for (bytes, locator) in &total.examples {
            let locator = safe::line(locator);
            self.line(6, &format!("{locator} ({})", size(*bytes)))?;
        }
        let more = total.gaps.saturating_sub(total.examples.len() as u64);
        if more > 0 {
            self.filled(6, Word::ReasonMore, &[&grouped(more)])?;
        }
        let advice = self.word(gap_advice(kind));
        self.filled(4, Word::ReasonAdvice, &[&advice])
    }

    fn ending(&mut self) -> io::Result<()> {
        let conditions = self.options.conditions;
        let code = Word::ExitCode.fill(self.options.language, &[&exit_code(conditions)]);
        let title = self.word(Word::Conditions);
        let text = self.ink(Ink::Bold, &format!("{title} ({code})"));
        writeln!(self.out, "\n{text}")?;
        let mut words: Vec<Word> = conditions.iter().map(|&c| condition_word(c)).collect();
        if words.is_empty() {
            words.push(Word::ConditionClean);
        }
        for word in words {
            let text = self.word(word);
            self.prose(2, &format!("- {text}"))?;
        }
        if let Some(job) = self.options.job {
            self.heading(Word::Where)?;
            self.filled(2, Word::WhereJob, &[&safe::line(job)])?;
        }
        Ok(())
    }
}

/// The message for a condition.
pub fn condition_word(condition: Condition) -> Word {
    match condition {
        Condition::Findings => Word::ConditionFindings,
        Condition::Usage => Word::ConditionUsage,
        Condition::Incomplete => Word::ConditionIncomplete,
        Condition::Refused => Word::ConditionRefused,
        Condition::Unproved => Word::ConditionUnproved,
        Condition::Failed => Word::ConditionFailed,
        Condition::Interrupted => Word::ConditionInterrupted,
    }
}

fn distinct(total: &Total) -> String {
    approximate(total.distinct.among(total.found), total.distinct.is_exact())
}

fn approximate(n: u64, exact: bool) -> String {
    if exact {
        grouped(n)
    } else {
        format!("≈{}", grouped(n))
    }
}

#[cfg(test)]
mod tests;
