//! `inkout risk`: how easily rows of a table can be traced to persons.

use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        args::{KAnon, RiskCommand, RiskFormat},
        clock,
        setup::random,
    },
    detect::{DEFAULT_CONFIDENCE, Detector, text_of},
    digest::JobKey,
    formats::{
        Cx, Limits, Sink, Source,
        nest::{Usage, identify},
    },
    model::{
        CellKind, Edit, FileRecord, FormatId, Fragment, GapKind, Headers, Layout, Name, State, Step,
    },
    pseudonyms::risk::{Answer, Change, Column, Question, assess},
    reports::{Condition, safe},
    rules::RuleSet,
    scan::{self, Purpose, Reader, Shown, Which},
    words::{Language, PseudonymWord as Say, Word, gap_title, grouped},
};
use serde::Serialize;
use std::{collections::BTreeMap, fs::File, io::Write, os::unix::ffi::OsStrExt, sync::Arc};

/// Cells held at most.
const CELLS: usize = 40_000_000;
/// Rows among which the names of columns are looked for.
const TOP: usize = 20;

pub(in crate::cli) fn run(
    command: &RiskCommand,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    match command {
        RiskCommand::KAnon(args) => k_anon(args, language),
    }
}

/// A direct identifier that is left in a column.
#[derive(Serialize)]
struct Direct {
    column: String,
    rule: String,
    title: String,
    found: u64,
}

/// The answer as JSON.
#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    quasi_identifiers: &'a [String],
    least: u32,
    sampled: f64,
    #[serde(flatten)]
    answer: &'a Answer,
    direct_identifiers: &'a [Direct],
    pseudonyms: u64,
    grade: u8,
    grade_source: &'a str,
    unread: bool,
    notice: &'a str,
}

/// The columns that are asked for: quasi-identifiers and sensitive ones.
fn asked(args: &KAnon, language: Language) -> Result<(Vec<String>, Vec<String>), Trouble> {
    let trimmed = |names: &[String]| -> Vec<String> {
        let names = names.iter().map(|n| n.trim().to_owned());
        names.filter(|n| !n.is_empty()).collect()
    };
    let (quasi, sensitive) = (trimmed(&args.qi), trimmed(&args.sensitive));
    if quasi.is_empty() {
        return Err(Trouble::usage(Say::RiskBadQuasi.text(language)));
    }
    if !(args.sampled > 0.0 && args.sampled <= 1.0) {
        return Err(Trouble::usage(Say::RiskBadSampled.text(language)));
    }
    Ok((quasi, sensitive))
}

fn k_anon(args: &KAnon, language: Language) -> Result<Vec<Condition>, Trouble> {
    let (quasi, sensitive) = asked(args, language)?;
    let unreadable =
        |e: &dyn std::fmt::Display| Trouble::usage(format!("{}: {e}", args.file.shown()));
    let file = File::open(&args.file).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            Trouble::usage(Word::NoSuchPath.fill(language, &[&args.file.shown()]))
        }
        _ => unreadable(&e),
    })?;
    let mut source = Source::file(&file).map_err(|e| unreadable(&e))?;
    let name = Name::new(args.file.file_name().unwrap_or_default().as_bytes());
    let tables = tables(&mut source, &name);
    if tables.cells > CELLS {
        let most = grouped(CELLS as u64);
        return Err(Trouble::usage(Say::RiskTooLarge.fill(language, &[&most])));
    }
    let wanted: Vec<&str> = quasi.iter().chain(&sensitive).map(String::as_str).collect();
    let Some(columns) = tables.columns(&wanted) else {
        return Err(no_table(&tables.names(), &wanted, language));
    };
    let all: Vec<Column<'_>> = (wanted.iter().zip(&columns))
        .map(|(name, cells)| Column { name, cells })
        .collect();
    let (qi, rest) = all.split_at(quasi.len());
    let question = Question {
        quasi: qi,
        sensitive: rest,
        least: args.k,
        sampled: args.sampled,
    };
    let Some(answer) = assess(&question) else {
        return Err(Trouble::usage(Say::RiskNoRows.text(language)));
    };
    let (direct, pseudonyms) = direct(&mut source, &name, language)?;
    let grade = match () {
        () if !direct.is_empty() => 1,
        () if answer.groups.k_min < args.k => 2,
        () => 3,
    };
    let report = Report {
        schema: 1,
        quasi_identifiers: &quasi,
        least: args.k,
        sampled: args.sampled,
        answer: &answer,
        direct_identifiers: &direct,
        pseudonyms,
        grade,
        grade_source: "GB/T 42460-2023, marked from memory",
        unread: tables.gap.is_some(),
        notice: Say::StillPersonal.text(language),
    };
    let mut out = std::io::stdout().lock();
    if args.format == RiskFormat::Json {
        let json = serde_json::to_string_pretty(&report);
        writeln!(out, "{}", json.map_err(|e| Trouble::failed(e.to_string()))?)?;
    } else {
        say(&report, language, &mut out)?;
    }
    if let Some(kind) = tables.gap {
        let text = Say::RiskUnread.fill(language, &[&gap_title(kind).text(language)]);
        writeln!(std::io::stderr(), "{text}").ok();
        return Ok(vec![Condition::Incomplete]);
    }
    Ok(if grade < 3 {
        vec![Condition::Findings]
    } else {
        Vec::new()
    })
}

