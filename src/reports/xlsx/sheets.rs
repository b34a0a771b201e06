//! The sheets of the workbook.

use super::sheet::{Cell, Kind, Looks, Sheet, put};
use crate::{
    model::{Listing, State},
    reports::{
        Class, RuleInfo,
        exposure::level,
        missing,
        overview::{Covered, Given, Overview, Row},
        places,
        told::Told,
    },
    rules::tags,
    words::{Language, ReportWord, Word, format_name, gap_advice, gap_title},
};
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use Kind::{Day, Number, Percent, Text};

fn title(rule: &RuleInfo, language: Language) -> &str {
    language.pick(&rule.title.0, &rule.title.1)
}

fn level_name(level: u8, language: Language) -> &'static str {
    let (zh, en) = tags::level_title(level);
    language.pick(zh, en)
}

/// What the whole comes to.
pub(super) fn summary(all: &Overview, given: &Given<'_>) -> Result<Worksheet, XlsxError> {
    let language = given.language;
    let looks = Looks::new();
    let mut sheet = Worksheet::new();
    sheet.set_name(ReportWord::SheetSummary.text(language))?;
    for (column, width) in [
        (0, 34.0),
        (1, 22.0),
        (2, 14.0),
        (3, 14.0),
        (4, 14.0),
        (5, 14.0),
    ] {
        sheet.set_column_width(column, width)?;
    }
    sheet.write_string_with_format(0, 0, ReportWord::Title.text(language), &looks.title)?;
    let run = given.run;
    let roots = run.roots.join(" ");
    let unfinished = ReportWord::NotEnded.text(language);
    let about = [
        (ReportWord::Scanned, roots.as_str()),
        (ReportWord::Started, &run.started),
        (
            ReportWord::Ended,
            run.ended.as_deref().unwrap_or(unfinished),
        ),
        (ReportWord::Made, &run.made),
        (ReportWord::Version, &run.version),
        (ReportWord::RulesDigest, &run.rules_digest),
    ];
    let mut row = 2;
    for (word, text) in about {
        sheet.write_string_with_format(row, 0, word.text(language), &looks.label)?;
        put(&mut sheet, &looks, (row, 1), &Cell::Text(text))?;
        row += 1;
    }
    row += 1;
    let s = &all.summary;
    for (label, n) in [
        (ReportWord::Files.text(language), s.files),
        (ReportWord::MembersHead.text(language), s.members),
        (ReportWord::Bytes.text(language), s.bytes),
        (
            ReportWord::FilesWithFindings.text(language),
            s.with_findings,
        ),
        (ReportWord::Findings.text(language), s.found()),
        (
            ReportWord::FalseAlarms.text(language),
            all.summary.false_alarms,
        ),
        (ReportWord::Persons.text(language), all.persons.at_least().0),
        (Word::StateRead.text(language), s.read),
        (Word::StatePartly.text(language), s.partly),
        (Word::StateUnread.text(language), s.unread),
        (ReportWord::LeftOutFiles.text(language), s.left_out),
        (ReportWord::NotWhollyRead.text(language), s.incomplete),
    ] {
        sheet.write_string_with_format(row, 0, label, &looks.label)?;
        put(&mut sheet, &looks, (row, 1), &Cell::Number(n))?;
        row += 1;
    }
    types(&mut sheet, &looks, all, given, row + 1)?;
    Ok(sheet)
}

fn types(
    sheet: &mut Worksheet,
    looks: &Looks,
    all: &Overview,
    given: &Given<'_>,
    first: u32,
) -> Result<(), XlsxError> {
    let language = given.language;
    let heads = [
        Word::ColumnType.text(language),
        ReportWord::RuleName.text(language),
        ReportWord::Level.text(language),
        Word::ColumnFound.text(language),
        Word::ColumnDistinct.text(language),
        Word::ColumnFiles.text(language),
    ];
    for (at, head) in (0_u16..).zip(heads) {
        sheet.write_string_with_format(first, at, head, &looks.head)?;
    }
    let found = given.rules.iter().zip(&all.summary.by_rule);
    let mut found: Vec<_> = found.filter(|(_, t)| t.found > 0).collect();
    found.sort_by_key(|(rule, t)| (std::cmp::Reverse((level(rule), t.found)), &rule.id));
    for (row, (rule, total)) in (first + 1..).zip(&found) {
        let cells = [
            Cell::Text(title(rule, language)),
            Cell::Text(&rule.id),
            Cell::Text(level_name(level(rule), language)),
            Cell::Number(total.found),
            Cell::Number(total.distinct.among(total.found)),
            Cell::Number(total.files),
        ];
        for (at, cell) in (0_u16..).zip(&cells) {
            put(sheet, looks, (row, at), cell)?;
        }
    }
    Ok(())
}

