//! The look at the sources before they go: what is in them, what was not read, who must be told.

use super::{Desk, Locks, roots};
use crate::{
    cli::{
        Trouble, clock, packages, progress,
        setup::{Setup, absolute},
    },
    containers::{self, Entry, Kind, Volumes},
    digest::JobKey,
    handover::persons::{Part, Person, Persons, Rule},
    model::{FileRecord, Listing, Name, State, ValueDigest},
    pipeline::{self, Before, Moved, Progress, Scanned},
    reports::safe,
    scan::{Purpose, Shown},
    store::Earlier,
    walk::{Options, Walker},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// What the look gave.
pub(super) struct Seen {
    /// Lines of the masked inventory, as CSV.
    pub inventory: String,
    /// Lines of the ledger, as CSV.
    pub coverage: String,
    /// The persons, under their keyed ids.
    pub persons: BTreeMap<ValueDigest, Person>,
    /// Findings by rule.
    pub found: BTreeMap<String, u64>,
}

/// Items that are carried, by root and path.
pub(super) fn carried(desk: &Desk<'_>) -> BTreeMap<(u32, Name), u32> {
    let all = desk.plan.carried();
    all.map(|i| ((i.root, i.path.clone()), i.number)).collect()
}

/// A walker over the plan's files alone.
pub(super) fn walker(desk: &Desk<'_>) -> Result<Walker, Trouble> {
    let options = Options {
        leave_out: vec![desk.out.clone(), desk.job.to_path_buf()],
        ..Options::default()
    };
    let wanted: BTreeSet<(u32, Name)> = carried(desk).into_keys().collect();
    Walker::new(roots(desk.plan), &options)
        .map(|w| w.only(wanted))
        .map_err(|e| Trouble::glob(&e, desk.language))
}

/// Scans the plan's files.
pub(super) fn look(desk: &Desk<'_>, setup: &Setup, key: &JobKey) -> Result<Seen, Trouble> {
    let items = carried(desk);
    let mut gather = Gather::new(setup);
    let purpose = Purpose {
        samples: 0,
        all: true,
        shown: if desk.args.readable_list.is_some() {
            Shown::Clear
        } else {
            Shown::Masked
        },
        redact: None,
        values: None,
        everywhere: None,
    };
    let earlier = Earlier::nothing(key);
    let identity = |root: u32, path: &Name| setup.identity(key, root, path);
    let before = Before {
        earlier: &earlier,
        identity: &identity,
        now: &clock::nanoseconds,
        pace: &|_| (),
        moved: Moved::Read,
    };
    let counters = Progress::default();
    let walker = walker(desk)?;
    progress::shown(
        &counters,
        crate::cli::log::Log::plain(desk.language, desk.quiet),
        || {
            let mut sink = |scanned: Scanned| {
                if let Scanned::Read(record) = scanned
                    && let Some(&item) = items.get(&(record.root, record.path.clone()))
                {
                    gather.add(item, &record, setup, key);
                }
                true
            };
            pipeline::scan(
                walker,
                setup.threads,
                setup.reader(key),
                purpose,
                &counters,
                before,
                &mut sink,
            );
        },
    );
    Ok(gather.finish())
}

struct Gather {
    ids: Vec<String>,
    inventory: String,
    coverage: String,
    persons: Persons,
    found: BTreeMap<String, u64>,
}

impl Gather {
    fn new(setup: &Setup) -> Self {
        let rules = &setup.detector.rules().rules;
        let told = rules.iter().map(|rule| {
            let has = |tag: &str| rule.tags.iter().any(|t| t == tag);
            let part = if rule.id.ends_with(".person") || rule.id.contains("person-") {
                Part::Name
            } else if has("identity") {
                Part::Identity
            } else if has("contact") {
                Part::Contact
            } else if has("account") {
                Part::Account
            } else {
                Part::Other
            };
            Rule {
                id: rule.id.clone(),
                part,
                minor: has("pipl.minor"),
            }
        });
        Self {
            ids: rules.iter().map(|r| r.id.clone()).collect(),
            inventory: line(&[
                "item", "file", "format", "bytes", "rule", "found", "distinct",
            ]),
            coverage: line(&["item", "file", "format", "bytes", "state", "reason"]),
            persons: Persons::new(told.collect()),
            found: BTreeMap::new(),
        }
    }

    fn add(&mut self, item: u32, record: &FileRecord, setup: &Setup, key: &JobKey) {
        self.persons.add(item, record);
        if record.listing == Listing::Ahead {
            return;
        }
        let shown = setup.shown(key, record, false);
        let number = item.to_string();
        for entry in &record.entries {
            let (at, format) = (shown.locator(&entry.locator), entry.format.unwrap_or(""));
            let bytes = entry.bytes.to_string();
            let (state, reason) = match entry.state {
                State::Read => ("read", ""),
                State::Partly(kind) => ("partly", kind.id()),
                State::Unread(kind) => ("unread", kind.id()),
            };
            self.coverage
                .push_str(&line(&[&number, &at, format, &bytes, state, reason]));
            let mut counts: BTreeMap<u16, (u64, crate::model::Distinct)> = BTreeMap::new();
            for count in entry.places.iter().flat_map(|p| &p.counts) {
                let sum = counts.entry(count.rule).or_default();
                sum.0 += count.found;
                sum.1.merge(&count.distinct);
            }
            for (rule, (found, distinct)) in counts {
                let id = self.ids.get(usize::from(rule)).cloned().unwrap_or_default();
                let numbers = (found.to_string(), distinct.count().to_string());
                self.inventory.push_str(&line(&[
                    &number, &at, format, &bytes, &id, &numbers.0, &numbers.1,
                ]));
                *self.found.entry(id).or_default() += found;
            }
        }
    }

    fn finish(self) -> Seen {
        Seen {
            inventory: self.inventory,
            coverage: self.coverage,
            persons: self.persons.finish(),
            found: self.found,
        }
    }
}

/// A line of CSV that a spreadsheet takes for text. Standard: RFC 4180.
pub(super) fn line(cells: &[&str]) -> String {
    let mut out = String::new();
    for (n, cell) in cells.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        let cell = safe::cell(cell);
        if cell.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
    out
}

/// The list of persons in clear, in a box of age that is locked like the package, compared after writing.
pub(super) fn readable(
    desk: &Desk<'_>,
    seen: &Seen,
    path: &Path,
    locks: &Locks,
) -> Result<(), Trouble> {
    let Some((lock, key)) = locks.lock() else {
        return Ok(());
    };
    let path = absolute(path);
    let wrong = |e| packages::of_box(&e, &path, desk.language);
    let mut text = String::from("\u{FEFF}");
    text.push_str(&line(&["person", "names", "contacts", "numbers", "files"]));
    for (id, person) in &seen.persons {
        let joined = |at: usize| {
            let all = person
                .clear()
                .get(at)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let all: Vec<&str> = all.iter().map(crate::model::Secret::reveal).collect();
            all.join("; ")
        };
        let files = person.items.len().to_string();
        text.push_str(&line(&[
            &id.to_string(),
            &joined(0),
            &joined(1),
            &joined(2),
            &files,
        ]));
    }
    let folder = path
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    // Written under another name first: what is there is whole.
    let part = format!("{name}.part");
    let beside = folder.join(&part);
    if path.exists() {
        return Err(wrong(containers::ContainerError::Exists));
    }
    let _ = std::fs::remove_file(&beside);
    let volumes = Volumes::create(&folder, &part, None).map_err(wrong)?;
    let mut writer = containers::create(Kind::Age, volumes, lock, [0; 32]).map_err(wrong)?;
    let entry = Entry {
        name: "persons.csv".to_owned(),
        size: text.len() as u64,
        modified: None,
    };
    writer.add(&entry, &mut text.as_bytes()).map_err(wrong)?;
    writer.finish().map_err(wrong)?;
    let digest = crate::digest::Hashes::of(text.as_bytes()).sha256;
    let wanted = [(entry.name, digest)].into();
    containers::compare(Kind::Age, std::slice::from_ref(&beside), key, wanted).map_err(wrong)?;
    std::fs::rename(&beside, &path)?;
    Ok(())
}