/// That no table has the columns that were asked for, and which there are.
fn no_table(names: &[String], wanted: &[&str], language: Language) -> Trouble {
    let shown = |name: &str| crate::cli::shown::text(name);
    // A first row in which something is found is no header but a person's.
    let there = if names.iter().any(|n| shown(n) != safe::line(n)) {
        "…".to_owned()
    } else {
        safe::line(&names.join(", ")).into_owned()
    };
    let asked: Vec<String> = wanted.iter().map(|n| shown(n)).collect();
    Trouble::usage(Say::RiskNoTable.fill(language, &[&asked.join(", "), &there]))
}

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

fn say(report: &Report<'_>, language: Language, out: &mut dyn Write) -> std::io::Result<()> {
    let Answer {
        rows,
        groups: g,
        risks: r,
        ..
    } = report.answer;
    let k = report.least;
    writeln!(out, "{}", Say::RiskTitle.text(language))?;
    let mut line = |text: String| writeln!(out, "  {text}");
    let rows = grouped(u64::from(*rows));
    let quasi = report.quasi_identifiers.join(", ");
    let classes = grouped(u64::from(g.classes));
    line(Say::RiskRows.fill(language, &[&rows, &safe::line(&quasi), &classes]))?;
    let share = percent(g.small_share);
    line(Say::RiskK.fill(
        language,
        &[&g.k_min, &g.unique_rows, &k, &g.small_rows, &share],
    ))?;
    let (max, mean) = (percent(r.prosecutor_max), percent(r.prosecutor_mean));
    line(Say::RiskProsecutor.fill(language, &[&max, &mean]))?;
    line(Say::RiskJournalist.fill(language, &[&percent(r.journalist_max)]))?;
    line(Say::RiskMarketer.fill(language, &[&percent(r.marketer)]))?;
    line(Say::RiskSampled.fill(language, &[&report.sampled]))?;
    for s in &report.answer.sensitive {
        let how = if s.ordered {
            Say::RiskOrdered
        } else {
            Say::RiskEqual
        };
        let (entropy, t) = (
            format!("{:.2}", s.l_entropy),
            format!("{:.3}", s.t_distance),
        );
        line(Say::RiskSensitive.fill(
            language,
            &[
                &safe::line(&s.column),
                &s.l_distinct,
                &entropy,
                &t,
                &how.text(language),
            ],
        ))?;
    }
    for d in report.direct_identifiers {
        line(Say::RiskDirect.fill(language, &[&d.title, &safe::line(&d.column), &d.found]))?;
    }
    if report.direct_identifiers.is_empty() {
        line(Say::RiskNoDirect.text(language).to_owned())?;
    }
    if report.pseudonyms > 0 {
        line(Say::Handled.fill(language, &[&report.pseudonyms]))?;
    }
    let (grade, why) = match report.grade {
        1 => (Say::Grade1, Say::GradeWhy1),
        2 => (Say::Grade2, Say::GradeWhy2),
        _ => (Say::Grade3, Say::GradeWhy3),
    };
    let why = why.fill(language, &[&k]);
    line(Say::RiskGrade.fill(language, &[&grade.text(language), &why]))?;
    advise(report, language, out)?;
    writeln!(out, "{}", report.notice)
}