/// Files, the most exposed first.
pub(super) fn files(
    book: &mut Workbook,
    all: &Overview,
    given: &Given<'_>,
) -> Result<Worksheet, XlsxError> {
    let language = given.language;
    let w = |word: ReportWord| word.text(language);
    let mut sheet = Sheet::new(
        book,
        w(ReportWord::SheetFiles),
        &[
            (w(ReportWord::Path), Text, 60.0),
            (w(ReportWord::Exposure), Number, 12.0),
            (w(ReportWord::Level), Text, 16.0),
            (w(ReportWord::Class), Text, 12.0),
            (Word::ColumnFound.text(language), Number, 10.0),
            (Word::ColumnDistinct.text(language), Number, 10.0),
            (w(ReportWord::Types), Text, 44.0),
            (w(ReportWord::Format), Text, 18.0),
            (w(ReportWord::Bytes), Number, 14.0),
            (w(ReportWord::Coverage), Text, 12.0),
            (w(ReportWord::Why), Text, 28.0),
            (w(ReportWord::Owner), Text, 14.0),
            (w(ReportWord::Group), Text, 14.0),
            (w(ReportWord::RightsShort), Text, 12.0),
            (w(ReportWord::Changed), Day, 12.0),
            (w(ReportWord::FalseAlarms), Number, 10.0),
            (w(ReportWord::FileId), Text, 36.0),
        ],
    )?;
    let mut rows: Vec<&Row> = all.rows.list().iter().collect();
    rows.sort_by_key(|r| (std::cmp::Reverse(r.score), r.number));
    for row in rows {
        file(&mut sheet, row, all, given)?;
    }
    sheet.leave_out(all.rows.more);
    sheet.finish(language)
}

fn file(sheet: &mut Sheet, row: &Row, all: &Overview, given: &Given<'_>) -> Result<(), XlsxError> {
    let language = given.language;
    let folder = all.folders.path(row.folder);
    let path = if folder.is_empty() {
        row.name.clone()
    } else {
        format!("{folder}/{}", row.name)
    };
    let rules: Vec<(&RuleInfo, u64)> = row
        .rules
        .iter()
        .filter_map(|r| Some((given.rules.get(usize::from(r.rule))?, r.found)))
        .collect();
    let types: Vec<String> = rules
        .iter()
        .map(|(rule, found)| format!("{} {found}", title(rule, language)))
        .collect();
    let types = types.join(language.pick("、", ", "));
    let class = rules.iter().filter_map(|(rule, _)| rule.class).max();
    let covered = match row.covered {
        Covered::Read => Word::StateRead,
        Covered::Partly => Word::StatePartly,
        Covered::Unread => Word::StateUnread,
        Covered::LeftOut => Word::LeftOut,
    };
    let format = format_name(row.format).map_or(row.format.unwrap_or(""), |w| w.text(language));
    let held = row.held.as_ref();
    let owner = held.map(|h| (h.owner_shown(), h.group_shown(), h.rights()));
    let (owner, group, rights) = owner.unwrap_or_default();
    let distinct = row.rules.iter().map(|r| r.distinct).sum();
    sheet.row(&[
        Cell::Text(&path),
        Cell::Number(row.score),
        if rules.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(level_name(row.level, language))
        },
        Cell::Text(class.map_or("", Class::id)),
        Cell::Number(row.found()),
        Cell::Number(distinct),
        Cell::Text(&types),
        Cell::Text(format),
        Cell::Number(row.bytes),
        Cell::Text(covered.text(language)),
        Cell::Text(row.gap.map_or("", |g| gap_title(g).text(language))),
        Cell::Text(&owner),
        Cell::Text(&group),
        Cell::Text(&rights),
        held.map_or(Cell::Empty, |h| Cell::Day(h.modified.div_euclid(86_400))),
        Cell::Number(row.false_alarms),
        Cell::Text(&row.id.to_string()),
    ])
}

/// Columns of tables, still empty.
pub(super) fn columns(book: &mut Workbook, language: Language) -> Result<Sheet, XlsxError> {
    let w = |word: ReportWord| word.text(language);
    Sheet::new(
        book,
        w(ReportWord::SheetColumns),
        &[
            (w(ReportWord::Path), Text, 60.0),
            (w(ReportWord::Place), Text, 24.0),
            (w(ReportWord::Column), Number, 8.0),
            (w(ReportWord::ColumnName), Text, 24.0),
            (w(ReportWord::CellsHead), Number, 12.0),
            (Word::ColumnType.text(language), Text, 24.0),
            (w(ReportWord::RuleName), Text, 24.0),
            (w(ReportWord::Level), Text, 16.0),
            (Word::ColumnFound.text(language), Number, 10.0),
            (Word::ColumnDistinct.text(language), Number, 10.0),
            (w(ReportWord::ShareOfCells), Percent, 10.0),
            (Word::ColumnTop.text(language), Number, 10.0),
        ],
    )
}

