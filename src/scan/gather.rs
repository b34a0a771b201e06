//! [`Gather`]: what a format hands over → findings added up by place.

use super::{Reader, Which, everywhere::Everywhere, remembered::Remembered};
use crate::{
    detect::{self, Detector, Found, Pass, Tables, text_of},
    formats::Sink,
    model::{
        CellAt, CellKind, Count, Distinct, Edit, Entry, FileRecord, Finding, FormatId, Fragment,
        Gap, GapKind, Layout, Locator, Name, Place, Secret, Span, State, Step,
    },
    rules::Profile,
};

/// What the findings are for.
#[derive(Clone, Copy)]
pub struct Purpose<'a> {
    /// Masked samples kept for each rule and place.
    pub samples: usize,
    /// Keep every finding.
    pub all: bool,
    /// How values are shown.
    pub shown: Shown,
    /// Mask them in a copy, in this form.
    pub redact: Option<Profile>,
    /// Gets every value that was redacted, for the check of the copy.
    pub values: Option<&'a (dyn Tally + 'a)>,
    /// Values to find wherever they stand.
    pub everywhere: Option<&'a Everywhere>,
}

impl std::fmt::Debug for Purpose<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Purpose")
            .field("samples", &self.samples)
            .field("all", &self.all)
            .finish_non_exhaustive()
    }
}

/// Whether findings carry the value in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Masked only.
    Masked,
    /// In clear as well, because the user asked for it.
    Clear,
}

/// Takes note of values that must not be in a copy.
pub trait Tally: Sync {
    /// One value as it was written.
    fn note(&self, rule: u16, value: &str);
}

/// Gaps kept one by one for a file or member; more are only counted.
const GAPS: usize = 200;
/// Places kept for a file or member; findings past them are added to the last.
const PLACES: usize = 20_000;
/// Bytes looked back for the start of a line.
const LINE: usize = 64 << 10;

struct Open<'d> {
    entry: Entry,
    pass: Pass<'d>,
    more_gaps: u64,
    /// Index into the entry's places for each column of the table or page seen last.
    at: Vec<Step>,
    columns: Vec<u32>,
    whole: u32,
}

/// Adds up what is found in one file. See [`Sink`].
pub struct Gather<'d> {
    reader: Reader<'d>,
    purpose: Purpose<'d>,
    root: u32,
    path: Name,
    /// Entries that are finished or begun, in order of their beginning.
    entries: Vec<Option<Entry>>,
    open: Vec<(usize, Open<'d>)>,
    findings: Vec<Finding>,
    edits: Vec<Edit>,
    found: Vec<Found>,
    remembered: Remembered,
    /// Findings that were left out because they are allowed.
    allowed: u64,
}

impl std::fmt::Debug for Gather<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gather({} entries)", self.entries.len())
    }
}

const NONE: u32 = u32::MAX;

impl<'d> Gather<'d> {
    /// For one file.
    pub fn new(reader: &Reader<'d>, which: Which<'_>, purpose: Purpose<'d>) -> Self {
        Self {
            reader: *reader,
            purpose,
            root: which.root,
            path: which.path.clone(),
            entries: Vec::new(),
            open: Vec::new(),
            findings: Vec::new(),
            edits: Vec::new(),
            found: Vec::new(),
            remembered: Remembered::default(),
            allowed: 0,
        }
    }

