//! Looking things up in a trail.

use super::{AuditError, TRAIL, event_of};
use crate::model::Event;
use std::{fs, io, path::Path};

/// What is asked for; all that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Beginning of the event's name: `erase`.
    pub event: Option<String>,
    /// Beginning of the plan's id, with or without `sha256:`.
    pub plan: Option<String>,
    /// Id of the run.
    pub run: Option<String>,
    /// Number of the business case.
    pub ticket: Option<String>,
    /// Beginning of the operator's key id.
    pub operator: Option<String>,
    /// Keyed identity of a path or person.
    pub fingerprint: Option<String>,
    /// First moment, as text that sorts before or at it: `2026-01`.
    pub from: Option<String>,
    /// Last moment, likewise; a day or month counts as a whole.
    pub to: Option<String>,
}

/// A line that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1.
    pub seq: u64,
    /// What happened.
    pub event: Event,
    /// The line as it stands in the file.
    pub line: String,
}

impl Query {
    /// Whether an event is asked for.
    pub fn takes(&self, event: &Event) -> bool {
        let begins = |asked: &Option<String>, found: Option<&str>| {
            asked.as_ref().is_none_or(|a| {
                found.is_some_and(|f| {
                    f.starts_with(a.as_str())
                        || f.split_once(':')
                            .is_some_and(|(_, rest)| rest.starts_with(a.as_str()))
                })
            })
        };
        let object = event.object.as_ref();
        let fingerprint = self.fingerprint.as_ref().is_none_or(|asked| {
            object.is_some_and(|o| {
                o.path_fp.as_ref() == Some(asked) || o.subject_fp.as_ref() == Some(asked)
            })
        });
        let time = event.time.as_str();
        begins(&self.event, Some(&event.event))
            && begins(&self.plan, event.plan.as_deref())
            && begins(&self.run, event.run.as_deref())
            && self
                .ticket
                .as_ref()
                .is_none_or(|t| event.ticket.as_ref() == Some(t))
            && begins(
                &self.operator,
                event.operator.as_ref().map(|o| o.key.as_str()),
            )
            && fingerprint
            && self.from.as_ref().is_none_or(|from| time >= from.as_str())
            && self
                .to
                .as_ref()
                .is_none_or(|to| time <= to.as_str() || time.starts_with(to.as_str()))
    }
}

/// The lines of a job folder's trail that a query takes, in order, and the number of lines that this
/// program cannot read.
///
/// # Errors
/// When the trail cannot be read.
pub fn rows(dir: &Path, query: &Query) -> io::Result<(Vec<Row>, u64)> {
    let text = fs::read(dir.join(TRAIL))?;
    let mut out = Vec::new();
    let mut unreadable = 0;
    for line in text.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        match event_of(line) {
            Some((seq, event)) if query.takes(&event) => out.push(Row {
                seq,
                event,
                line: String::from_utf8_lossy(line).into_owned(),
            }),
            Some(_) => {}
            None => unreadable += 1,
        }
    }
    Ok((out, unreadable))
}

/// Every line of a job folder's trail; none when there is no trail yet. A last line without its line break was never
/// confirmed to anyone, and is none.
///
/// # Errors
/// `Broken` when this program cannot read one; those of the system.
pub fn confirmed(dir: &Path) -> Result<Vec<Row>, AuditError> {
    let text = match fs::read(dir.join(TRAIL)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let lines = text.get(..whole).unwrap_or_default();
    let lines = lines.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    let read = |(number, line)| {
        let (seq, event) = event_of(line).ok_or(AuditError::Broken(number))?;
        let line = String::from_utf8_lossy(line).into_owned();
        Ok(Row { seq, event, line })
    };
    (1..).zip(lines).map(read).collect()
}