/// Adds the columns of a file.
#[expect(
    clippy::cast_precision_loss,
    reason = "a share of cells, shown in whole percent"
)]
pub(super) fn add_columns(
    sheet: &mut Sheet,
    told: &Told<'_>,
    given: &Given<'_>,
) -> Result<(), XlsxError> {
    for at in places::of(told.record) {
        let (Some(column), Some(rule)) = (at.column(), given.rules.get(usize::from(at.count.rule)))
        else {
            continue;
        };
        let (found, cells) = (at.count.found, at.place.cells);
        sheet.row(&[
            Cell::Text(&told.shown.path),
            Cell::Text(&at.shown(told.shown)),
            Cell::Number(u64::from(column)),
            Cell::Text(at.place.header.as_deref().unwrap_or("")),
            Cell::Number(cells),
            Cell::Text(title(rule, given.language)),
            Cell::Text(&rule.id),
            Cell::Text(level_name(level(rule), given.language)),
            Cell::Number(found),
            Cell::Number(at.count.distinct.among(found)),
            if cells == 0 {
                Cell::Empty
            } else {
                Cell::Percent(found.min(cells) as f64 / cells as f64)
            },
            Cell::Number(u64::from(at.count.top)),
        ])?;
    }
    Ok(())
}

/// Identifiers of persons.
pub(super) fn persons(
    book: &mut Workbook,
    all: &Overview,
    given: &Given<'_>,
) -> Result<Worksheet, XlsxError> {
    let language = given.language;
    let w = |word: ReportWord| word.text(language);
    let mut sheet = Sheet::new(
        book,
        w(ReportWord::SheetPersons),
        &[
            (Word::ColumnType.text(language), Text, 28.0),
            (w(ReportWord::RuleName), Text, 26.0),
            (w(ReportWord::KeyedId), Text, 22.0),
            (w(ReportWord::Masked), Text, 30.0),
            (Word::ColumnFiles.text(language), Number, 10.0),
            (w(ReportWord::Remarks), Text, 24.0),
        ],
    )?;
    for (rule, key, subject) in all.persons.listed() {
        let Some(info) = given.rules.get(usize::from(rule)) else {
            continue;
        };
        let remark = if all.persons.is_document(rule) {
            ReportWord::OnePersonEach
        } else {
            ReportWord::MayShare
        };
        sheet.row(&[
            Cell::Text(title(info, language)),
            Cell::Text(&info.id),
            Cell::Text(&key),
            Cell::Text(&subject.masked),
            Cell::Number(u64::from(subject.files)),
            Cell::Text(remark.text(language)),
        ])?;
    }
    sheet.leave_out(all.persons.more);
    sheet.finish(language)
}

/// What was not read, still empty.
pub(super) fn gaps(book: &mut Workbook, language: Language) -> Result<Sheet, XlsxError> {
    let w = |word: ReportWord| word.text(language);
    Sheet::new(
        book,
        w(ReportWord::SheetGaps),
        &[
            (w(ReportWord::Place), Text, 70.0),
            (w(ReportWord::Why), Text, 30.0),
            (w(ReportWord::ByIntentShort), Text, 12.0),
            (w(ReportWord::Coverage), Text, 12.0),
            (w(ReportWord::Bytes), Number, 14.0),
            (w(ReportWord::WhatToDo), Text, 60.0),
            (w(ReportWord::Remarks), Text, 40.0),
        ],
    )
}

/// Adds what was not read of a file.
pub(super) fn add_gaps(
    sheet: &mut Sheet,
    told: &Told<'_>,
    given: &Given<'_>,
) -> Result<(), XlsxError> {
    let language = given.language;
    let record = told.record;
    if record.listing == Listing::Ahead {
        return Ok(());
    }
    for gap in record.entries.iter().flat_map(|e| missing(record, e)) {
        let place = told.shown.locator(&gap.entry.locator) + &told.shown.place(gap.at);
        let state = match gap.entry.state {
            State::Read => Word::StateRead,
            State::Partly(_) => Word::StatePartly,
            State::Unread(_) => Word::StateUnread,
        };
        let wanted = if gap.kind.is_wanted() {
            ReportWord::Yes.text(language)
        } else {
            ""
        };
        sheet.row(&[
            Cell::Text(&place),
            Cell::Text(gap_title(gap.kind).text(language)),
            Cell::Text(wanted),
            Cell::Text(state.text(language)),
            Cell::Number(gap.entry.bytes),
            Cell::Text(gap_advice(gap.kind).text(language)),
            Cell::Text(gap.note),
        ])?;
    }
    Ok(())
}