    fn detector(&self) -> &'d Detector {
        self.reader.detector
    }

    /// Begins the file itself; its path is read as text.
    pub fn begin(&mut self, format: Option<FormatId>, clash: Option<FormatId>) {
        self.begin_silently(format);
        if let Some((_, open)) = self.open.last_mut() {
            open.entry.clash = clash;
        }
        let path = self.path.clone();
        self.name_text(&path);
    }

    /// Begins the file without reading its name again.
    pub fn begin_silently(&mut self, format: Option<FormatId>) {
        let locator = Locator(vec![Step::File(self.path.clone())]);
        self.push(locator, format, None);
    }

    /// Takes over what another segment of the file learnt of its tables.
    pub fn know(&mut self, tables: &Tables) {
        if let Some((_, open)) = self.open.last_mut() {
            open.pass.know(tables);
        }
    }

    /// What was learnt of the file's tables.
    pub fn tables(&self) -> Tables {
        self.open
            .last()
            .map(|(_, o)| o.pass.tables())
            .unwrap_or_default()
    }

    fn push(&mut self, locator: Locator, format: Option<FormatId>, clash: Option<FormatId>) {
        let entry = Entry {
            locator,
            format,
            encoding: None,
            bytes: 0,
            state: State::Read,
            clash,
            gaps: Vec::new(),
            places: Vec::new(),
        };
        let pass = self.detector().begin();
        let open = Open {
            entry,
            pass,
            more_gaps: 0,
            at: Vec::new(),
            columns: Vec::new(),
            whole: NONE,
        };
        self.open.push((self.entries.len(), open));
        self.entries.push(None);
    }

    /// Reads a name as text.
    fn name_text(&mut self, name: &Name) {
        let text = name.text().into_owned();
        self.scan(&Fragment::whole(&[Step::Name], &text, None));
    }

    /// After a panic: closes what is still open but for the file itself.
    pub fn unwound(&mut self) {
        while self.open.len() > 1 {
            self.leave(0, State::Unread(GapKind::Crashed));
        }
        self.gap(&[], GapKind::Crashed, "the reader failed");
    }

    /// Ends the file.
    pub fn finish(mut self, bytes: u64, state: State) -> FileRecord {
        while !self.open.is_empty() {
            self.leave(bytes, state);
        }
        FileRecord {
            path: self.path,
            root: self.root,
            entries: self.entries.into_iter().flatten().collect(),
            findings: self.findings,
            listing: crate::model::Listing::Here,
            attributes: None,
            allowed: self.allowed,
        }
    }

    fn scan(&mut self, fragment: &Fragment<'_>) {
        let Some((_, open)) = self.open.last_mut() else {
            return;
        };
        open.count_cells(fragment);
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        found.extend_from_slice(open.pass.text(fragment));
        self.remembered.find(fragment, &mut found);
        if let Some(everywhere) = self.purpose.everywhere {
            everywhere.find(fragment, &mut found);
        }
        let all = found.len();
        found.retain(|f| {
            let bytes = fragment.bytes.get(f.range()).unwrap_or_default();
            let detector = self.reader.detector;
            let in_line = || {
                matches!(fragment.layout, Layout::Lines { .. })
                    && detector.allows_in_line(f.rule, fragment.bytes, f.range())
            };
            !(detector.allows(self.path.bytes(), f.rule, bytes, fragment.charset) || in_line())
        });
        self.allowed += (all - found.len()) as u64;
        open.name_columns(fragment);
        if found.is_empty() {
            self.found = found;
            return;
        }
        if let Some(profile) = self.purpose.redact {
            detect::edits(
                self.reader.detector,
                self.reader.key,
                profile,
                fragment,
                &found,
                open.beside(fragment),
                &mut self.edits,
            );
        }
        if let Some(values) = self.purpose.values {
            for f in &found {
                let bytes = fragment.bytes.get(f.range()).unwrap_or_default();
                values.note(f.rule, &text_of(bytes, fragment.charset));
            }
        }
        let mut lines = Lines::new(fragment);
        for f in &found {
            record(
                &self.reader,
                &self.purpose,
                open,
                fragment,
                f,
                &mut lines,
                &mut self.findings,
            );
        }
        self.found = found;
    }
}

/// Adds one finding to its place, and keeps it as a sample or for the list.
fn record(
    reader: &Reader<'_>,
    purpose: &Purpose<'_>,
    open: &mut Open<'_>,
    fragment: &Fragment<'_>,
    f: &Found,
    lines: &mut Lines<'_>,
    all: &mut Vec<Finding>,
) {
    let bytes = fragment.bytes.get(f.range()).unwrap_or_default();
    let digest = reader
        .detector
        .digest(reader.key, f.rule, bytes, fragment.charset);
    let cell = match fragment.layout {
        Layout::Cells { cells, .. } => cells.get(f.cell as usize),
        _ => None,
    };
    let index = open.place(fragment, cell);
    let Some(count) = open
        .entry
        .places
        .get_mut(index)
        .and_then(|p| count_of(&mut p.counts, f.rule))
    else {
        return;
    };
    count.found += 1;
    count.distinct.add(digest.short());
    count.top = count.top.max(f.confidence.percent());
    let keep = count.samples.len() < purpose.samples;
    if !keep && !purpose.all {
        return;
    }
    let Some(finding) = finding(
        reader,
        purpose,
        &open.entry.locator,
        fragment,
        f,
        cell,
        lines,
        digest,
    ) else {
        return;
    };
    if purpose.all {
        all.push(finding.clone());
    }
    let count = open
        .entry
        .places
        .get_mut(index)
        .and_then(|p| count_of(&mut p.counts, f.rule));
    if let Some(count) = count.filter(|_| keep) {
        count.samples.push(finding);
    }
}

