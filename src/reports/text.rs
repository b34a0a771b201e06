//! The summary for the terminal: what was found, where it is worst, what was not read and what to do.

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
    /// The roots as typed, for the commands that come next.
    pub roots: &'a [String],
    /// Whether every finding was kept.
    pub listed: Listed,
    /// Every condition that was met.
    pub conditions: &'a [Condition],
}

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

    fn filled(
        &mut self,
        indent: usize,
        word: Word,
        arguments: &[&dyn std::fmt::Display],
    ) -> io::Result<()> {
        let text = word.fill(self.options.language, arguments);
        self.line(indent, &text)
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
        let text = match verdict {
            Word::VerdictClean => text,
            Word::VerdictCleanIncomplete => self.ink(Ink::Yellow, &text),
            _ => self.ink(Ink::Red, &text),
        };
        self.line(0, &text)
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
        self.line(2, note)
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
        let mut table = Table::new(&[Side::Left, Side::Right, Side::Right, Side::Left]);
        table.row(
            [
                Word::ColumnCategory,
                Word::ColumnFound,
                Word::ColumnDistinct,
                Word::ColumnSource,
            ]
            .map(|w| self.word(w).to_owned()),
        );
        for (tag, total) in counted {
            let title = self.options.language.pick(&tag.zh, &tag.en);
            let memory = self.word(Word::FromMemory);
            table.row([
                format!("{title}{}", if tag.from_memory { memory } else { "" }),
                grouped(total.found),
                distinct(total),
                tag.source.clone(),
            ]);
        }
        table.write(2, self.out)?;
        if s.combined > 0 {
            self.filled(2, Word::Combined, &[&grouped(s.combined)])?;
        }
        let note = self.word(Word::CategoriesNote);
        self.line(2, note)
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
            self.line(2, note)?;
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
                    let values = approximate(values, exact);
                    Some(Word::RiskItem.fill(language, &[&title, &grouped(found), &values]))
                })
                .collect();
            if risk.rules.len() > RISK_TYPES {
                parts.push(Word::RiskMore.fill(language, &[&risk.rules.len()]));
            }
            self.line(6, &parts.join(language.pick("，", ", ")))?;
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
            let note = self.ink(Ink::Yellow, self.word(Word::NotReadNote));
            self.line(2, &note)?;
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
            self.line(2, &format!("- {text}"))?;
        }
        if let Some(job) = self.options.job {
            self.heading(Word::Where)?;
            self.filled(2, Word::WhereJob, &[&safe::line(job)])?;
        }
        Ok(())
    }

    fn next_steps(&mut self) -> io::Result<()> {
        let s = self.summary;
        let roots: Vec<String> = self
            .options
            .roots
            .iter()
            .map(|r| safe::argument(r))
            .collect();
        let roots = roots.join(" ");
        let mut steps = Vec::new();
        if s.found() > 0 {
            let out = self.word(Word::OutputFolder);
            let command = format!("inkout redact {roots} --out {out}");
            steps.push((Word::NextRedact, command));
            if self.options.listed == Listed::Samples {
                let command =
                    format!("inkout scan {roots} --all-findings --format jsonl > findings.jsonl");
                steps.push((Word::NextAll, command));
            }
        }
        if s.incomplete > 0 {
            steps.push((Word::NextGaps, format!("inkout scan {roots}")));
            let file = self.word(Word::SomeFile);
            steps.push((Word::NextText, format!("inkout text {file}")));
        }
        if steps.is_empty() {
            return Ok(());
        }
        self.heading(Word::NextSteps)?;
        for (why, command) in steps {
            let why = self.word(why);
            self.line(2, why)?;
            self.line(4, &command)?;
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
mod tests {
    use super::*;
    use crate::reports::fixture;

    fn page(language: Language, colour: Colour, take: usize) -> String {
        let mut summary = Summary::new(fixture::rules());
        for (record, shown) in fixture::records().iter().take(take) {
            summary.add(record, shown);
        }
        let mut conditions = Vec::new();
        if summary.found() > 0 {
            conditions.push(Condition::Findings);
        }
        if summary.incomplete > 0 {
            conditions.push(Condition::Incomplete);
        }
        let roots = ["share".to_owned(), "-my files".to_owned()];
        let options = TextOptions {
            language,
            colour,
            job: Some("/tmp/inkout-job"),
            roots: &roots,
            listed: Listed::Samples,
            conditions: &conditions,
        };
        let mut out = Vec::new();
        write(&summary, &options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const ZH: &str = r"扫描结果
========
在 2 个文件里发现 12 处个人或金融信息；另有内容没有读到（见下）。

总计
  文件 5 个，共 22 KiB
  压缩包和文档内的成员 2 个
  读完 2，部分读取 1，未读 1，按要求略过 1
  扩展名与内容不符的文件和成员 1 个

按级别
  级别  发现  不同值  文件
  C2      12       8     2
  敏感    11       7     2
  级别按 JR/T 0171-2020；“敏感”指《个人信息保护法》第二十八条的敏感个人信息

按法律与标准
  类别          发现  不同值  依据
  敏感个人信息    11       7  个人信息保护法 第二十八条
  同一处发现可属多类；标“凭记忆”的对应关系未与标准原文核对

发现了什么
  类型            级别     发现  不同值  文件  最高可信度
  居民身份证号码  C2 敏感    11       7     2         95%
  手机号码        C2          1       1     1         80%

风险最高的文件
   1. share/客户.zip
      居民身份证号码 9 处（7 个不同值）
   2. share/note.txt
      居民身份证号码 2 处（2 个不同值），手机号码 1 处（1 个不同值）

没有读到的内容
  下列内容可能含有个人信息，只是没有读到：
  有密码：1 处
      share/客户.zip!locked.7z (700 B)
    怎么办：向文件所有者要密码：zip、7z、PDF、Office 用 --password-file 带上密码再扫描，其他解密后放回再扫描；不能确认前按含有敏感信息处理。
  图片，不识别文字：1 处
      share/scan.png (1000 B)
    怎么办：扫描件、身份证照片要人工检查，或先做文字识别。
  按要求略过
    符号链接，不跟随：1 处

结束状态 (退出码 3)
  - 有发现：达到 --fail-on 的个人或金融信息
  - 不完整：有内容未读或只读了一部分，或有操作失败

结果在哪里
  作业目录：/tmp/inkout-job（含原始路径和作业密钥，只有本人可读，请勿外发）

下一步
  生成脱敏副本（原文件不动）：
    inkout redact share './-my files' --out 输出目录
  列出每一处发现：
    inkout scan share './-my files' --all-findings --format jsonl > findings.jsonl
  处理上面没有读到的内容后再扫描一次：
    inkout scan share './-my files'
  看扫描程序从某个文件读到了什么（会显示原值）：
    inkout text 某个文件
";

    const EN: &str = r"Scan result
===========
No personal or financial data was found, and everything was read. (But for what was left out on purpose.)

Totals
  2 files, 1000 B
  read 1, partly read 0, not read 0, left out on purpose 1

What was not read
  Nothing: all content was read.
  Left out on purpose
    A symbolic link, not followed: 1

How it ended (exit code 0)
  - Clean: nothing at or above --fail-on, and all that was to be read was read

Where the results lie
  Job folder: /tmp/inkout-job (holds raw paths and the job's key; readable by you alone, do not send it on)
";

    #[test]
    fn the_chinese_page() {
        let page = page(Language::Zh, Colour::Never, 9);
        assert_eq!(page, ZH);
    }

    #[test]
    fn the_english_page_of_a_clean_share() {
        assert_eq!(page(Language::En, Colour::Never, 2), EN);
    }

    #[test]
    fn no_value_is_shown_and_colour_only_when_asked_for() {
        for language in Language::ALL {
            let plain = page(language, Colour::Never, 9);
            let coloured = page(language, Colour::Ansi, 9);
            assert!(!plain.contains(fixture::PLANTED) && !plain.contains('\x1b'));
            let bare = coloured
                .replace("\x1b[1m", "")
                .replace("\x1b[31m", "")
                .replace("\x1b[33m", "")
                .replace("\x1b[0m", "");
            assert_ne!(coloured, plain);
            assert_eq!(bare, plain);
        }
    }
}
