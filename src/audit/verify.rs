//! Whether a trail holds.

use super::{Checkpoint, Head, NoteError, TRAIL, note};
use std::{fs, io, path::Path};

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// This line is not the one that belongs there; its number, from 1. What follows was not looked at.
    Line(u64),
    /// The last line has no end: this many bytes.
    Torn(u64),
    /// A checkpoint is none, or its signature does not hold; its name.
    Note(String, NoteError),
    /// The trail is shorter than a checkpoint says: lines there, lines that there were.
    Short(u64, u64),
    /// The first lines are others than a checkpoint says; their number.
    Other(u64),
    /// A checkpoint belongs to another trail, or another key signed it.
    Foreign(String),
}

/// What a check gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Lines that hold.
    pub size: u64,
    /// Root of the tree over them.
    pub root: [u8; 32],
    /// Checkpoints beside the trail that agree.
    pub checkpoints: u64,
    /// Checkpoints from elsewhere that agree.
    pub outside: u64,
    /// Lines that the largest agreeing checkpoint from elsewhere covers.
    pub covered: u64,
    /// The key that signs the trail.
    pub key: Option<String>,
    /// What does not hold.
    pub faults: Vec<Fault>,
}

impl Report {
    /// Whether everything holds.
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Checks the trail of a job folder: its chain, the checkpoints beside it, and those that were kept
/// elsewhere (name and text). Only the latter show a cut tail or a chain made anew.
///
/// # Errors
/// When files cannot be read.
pub fn verify(dir: &Path, outside: &[(String, String)]) -> io::Result<Report> {
    let bytes = match fs::read(dir.join(TRAIL)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound && !outside.is_empty() => Vec::new(),
        other => other?,
    };
    let mut faults = Vec::new();
    let mut notes = Vec::new();
    let beside = note::all(dir)?;
    let parsed = outside
        .iter()
        .map(|(n, t)| (n.clone(), Checkpoint::parse(t)));
    for (is_outside, (name, found)) in beside
        .into_iter()
        .map(|n| (false, n))
        .chain(parsed.map(|n| (true, n)))
    {
        match found {
            Ok(checkpoint) => notes.push((is_outside, name, checkpoint)),
            Err(error) => faults.push(Fault::Note(name, error)),
        }
    }
    let mut head = Head::new();
    let mut roots = vec![(0, head.tree.root(), head.tree.sm3_root())];
    let wanted = |size: u64| notes.iter().any(|(_, _, c)| c.size == size);
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let (lines, rest) = bytes.split_at(whole);
    for line in lines.split_inclusive(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if !head.follows(line) {
            faults.push(Fault::Line(head.size() + 1));
            break;
        }
        head.push(line);
        if wanted(head.size()) {
            roots.push((head.size(), head.tree.root(), head.tree.sm3_root()));
        }
    }
    if !rest.is_empty() {
        faults.push(Fault::Torn(rest.len() as u64));
    }
    // The outside ones say which trail it is; without one, the newest beside it.
    let chosen = notes.iter().rev().max_by_key(|(out, _, _)| *out);
    let key = chosen.map(|(_, _, c)| c.key.clone());
    let mut report = Report {
        size: head.size(),
        root: head.tree.root(),
        checkpoints: 0,
        outside: 0,
        covered: 0,
        key,
        faults,
    };
    for (is_outside, name, checkpoint) in &notes {
        compare(&mut report, &roots, *is_outside, name, checkpoint);
    }
    Ok(report)
}

type Root = (u64, [u8; 32], [u8; 32]);

fn compare(report: &mut Report, roots: &[Root], is_outside: bool, name: &str, c: &Checkpoint) {
    if report.key.as_ref() != Some(&c.key) {
        report.faults.push(Fault::Foreign(name.to_owned()));
    } else if c.size > report.size {
        report.faults.push(Fault::Short(report.size, c.size));
    } else if !roots.contains(&(c.size, c.root, c.sm3)) {
        report.faults.push(Fault::Other(c.size));
    } else if is_outside {
        report.outside += 1;
        report.covered = report.covered.max(c.size);
    } else {
        report.checkpoints += 1;
    }
}