/// The count of one rule among those of a place, which are in the order of rules.
fn count_of(counts: &mut Vec<Count>, rule: u16) -> Option<&mut Count> {
    let at = counts
        .iter()
        .position(|c| c.rule >= rule)
        .unwrap_or(counts.len());
    if counts.get(at).is_none_or(|c| c.rule != rule) {
        counts.insert(
            at,
            Count {
                rule,
                found: 0,
                distinct: Distinct::default(),
                top: 0,
                samples: Vec::new(),
            },
        );
    }
    counts.get_mut(at)
}

/// One finding in full.
#[expect(
    clippy::too_many_arguments,
    reason = "all of it describes the one finding"
)]
fn finding(
    reader: &Reader<'_>,
    purpose: &Purpose<'_>,
    entry: &Locator,
    fragment: &Fragment<'_>,
    f: &Found,
    cell: Option<&CellAt>,
    lines: &mut Lines<'_>,
    digest: crate::model::ValueDigest,
) -> Option<Finding> {
    let value = text_of(
        fragment.bytes.get(f.range()).unwrap_or_default(),
        fragment.charset,
    );
    let (line, column) = lines.place(f.start as usize);
    let mut locator = entry.clone();
    locator.0.extend_from_slice(fragment.at);
    match fragment.layout {
        Layout::Cells { first_row, .. } => {
            if let Some(c) = cell {
                locator.0.push(Step::Cell {
                    row: first_row + u64::from(c.row),
                    column: c.column,
                });
            }
        }
        Layout::Lines { .. } => locator.0.push(Step::Line(line)),
        Layout::Whole => {}
    }
    Some(Finding {
        rule: f.rule,
        locator,
        bytes: fragment
            .base
            .map(|b| (b + u64::from(f.start), b + u64::from(f.end))),
        column,
        span: Span::new(f.start as usize, f.end as usize)?,
        masked: reader.detector.mask(f.rule, Profile::Display, &value, None),
        digest,
        confidence: f.confidence,
        reasons: f.reasons,
        value: (purpose.shown == Shown::Clear).then(|| Secret::new(value.as_ref())),
    })
}

impl Open<'_> {
    /// What the columns of a fragment's table tell of each row's person.
    fn beside(&self, fragment: &Fragment<'_>) -> detect::Beside {
        match fragment.layout {
            Layout::Cells {
                table,
                first_row,
                cells,
            } => {
                let last = first_row - 1 + cells.last().map_or(0, |c| u64::from(c.row));
                if self.pass.tells_birth(table.id, last) {
                    detect::Beside::Birth
                } else {
                    detect::Beside::Nothing
                }
            }
            _ => detect::Beside::Nothing,
        }
    }

    /// Adds up the cells that are not empty, by column.
    fn count_cells(&mut self, fragment: &Fragment<'_>) {
        let Layout::Cells { cells, .. } = fragment.layout else {
            return;
        };
        self.turn_to(fragment.at);
        for cell in cells
            .iter()
            .filter(|c| c.start < c.end && c.kind != CellKind::Key)
        {
            let slot = cell.column.saturating_sub(1) as usize;
            if slot >= self.columns.len() {
                if slot >= PLACES {
                    continue;
                }
                self.columns.resize(slot + 1, NONE);
            }
            let index = match self.columns.get(slot) {
                Some(&NONE) | None => self.new_place(Some(cell.column)),
                Some(&i) => i as usize,
            };
            if let Some(place) = self.entry.places.get_mut(index) {
                place.cells += 1;
            }
        }
    }

    /// Gives the places of a table's columns their names, once the first block was read.
    fn name_columns(&mut self, fragment: &Fragment<'_>) {
        let Layout::Cells {
            table,
            first_row,
            cells,
        } = fragment.layout
        else {
            return;
        };
        if !table.first {
            return;
        }
        let last = first_row - 1 + cells.last().map_or(0, |c| u64::from(c.row));
        for &index in self.columns.iter().filter(|&&i| i != NONE) {
            let Some(place) = self.entry.places.get_mut(index as usize) else {
                continue;
            };
            let header = place
                .column
                .and_then(|c| self.pass.header(table.id, last, c));
            place.header = header.filter(|h| !h.is_empty()).map(shown_header);
        }
    }

    /// Makes `at` the table, page or part that places are looked up for.
    fn turn_to(&mut self, at: &[Step]) {
        if self.at == at && (self.whole != NONE || !self.columns.is_empty()) {
            return;
        }
        self.at.clear();
        self.at.extend_from_slice(at);
        self.columns.clear();
        self.whole = NONE;
        for (i, place) in (0u32..).zip(&self.entry.places) {
            if place.at != at {
                continue;
            }
            match place.column {
                None => self.whole = i,
                Some(column) => {
                    let slot = column.saturating_sub(1) as usize;
                    if slot >= self.columns.len() {
                        self.columns.resize(slot + 1, NONE);
                    }
                    if let Some(s) = self.columns.get_mut(slot) {
                        *s = i;
                    }
                }
            }
        }
    }

    fn new_place(&mut self, column: Option<u32>) -> usize {
        if self.entry.places.len() >= PLACES {
            return PLACES - 1;
        }
        let index = self.entry.places.len();
        let number = u32::try_from(index).unwrap_or(NONE);
        self.entry.places.push(Place {
            at: self.at.clone(),
            column,
            ..Place::default()
        });
        match column {
            None => self.whole = number,
            Some(c) => {
                if let Some(slot) = self.columns.get_mut(c.saturating_sub(1) as usize) {
                    *slot = number;
                }
            }
        }
        index
    }

    /// Index of the place that a finding is added to.
    fn place(&mut self, fragment: &Fragment<'_>, cell: Option<&CellAt>) -> usize {
        self.turn_to(fragment.at);
        match cell {
            Some(c) if (c.column as usize) <= self.columns.len() => {
                match self.columns.get(c.column.saturating_sub(1) as usize) {
                    Some(&i) if i != NONE => i as usize,
                    _ => self.new_place(Some(c.column)),
                }
            }
            _ if self.whole == NONE => self.new_place(None),
            _ => self.whole as usize,
        }
    }
}