fn advise(report: &Report<'_>, language: Language, out: &mut dyn Write) -> std::io::Result<()> {
    let small = report.answer.groups.small_rows;
    if small == 0 {
        return Ok(());
    }
    let k = report.least;
    writeln!(out, "{}", Say::RiskAdvice.text(language))?;
    for a in &report.answer.advice {
        let change = match a.change {
            Change::Drop => Say::ChangeDrop,
            Change::Tens => Say::ChangeTens,
            Change::Hundreds => Say::ChangeHundreds,
            Change::Year => Say::ChangeYear,
            Change::Decade => Say::ChangeDecade,
            Change::Two => Say::ChangeTwo,
        };
        let share = percent(a.groups.small_share);
        let text = Say::AdviceChange.fill(
            language,
            &[
                &safe::line(&a.column),
                &change.text(language),
                &a.groups.k_min,
                &k,
                &a.groups.small_rows,
                &share,
            ],
        );
        writeln!(out, "  {text}")?;
    }
    let text = Say::AdviceSuppress.fill(language, &[&grouped(u64::from(small)), &k]);
    writeln!(out, "  {text}")
}

/// What the rules of the program find in the file, by column; and how many pseudonyms are in it.
fn direct(
    source: &mut Source<'_>,
    name: &Name,
    language: Language,
) -> Result<(Vec<Direct>, u64), Trouble> {
    let bad = |e: &dyn std::fmt::Display| Trouble::failed(Word::BadRules.fill(language, &[e]));
    let rules = RuleSet::builtin().map_err(|e| bad(&e))?;
    let detector = Detector::new(Arc::new(rules), DEFAULT_CONFIDENCE)
        .map_err(|e| bad(&e))?
        .on(&clock::now());
    let key = JobKey::new(random()?);
    let limits = Limits::default();
    let reader = Reader {
        detector: &detector,
        key: &key,
        limits: &limits,
    };
    let purpose = Purpose {
        samples: 0,
        all: false,
        shown: Shown::Masked,
        redact: None,
        values: None,
        everywhere: None,
    };
    let which = Which {
        root: 0,
        path: name,
    };
    let (record, _) = scan::file(&reader, which, purpose, source, None);
    Ok((by_column(&record, &detector, language), detector.handled()))
}

fn by_column(record: &FileRecord, detector: &Detector, language: Language) -> Vec<Direct> {
    let mut out: BTreeMap<(String, String), Direct> = BTreeMap::new();
    let places = record.entries.iter().flat_map(|e| &e.places);
    for place in places.filter(|p| p.at.last() != Some(&Step::Name)) {
        for count in place.counts.iter().filter(|c| c.found > 0) {
            let Some(rule) = detector.rule(count.rule) else {
                continue;
            };
            let column = place.header.clone().unwrap_or_default();
            let title = language.pick(&rule.title.0, &rule.title.1).to_owned();
            let slot = out
                .entry((column.clone(), rule.id.clone()))
                .or_insert(Direct {
                    column,
                    rule: rule.id.clone(),
                    title,
                    found: 0,
                });
            slot.found += count.found;
        }
    }
    out.into_values().collect()
}

/// Reads all tables of a file.
fn tables(source: &mut Source<'_>, name: &Name) -> Tables {
    let mut tables = Tables::default();
    let limits = Limits::default();
    let identity = identify(source.head(), name.bytes());
    let mut usage = Usage::new(source.len().unwrap_or(0));
    let mut cx = Cx::new(&mut tables, &limits, &mut usage, name.clone());
    if let Err(e) = cx.run_identified(identity, source, None) {
        tables.gap = Some(e.kind());
    }
    tables
}

#[derive(Default)]
struct Table {
    known: Option<Vec<String>>,
    rows: Vec<Vec<String>>,
    /// Number of the row added last.
    last: u64,
}

