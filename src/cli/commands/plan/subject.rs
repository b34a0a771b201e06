//! A person's value and the files in which it stands: for holds on persons.

use super::{
    inside::Archive,
    planned::{Found, Roots, plans},
};
use crate::{
    cli::{
        Trouble,
        commands::{archives::Archives, scan::store_trouble},
        desk,
    },
    detect::Detector,
    digest::JobKey,
    formats::{Limits, Source},
    model::{Date, FileRecord, Name, ValueDigest, join},
    policy::Holds,
    scan::{self, Purpose, Reader, Shown, Which},
    store::{self, Store, StoreError},
    words::{Language, PlanWord},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    os::unix::ffi::OsStrExt,
    path::Path,
};

/// The keyed fingerprint of a person's value.
pub(in crate::cli) struct Subject(BTreeSet<ValueDigest>);

/// The files that a person's value stands in.
pub(in crate::cli) struct Where {
    /// Keyed identities of the paths.
    pub paths: BTreeSet<String>,
    /// How many of them are there because nobody could read all of them.
    pub unread: u64,
    /// Plans of the job that cannot be read: what stands in them alone was not looked at.
    pub plans_unread: u64,
}

const EVERYTHING: Purpose<'static> = Purpose {
    samples: 0,
    all: true,
    shown: Shown::Masked,
    redact: None,
    values: None,
    everywhere: None,
};

impl Subject {
    /// From a value as a person writes it. It must be one that the rules recognise by itself.
    pub(in crate::cli) fn of(
        value: &str,
        key: &JobKey,
        detector: &Detector,
        language: Language,
    ) -> Result<Self, Trouble> {
        let limits = Limits::default();
        let reader = Reader {
            detector,
            key,
            limits: &limits,
        };
        let name = Name::from("subject.txt");
        let which = Which {
            root: 0,
            path: &name,
        };
        let mut source = Source::slice(value.as_bytes());
        let (record, _) = scan::file(&reader, which, EVERYTHING, &mut source, None);
        let found: BTreeSet<ValueDigest> = record.findings.iter().map(|f| f.digest).collect();
        if found.is_empty() {
            return Err(Trouble::usage(PlanWord::SubjectUnknown.text(language)));
        }
        Ok(Self(found))
    }

    /// From the keyed fingerprint of a value.
    pub(in crate::cli) fn known(digest: ValueDigest) -> Self {
        Self([digest].into())
    }

    /// The values as they stand in a hold.
    pub(in crate::cli) fn ids(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(ToString::to_string)
    }

    fn is_in(&self, record: &FileRecord) -> bool {
        record.findings.iter().any(|f| self.0.contains(&f.digest))
    }

    /// Reads every file of the inventory that holds anything, or was not read wholly, where it lies or where it waits
    /// in quarantine, and what stands in a plan of the job but not, or no longer, in the inventory: in quarantine, too,
    /// or in a sealed archive alone. Gives those in which the value stands. What cannot be read wholly is taken to
    /// hold it.
    #[expect(
        clippy::too_many_lines,
        reason = "one search through all places where a file can stand"
    )]
    pub(in crate::cli) fn find(
        &self,
        job: &Path,
        detector: &Detector,
        language: Language,
    ) -> Result<Where, Trouble> {
        let said = |e: StoreError| store_trouble(&e, job, language);
        let key = store::load_key(job).map_err(said)?;
        let store = Store::open(job).map_err(said)?;
        let limits = Limits::default();
        let reader = Reader {
            detector,
            key: &key,
            limits: &limits,
        };
        let mut out = Where {
            paths: BTreeSet::new(),
            unread: 0,
            plans_unread: 0,
        };
        let (mut listed, mut absent) = (BTreeSet::new(), BTreeSet::new());
        let mut records = store.reader().map_err(said)?;
        while let Some(stored) = records.next_record().map_err(said)? {
            let record = &stored.record;
            listed.insert(stored.shown.file.to_string());
            let empty = record.entries.iter().all(|e| e.places.is_empty());
            if empty && record.is_complete() {
                continue;
            }
            let root = store
                .roots()
                .get(record.root as usize)
                .cloned()
                .unwrap_or_default();
            let path = join(&root, &record.path);
            let path = Path::new(std::ffi::OsStr::from_bytes(path.bytes()));
            let which = Which {
                root: record.root,
                path: &record.path,
            };
            let fp = stored.shown.file.to_string();
            let Ok(file) = File::open(path) else {
                // It may wait in quarantine, or lie in an archive.
                absent.insert(fp);
                continue;
            };
            self.look(&reader, which, Source::file(&file).ok(), fp, &mut out);
        }
        let told = Archives::read(job, language)?;
        let keys = desk::key_list(job, None, language).ok();
        let (plans, plans_unread) = plans(job, language);
        out.plans_unread = plans_unread;
        for plan in plans {
            let roots = Roots::of(&plan);
            let archive = Archive::of(job, &plan, (&told, keys.as_ref(), desk::today()));
            let mut inside = BTreeMap::new();
            for item in &plan.items {
                let file = match roots.find(&plan, item) {
                    Found::Waiting(file) => Some(file),
                    Found::Gone => {
                        if archive.as_ref().is_some_and(|a| a.has(item)) {
                            inside.insert(item.number, item);
                        }
                        continue;
                    }
                    _ if listed.contains(&item.path_fp) => continue,
                    Found::There(file) => Some(file),
                    Found::Unknown => None,
                };
                let which = Which {
                    root: item.root,
                    path: &item.path,
                };
                let fp = item.path_fp.clone();
                let source = file.as_ref().and_then(|f| Source::file(f).ok());
                absent.remove(&fp);
                self.look(&reader, which, source, fp, &mut out);
            }
            if let Some(archive) = archive.filter(|_| !inside.is_empty()) {
                archive.read(&inside, &mut |item, bytes| {
                    absent.remove(&item.path_fp);
                    let which = Which {
                        root: item.root,
                        path: &item.path,
                    };
                    let source = bytes.map(Source::slice);
                    self.look(&reader, which, source, item.path_fp.clone(), &mut out);
                });
            }
        }
        for fp in absent {
            out.unread += u64::from(out.paths.insert(fp));
        }
        Ok(out)
    }

    /// Reads one file and notes it when the value stands in it, or when nobody can tell.
    fn look(
        &self,
        reader: &Reader<'_>,
        which: Which<'_>,
        source: Option<Source<'_>>,
        fp: String,
        out: &mut Where,
    ) {
        if out.paths.contains(&fp) {
            return;
        }
        let read =
            source.map(|mut source| scan::file(reader, which, EVERYTHING, &mut source, None).0);
        match &read {
            Some(now) if self.is_in(now) => {}
            Some(now) if now.is_complete() => return,
            _ => out.unread += 1,
        }
        out.paths.insert(fp);
    }
}

/// Looks again for the persons of all holds: files may have come since a hold was added.
pub(super) fn refresh(
    holds: &mut Holds,
    job: &Path,
    detector: &Detector,
    today: Date,
    language: Language,
) -> Result<(), Trouble> {
    for hold in holds.holds.iter_mut().filter(|h| h.is_active(today)) {
        let values = hold.subject.iter().chain(&hold.also);
        let digest = |text: &String| {
            let digest = crate::digest::unhex(text)?;
            <[u8; 16]>::try_from(digest).ok().map(ValueDigest)
        };
        let subject = Subject(values.filter_map(digest).collect());
        if subject.0.is_empty() {
            continue;
        }
        hold.paths
            .extend(subject.find(job, detector, language)?.paths);
    }
    Ok(())
}