/// Line and column of places in running text, worked out going forward.
struct Lines<'a> {
    fragment: &'a Fragment<'a>,
    line: u64,
    at: usize,
    counted: bool,
}

impl<'a> Lines<'a> {
    fn new(fragment: &'a Fragment<'a>) -> Self {
        let (line, counted) = match fragment.layout {
            Layout::Lines { first } => (first, true),
            _ => (0, false),
        };
        Self {
            fragment,
            line,
            at: fragment.own.start,
            counted,
        }
    }

    /// Line from 1 and column of the character in it, from 1.
    fn place(&mut self, at: usize) -> (u64, Option<u32>) {
        if !self.counted {
            return (0, None);
        }
        let bytes = self.fragment.bytes;
        if at >= self.at {
            let between = bytes.get(self.at..at).unwrap_or_default();
            self.line += memchr::memchr_iter(b'\n', between).count() as u64;
            self.at = at;
        }
        let from = at.saturating_sub(LINE);
        let back = bytes.get(from..at).unwrap_or_default();
        let start = match memchr::memrchr(b'\n', back) {
            Some(i) => from + i + 1,
            None if from == 0 => 0,
            None => return (self.line, None),
        };
        let text = text_of(
            bytes.get(start..at).unwrap_or_default(),
            self.fragment.charset,
        );
        (self.line, u32::try_from(text.chars().count() + 1).ok())
    }
}