/// The tables of a file, in the order they come.
#[derive(Default)]
struct Tables {
    all: Vec<(Vec<Step>, u32, Table)>,
    depth: u32,
    cells: usize,
    gap: Option<GapKind>,
}

impl Table {
    /// The names of the columns and the first row below them.
    fn header(&self, wanted: &[&str]) -> Option<(&[String], usize)> {
        let holds = |names: &[String]| wanted.iter().all(|w| names.iter().any(|n| n == w));
        match &self.known {
            Some(names) => holds(names).then_some((names.as_slice(), 0)),
            None => (self.rows.iter().take(TOP).zip(1..))
                .find(|(row, _)| holds(row))
                .map(|(row, next)| (row.as_slice(), next)),
        }
    }
}

impl Tables {
    /// The cells of columns by name, of the first table that has them all.
    fn columns(&self, wanted: &[&str]) -> Option<Vec<Vec<String>>> {
        let (table, names, from) = self
            .all
            .iter()
            .find_map(|(.., t)| t.header(wanted).map(|(names, from)| (t, names, from)))?;
        let at: Vec<usize> = (wanted.iter())
            .filter_map(|w| names.iter().position(|n| n == w))
            .collect();
        let rows =
            || (table.rows.iter().skip(from)).filter(|row| row.iter().any(|cell| !cell.is_empty()));
        let column = |i: &usize| {
            rows()
                .map(|r| r.get(*i).cloned().unwrap_or_default())
                .collect()
        };
        Some(at.iter().map(column).collect())
    }

    /// Names of columns, for messages: the known ones, or the first row of each table.
    fn names(&self) -> Vec<String> {
        let first = |t: &Table| t.known.clone().or_else(|| t.rows.first().cloned());
        let names = self.all.iter().filter_map(|(.., t)| first(t)).flatten();
        names.filter(|n| !n.is_empty()).take(60).collect()
    }

    fn table(&mut self, at: &[Step], id: u32) -> Option<&mut Table> {
        let index = self.all.iter().rposition(|(a, i, _)| a == at && *i == id);
        let index = index.unwrap_or_else(|| {
            self.all.push((at.to_vec(), id, Table::default()));
            self.all.len() - 1
        });
        self.all.get_mut(index).map(|(.., t)| t)
    }
}

impl Sink for Tables {
    fn text(&mut self, fragment: &Fragment<'_>, _: &mut Vec<Edit>) {
        let Layout::Cells {
            table,
            first_row,
            cells,
        } = fragment.layout
        else {
            return;
        };
        self.cells += cells.len();
        if self.depth > 0 || self.cells > CELLS {
            return;
        }
        let Some(into) = self.table(fragment.at, table.id) else {
            return;
        };
        if let Headers::Known(names) = table.headers {
            into.known
                .get_or_insert_with(|| names.iter().map(|n| n.trim().to_owned()).collect());
        }
        for cell in cells.iter().filter(|c| c.kind != CellKind::Key) {
            let number = first_row + u64::from(cell.row);
            if into.rows.is_empty() || number != into.last {
                into.rows.push(Vec::new());
                into.last = number;
            }
            let text = text_of(
                fragment.bytes.get(cell.range()).unwrap_or_default(),
                fragment.charset,
            );
            let column = cell.column.saturating_sub(1) as usize;
            if let Some(row) = into.rows.last_mut().filter(|_| column < 1 << 16) {
                if row.len() <= column {
                    row.resize(column + 1, String::new());
                }
                if let Some(slot) = row.get_mut(column) {
                    text.trim().clone_into(slot);
                }
            }
        }
    }

    fn gap(&mut self, _: &[Step], kind: GapKind, _: &str) {
        if !kind.is_wanted() {
            self.gap = Some(kind);
        }
    }

    fn encoding(&mut self, _: &'static str) {}

    fn enter(&mut self, _: &Name, _: Option<FormatId>, _: Option<FormatId>) {
        self.depth += 1;
    }

    fn leave(&mut self, _: u64, _: State) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn rename(&mut self, name: &Name) -> Name {
        name.clone()
    }
}
