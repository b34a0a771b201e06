//! Which files a hold keeps: by path, by keyed id, by what was found in them, by business case, by person.

use crate::{
    cli::{
        Trouble,
        args::plans::HoldAdd,
        commands::{
            plan::{FoundRules, Subject, plans},
            scan::store_trouble,
        },
        desk, erasing, secret,
    },
    detect::Detector,
    digest::unhex,
    model::{Item, ValueDigest},
    plan::PlanFile,
    policy::Hold,
    reports::Condition,
    store::{self, Store, StoreError, Stored},
    walk::PathGlobs,
    words::{Language, PlanWord},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Fewest digits by which a file is named.
const FEWEST: usize = 8;

/// What a hold is to keep.
#[derive(Default)]
pub(super) struct Files {
    /// Keyed identities of the paths.
    pub paths: BTreeSet<String>,
    /// Keyed fingerprint of the person's value.
    pub subject: Option<String>,
    /// Those of other values of the person.
    pub also: Vec<String>,
    /// Files that are among them because nobody could read all of them.
    pub unread: u64,
    /// Plans of the job that cannot be read.
    pub plans_unread: u64,
}

/// The files that the arguments name.
pub(super) fn named(
    args: &HoldAdd,
    job: &Path,
    detector: &Detector,
    language: Language,
) -> Result<Files, Trouble> {
    if let Some(file) = &args.subject_file {
        let said = |e: StoreError| store_trouble(&e, job, language);
        let key = store::load_key(job).map_err(said)?;
        let value = secret::first_line(file, language)?;
        return of_person(
            &Subject::of(&value, &key, detector, language)?,
            job,
            detector,
            language,
        );
    }
    if let Some(id) = &args.person {
        let digest = unhex(id).and_then(|d| <[u8; 16]>::try_from(d).ok());
        let digest = digest
            .ok_or_else(|| Trouble::usage(PlanWord::HoldBadId.fill(language, &[&"--person"])))?;
        return of_person(
            &Subject::known(ValueDigest(digest)),
            job,
            detector,
            language,
        );
    }
    let mut out = Files::default();
    if args.all {
        return Ok(out);
    }
    let globs = PathGlobs::new(&args.path).map_err(|e| Trouble::glob(&e, language))?;
    let of_id = |fp: &str| args.file.iter().any(|id| fp.starts_with(id.as_str()));
    let is_id = |id: &String| {
        (FEWEST..=32).contains(&id.len())
            && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    if !args.file.iter().all(is_id) {
        let text = PlanWord::HoldBadId.fill(language, &[&"--file"]);
        return Err(Trouble::usage(text));
    }
    let said = |e: StoreError| store_trouble(&e, job, language);
    let store = Store::open(job).map_err(said)?;
    let run = store.run().map_err(said)?;
    if !args.found.is_empty() && run.rules_digest != detector.rules().digest {
        let text = PlanWord::OtherRules.text(language).to_owned();
        return Err(Trouble {
            condition: Condition::Refused,
            text,
        });
    }
    let rules = FoundRules::new(store.rules(), detector.rules());
    let mut reader = store.reader().map_err(said)?;
    while let Some(stored) = reader.next_record().map_err(said)? {
        let fp = stored.shown.file.to_string();
        let path = stored.record.path.bytes();
        let takes = (!args.path.is_empty() && globs.names(path))
            || of_id(&fp)
            || has_found(&rules, &stored, &args.found);
        if takes {
            out.paths.insert(fp);
        }
    }
    let (plans, unread) = plans(job, language);
    out.plans_unread = unread;
    for plan in &plans {
        let is_case = args.ticket.contains(&plan.ticket);
        for item in &plan.items {
            let takes = is_case
                || (!args.path.is_empty() && globs.names(item.path.bytes()))
                || of_id(&item.path_fp)
                || was_found(item, &rules, &args.found);
            if takes {
                out.paths.insert(item.path_fp.clone());
            }
        }
    }
    for id in &args.file {
        // One id, one file: a beginning that fits several would keep what nobody meant.
        if out.paths.iter().filter(|fp| fp.starts_with(id)).count() != 1 {
            return Err(Trouble::usage(PlanWord::HoldNoFile.fill(language, &[id])));
        }
    }
    Ok(out)
}

fn of_person(
    person: &Subject,
    job: &Path,
    detector: &Detector,
    language: Language,
) -> Result<Files, Trouble> {
    let found = person.find(job, detector, language)?;
    let mut ids = person.ids();
    Ok(Files {
        paths: found.paths,
        subject: ids.next(),
        also: ids.collect(),
        unread: found.unread,
        plans_unread: found.plans_unread,
    })
}

/// Whether a rule, tag or class of these was found in a file of the inventory.
fn has_found(rules: &FoundRules, stored: &Stored, what: &[String]) -> bool {
    if what.is_empty() {
        return false;
    }
    let (by_rule, classes, tags) = rules.of(&stored.record);
    what.iter()
        .any(|w| by_rule.contains_key(w) || classes.contains_key(w) || tags.contains(w))
}

/// The same of an item of a plan.
fn was_found(item: &Item, rules: &FoundRules, what: &[String]) -> bool {
    let tagged = |w: &str| item.rules.keys().any(|id| rules.is_tagged(id, w));
    what.iter()
        .any(|w| item.rules.contains_key(w) || item.classes.contains_key(w) || tagged(w))
}

/// What a hold comes too late for.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// Files that are destroyed, or that a purge under way had begun by now.
    pub gone: u64,
    /// Files of purges under way of which nobody can tell how far they are.
    pub unknown: u64,
}

/// Counts the files that a hold keeps and that are destroyed, by the trail, or being destroyed, by the journals of the
/// runs under way: their last words stand in the trail only when they end.
pub(super) fn late(hold: &Hold, job: &Path, language: Language) -> Result<Late, Trouble> {
    let rows = desk::trail(job, language)?;
    let (mut gone, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for row in rows.iter().filter(|r| r.event.event == "erase.item-done") {
        let object = row.event.object.as_ref();
        gone.extend(object.and_then(|o| o.path_fp.clone()));
    }
    let mut open = BTreeMap::new();
    for event in rows.iter().map(|r| &r.event) {
        let Some(run) = event.run.as_deref() else {
            continue;
        };
        match event.event.as_str() {
            "erase.purge-begun" => drop(open.insert(run, event.plan.clone())),
            "erase.purged" => drop(open.remove(run)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    if !open.is_empty() {
        all.extend(plans(job, language).0.into_iter().filter_map(|plan| {
            let file = PlanFile::new(plan).ok()?;
            Some((file.id().to_owned(), file))
        }));
    }
    for (run, plan) in &open {
        let of_run = all.iter().find(|(id, _)| Some(id) == plan.as_ref());
        let Some((_, file)) = of_run else { continue };
        let begun = erasing::begun(job, run);
        for item in file.plan().carried() {
            let fp = item.path_fp.clone();
            match &begun {
                None => drop(unknown.insert(fp)),
                Some(begun) if begun.contains(&item.number) => drop(gone.insert(fp)),
                Some(_) => {}
            }
        }
    }
    gone.retain(|fp| hold.keeps(fp));
    unknown.retain(|fp| hold.keeps(fp) && !gone.contains(fp));
    Ok(Late {
        gone: gone.len() as u64,
        unknown: unknown.len() as u64,
    })
}