impl Sink for Gather<'_> {
    fn text(&mut self, fragment: &Fragment<'_>, edits: &mut Vec<Edit>) {
        self.edits.clear();
        self.scan(fragment);
        edits.append(&mut self.edits);
    }

    fn remember(&mut self, text: &str) {
        self.remembered.add(text, &self.found, self.open.len());
    }

    fn gap(&mut self, at: &[Step], kind: GapKind, note: &str) {
        let Some((_, open)) = self.open.last_mut() else {
            return;
        };
        if open.entry.gaps.len() >= GAPS {
            open.more_gaps += 1;
            return;
        }
        open.entry.gaps.push(Gap {
            at: at.to_vec(),
            kind,
            note: note.to_owned(),
        });
    }

    fn encoding(&mut self, name: &'static str) {
        if let Some((_, open)) = self.open.last_mut() {
            open.entry.encoding = Some(name);
        }
    }

    fn enter(&mut self, name: &Name, format: Option<FormatId>, clash: Option<FormatId>) {
        let mut locator = self
            .open
            .last()
            .map(|(_, o)| o.entry.locator.clone())
            .unwrap_or_default();
        locator.0.push(Step::Member(name.clone()));
        self.push(locator, format, clash);
        self.name_text(name);
        self.edits.clear();
    }

    fn leave(&mut self, bytes: u64, state: State) {
        let Some((index, mut open)) = self.open.pop() else {
            return;
        };
        self.remembered.forget(self.open.len());
        open.entry.bytes = bytes;
        open.entry.state = state;
        if open.more_gaps > 0
            && let Some(last) = open.entry.gaps.last_mut()
        {
            last.note = format!("{} (and {} more gaps)", last.note, open.more_gaps);
        }
        open.entry
            .places
            .retain(|p| !p.counts.is_empty() || p.header.is_some());
        if let Some(slot) = self.entries.get_mut(index) {
            *slot = Some(open.entry);
        }
    }

    fn rename(&mut self, name: &Name) -> Name {
        let Some(profile) = self.purpose.redact else {
            return name.clone();
        };
        // A name that is not UTF-8 and holds something is written as it was read for that.
        match masked(&self.reader, &name.text(), profile) {
            // Characters that file systems refuse become a plain mark.
            Some(shown) => Name::new(
                shown
                    .replace(
                        ':',
                        if profile == Profile::Pseudonym {
                            "-"
                        } else {
                            "X"
                        },
                    )
                    .replace(['*', '?', '<', '>', '|', ':', '"'], "X")
                    .into_bytes(),
            ),
            None => name.clone(),
        }
    }
}

/// A name with what was found in it masked; `None` when there is nothing.
pub fn masked(reader: &Reader<'_>, name: &str, profile: Profile) -> Option<String> {
    let mut pass = reader.detector.begin();
    let fragment = Fragment::whole(&[Step::Name], name, None);
    let found = pass.text(&fragment).to_vec();
    if found.is_empty() {
        return None;
    }
    let mut edits = Vec::new();
    detect::edits(
        reader.detector,
        reader.key,
        profile,
        &fragment,
        &found,
        detect::Beside::Nothing,
        &mut edits,
    );
    let mut out = String::new();
    let mut at = 0;
    for e in &edits {
        out.push_str(name.get(at..e.span.start()).unwrap_or_default());
        out.extend(e.with.chars().map(|c| {
            if matches!(c, '/' | '\\' | '\0') {
                '-'
            } else {
                c
            }
        }));
        at = e.span.end();
    }
    out.push_str(name.get(at..).unwrap_or_default());
    Some(out)
}

/// The name of a column as it may be shown: short and with few digits.
fn shown_header(header: &str) -> String {
    let plain =
        header.chars().count() <= 40 && header.chars().filter(char::is_ascii_digit).count() <= 4;
    if plain {
        header.to_owned()
    } else {
        "…".to_owned()
    }
}

/// Adds a later segment's record to an earlier one's; its lines and rows begin after `lines`.
pub(super) fn append(first: &mut FileRecord, next: FileRecord, lines: u64) {
    let shift = |f: &mut Finding| {
        for step in &mut f.locator.0 {
            match step {
                Step::Line(n) => *n += lines,
                Step::Cell { row, .. } => *row += lines,
                _ => {}
            }
        }
    };
    first.allowed += next.allowed;
    for mut f in next.findings {
        shift(&mut f);
        first.findings.push(f);
    }
    let (Some(into), Some(from)) = (first.entries.first_mut(), next.entries.into_iter().next())
    else {
        return;
    };
    into.bytes += from.bytes;
    into.gaps.extend(from.gaps);
    into.gaps.truncate(GAPS);
    if into.state == State::Read {
        into.state = from.state;
    }
    for mut place in from.places {
        for c in &mut place.counts {
            c.samples.iter_mut().for_each(shift);
        }
        match into
            .places
            .iter_mut()
            .find(|p| p.at == place.at && p.column == place.column)
        {
            None => into.places.push(place),
            Some(p) => merge_place(p, place),
        }
    }
}

fn merge_place(into: &mut Place, from: Place) {
    into.cells += from.cells;
    for c in from.counts {
        match into.counts.iter_mut().find(|x| x.rule == c.rule) {
            None => {
                into.counts.push(c);
                into.counts.sort_by_key(|c| c.rule);
            }
            Some(x) => {
                x.found += c.found;
                x.distinct.merge(&c.distinct);
                x.top = x.top.max(c.top);
            }
        }
    }
}
