//! Reads copies again before they are released, by another way than the one that wrote them.
//!
//! Three looks: the bytes of the copy, packed and unpacked, are searched for every original value of
//! eight characters or more in every encoding; the copy is scanned with the same rules, and nothing
//! may be left to find; a workbook is also read by a second, independent reader.

pub mod residue;

use crate::{
    digest::JobKey,
    formats::{Source, Spill, legacy},
    model::{FileRecord, FormatId, Locator, Name, State, Step},
    scan::{self, Purpose, Reader, Shown, Tally, Which},
};
use std::{
    fs::File,
    io::{self, Seek, SeekFrom},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// The values that must not be in a copy, as keyed digests.
#[derive(Debug)]
pub struct Originals {
    values: Mutex<residue::Values>,
    noted: AtomicU64,
}

impl Originals {
    /// None yet. When they are very many, digests wait in a file.
    pub fn new(key: &JobKey, spill: &Spill) -> Self {
        let values = residue::Values::new(key).spilling(spill.clone());
        Self {
            values: Mutex::new(values),
            noted: AtomicU64::new(0),
        }
    }

    /// How many values were noted, repeats included.
    pub fn len(&self) -> u64 {
        self.noted.load(Ordering::Relaxed)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Tally for Originals {
    fn note(&self, _: u16, value: &str) {
        self.noted.fetch_add(1, Ordering::Relaxed);
        self.values
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(value);
    }
}

/// Why a copy must not be released.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be read again.
    #[error("the copy cannot be read again: {0}")]
    Unreadable(String),
    /// An original value, or something else to redact, is still in it.
    #[error("the copy still holds a value: {0}")]
    Residue(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error.kind().to_string())
    }
}

/// Checks a copy, which may be `converted` to another format than its source's; `left` gets what a second scan finds in it. Gives the number of values that were too short to be searched for in its bytes.
///
/// # Errors
/// Why it must not be released; where, never what.
pub fn copy(
    reader: &Reader<'_>,
    target: &Name,
    converted: Option<FormatId>,
    record: &FileRecord,
    originals: Originals,
    copy: &File,
    left: &dyn Tally,
) -> Result<u64, Fault> {
    let mut values = originals
        .values
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .sets();
    let limits = residue::Limits {
        depth: reader.limits.depth,
        ..residue::Limits::default()
    };
    values.each(&mut |set| {
        let mut at = copy;
        at.seek(SeekFrom::Start(0))?;
        searched(&residue::search(set, &mut at, &limits)?)
    })?;
    let format = converted.or(record.entries.first().and_then(|e| e.format));
    rescan(reader, target, format, record, copy, left)?;
    values.each(&mut |set| second_reader(reader, format, set, copy))?;
    Ok(values.short())
}

/// Scans the copy with the same rules: it must be as readable as its source, and clean.
fn rescan(
    reader: &Reader<'_>,
    target: &Name,
    format: Option<FormatId>,
    record: &FileRecord,
    copy: &File,
    left: &dyn Tally,
) -> Result<(), Fault> {
    let purpose = Purpose {
        samples: 1,
        all: false,
        shown: Shown::Masked,
        redact: None,
        values: Some(left),
        everywhere: None,
    };
    let mut source = Source::file(copy).map_err(|e| Fault::Unreadable(e.to_string()))?;
    let which = Which {
        root: record.root,
        path: target,
    };
    let (again, _) = scan::file(reader, which, purpose, &mut source, None);
    let Some(new) = again.entries.first() else {
        return Err(Fault::Unreadable("no record".into()));
    };
    if new.format != format {
        return Err(Fault::Unreadable(
            "it is no longer a file of its format".into(),
        ));
    }
    if matches!(new.state, State::Unread(_)) {
        return Err(Fault::Unreadable("its reader refuses it".into()));
    }
    let left = again
        .entries
        .iter()
        .flat_map(|e| &e.places)
        .flat_map(|p| &p.counts)
        .find(|c| c.found > 0);
    match left {
        None => Ok(()),
        Some(count) => {
            let at = count
                .samples
                .first()
                .map(|s| nameless(&s.locator.0))
                .unwrap_or_default();
            let rule = reader
                .detector
                .rule(count.rule)
                .map_or("", |r| r.id.as_str());
            Err(Fault::Residue(format!(
                "a second scan finds {rule} at {at}"
            )))
        }
    }
}

/// A place by its numbers alone: the name of a member, sheet or field may be the very value that is
/// still there, and what is said of a fault must not show it.
fn nameless(steps: &[Step]) -> Locator {
    let named = |s: &&Step| {
        matches!(
            s,
            Step::File(_) | Step::Member(_) | Step::Sheet(_) | Step::Field(_) | Step::Part(_)
        )
    };
    Locator(steps.iter().filter(|s| !named(s)).cloned().collect())
}

/// Reads the cells of a workbook with another reader and looks for the values in them.
fn second_reader(
    reader: &Reader<'_>,
    format: Option<FormatId>,
    values: &residue::Sealed,
    copy: &File,
) -> Result<(), Fault> {
    let Some(kind @ ("xlsx" | "xls" | "ods")) = format else {
        return Ok(());
    };
    let mut source = Source::file(copy).map_err(|e| Fault::Unreadable(e.to_string()))?;
    let limits = residue::Limits {
        depth: 0,
        ..residue::Limits::default()
    };
    let mut search = residue::Search::new(values, &limits);
    let mut each = |cell: &str| {
        search.push(cell.as_bytes());
        search.push(b"\n");
    };
    let read = legacy::each_cell(kind, &mut source, reader.limits, &mut each);
    // Of ODS it refuses some that are sound; what it read until then is looked at.
    if let Err(e) = read
        && kind != "ods"
    {
        return Err(Fault::Unreadable(format!(
            "a second reader refuses it: {e}"
        )));
    }
    if search.finish().found.is_empty() {
        Ok(())
    } else {
        Err(Fault::Residue("in a cell, seen by a second reader".into()))
    }
}

/// What a search of the copy's bytes means for its release.
fn searched(report: &residue::Outcome) -> Result<(), Fault> {
    if let Some(found) = report.found.first() {
        let within = if found.within.is_empty() {
            ""
        } else {
            " of an unpacked part"
        };
        return Err(Fault::Residue(format!("at byte {}{within}", found.offset)));
    }
    if let Some(gap) = report.unsearched.first() {
        return Err(Fault::Unreadable(format!(
            "not all of it could be searched: {}",
            gap.note
        )));
    }
    if report.over > 0 {
        return Err(Fault::Unreadable(format!(
            "{} values were too many to be searched for",
            report.over
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_no_member_sheet_or_field() {
        let steps = [
            Step::File(Name::from("13800138000.zip")),
            Step::Member(Name::from("13800138000.xlsx")),
            Step::Sheet("13800138000".into()),
            Step::Cell { row: 3, column: 2 },
        ];
        assert_eq!(nameless(&steps).to_string(), "#R3C2");
        let field = [Step::Field("$13800138000".into()), Step::Line(4)];
        assert_eq!(nameless(&field).to_string(), "#L4");
    }

    /// Checks `copy` as the redacted form of `source`; `name` is the name of both.
    fn checked(source: &str, copied: &[u8], name: &str) -> Result<u64, Fault> {
        use std::io::Write as _;
        let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
        let detector =
            crate::detect::Detector::new(rules, crate::detect::DEFAULT_CONFIDENCE).unwrap();
        let key = JobKey::new([5; 32]);
        let reader = Reader {
            detector: &detector,
            key: &key,
            limits: &crate::formats::Limits::default(),
        };
        let name = Name::from(name);
        let originals = Originals::new(&key, &Spill::default());
        let purpose = Purpose {
            samples: 1,
            all: false,
            shown: Shown::Masked,
            redact: Some(crate::rules::Profile::Strict),
            values: Some(&originals),
            everywhere: None,
        };
        let which = Which {
            root: 0,
            path: &name,
        };
        let mut source = Source::slice(source.as_bytes());
        let (record, _) = scan::file(&reader, which, purpose, &mut source, None);
        assert!(!originals.is_empty());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(copied).unwrap();
        copy(
            &reader,
            &name,
            None,
            &record,
            originals,
            &file,
            &scan::Gathered::default(),
        )
    }

    const SOURCE: &str = "姓名：张三丰，身份证号 11010519491231002X\n";

    #[test]
    fn a_copy_without_its_values_is_released() {
        assert_eq!(
            checked(
                SOURCE,
                "姓名：***，身份证号 ******************\n".as_bytes(),
                "a.txt"
            ),
            Ok(1)
        );
    }

    #[test]
    fn a_value_left_in_the_bytes_is_found_in_any_writing() {
        let left = "姓名：***，备注 110105 19491231 002X\n";
        let wide: Vec<u8> = left.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for copied in [left.as_bytes(), &wide] {
            let fault = checked(SOURCE, copied, "a.txt").unwrap_err();
            assert!(
                matches!(&fault, Fault::Residue(at) if at.starts_with("at byte")),
                "{fault}"
            );
            assert!(!fault.to_string().contains("1949"));
        }
    }

    #[test]
    fn a_value_too_short_for_the_bytes_is_found_by_the_second_scan() {
        let fault = checked(
            SOURCE,
            "姓名：张三丰，身份证号 ******************\n".as_bytes(),
            "a.txt",
        );
        assert!(
            matches!(&fault, Err(Fault::Residue(at)) if at.contains("second scan finds cn.person")),
            "{fault:?}"
        );
    }

    #[test]
    fn a_copy_that_is_no_longer_of_its_format_is_not_released() {
        let json = "{\"姓名\":\"张三丰\",\"身份证号\":\"11010519491231002X\"}";
        let fault = checked(json, b"PK\x03\x04 no more", "a.json");
        assert!(matches!(fault, Err(Fault::Unreadable(_))), "{fault:?}");
    }
}
