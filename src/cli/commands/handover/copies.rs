//! What goes into a package: originals as they are, or redacted copies that passed their checks.

use super::{Desk, look, packages, roots};
use crate::{
    apply::place::Place,
    cli::{Trouble, progress, setup::Setup},
    digest::JobKey,
    handover::{
        Missing, Names, Redaction,
        package::{Piece, Work},
    },
    model::{Item, Name, Plan},
    pipeline::{self, Copied, Copies, Outcome, Progress},
    rules::Profile,
    words::PackageWord,
};
use std::{collections::BTreeMap, os::unix::ffi::OsStrExt, path::PathBuf};

/// Whether a plan hands over full copies.
pub(super) fn is_full(plan: &Plan) -> bool {
    plan.handover.as_ref().is_some_and(|t| t.copies == "full")
}

type Pieces = (Vec<Piece>, Vec<Missing>);

/// The files for the package, and those of the plan that cannot be in it.
pub(super) fn pieces(
    desk: &Desk<'_>,
    setup: &Setup,
    key: &JobKey,
    work: &Work,
) -> Result<Pieces, Trouble> {
    if is_full(desk.plan) {
        return Ok(full(desk.plan));
    }
    desk.say(PackageWord::StepCopies.text(desk.language));
    redacted(desk, setup, key, work)
}

fn full(plan: &Plan) -> Pieces {
    let mut names = Names::new();
    let (mut pieces, mut missing) = (Vec::new(), Vec::new());
    for item in plan.carried() {
        let Some(identity) = &item.identity else {
            missing.push(absent(item, "unreadable"));
            continue;
        };
        let path = names.give(&folder(item), &item.path);
        let source = plan.path_of(item);
        pieces.push(Piece {
            item: item.number,
            named: renamed(&path, item, &item.path),
            path,
            source: PathBuf::from(std::ffi::OsStr::from_bytes(source.bytes())),
            sha256: identity.sha256.clone(),
            source_sha256: identity.sha256.clone(),
            modified: seconds(identity.modified),
            copy: "full",
            redactions: Vec::new(),
        });
    }
    (pieces, missing)
}

/// Folder of an item in the bag: the number of its root, from 1.
fn folder(item: &Item) -> String {
    format!("data/{}", item.root + 1)
}

fn seconds(nanoseconds: i64) -> Option<u64> {
    u64::try_from(nanoseconds / 1_000_000_000).ok()
}

fn absent(item: &Item, why: &str) -> Missing {
    Missing {
        item: item.number,
        why: why.to_owned(),
    }
}

/// The name that a file has at the sender, when the bag has another one for it.
fn renamed(path: &str, item: &Item, name: &Name) -> Option<String> {
    let shown = format!("{}/{}", folder(item), name.text());
    (shown != path).then(|| name.to_string())
}

/// Makes redacted copies in the folder of the package; each is read again before it is released.
fn redacted(desk: &Desk<'_>, setup: &Setup, key: &JobKey, work: &Work) -> Result<Pieces, Trouble> {
    let terms = desk.plan.handover.as_ref();
    let mode = terms.map_or("strict", |t| t.copies.as_str());
    let profile = Profile::find(mode).unwrap_or(Profile::Strict);
    let folder = work.copies();
    let place = Place::new(&folder, &roots(desk.plan), desk.id).map_err(|e| {
        packages::refused(PackageWord::SystemFailed.fill(desk.language, &[&desk.out.display(), &e]))
    })?;
    let copies = Copies {
        reader: setup.reader(key),
        profile,
        place: &place,
    };
    let mut waiting: BTreeMap<(u32, Name), &Item> = desk
        .plan
        .carried()
        .map(|i| ((i.root, i.path.clone()), i))
        .collect();
    let mut names = Names::new();
    let mut out: Pieces = (Vec::new(), Vec::new());
    let counters = Progress::default();
    let walker = look::walker(desk)?;
    progress::shown(
        &counters,
        crate::cli::log::Log::plain(desk.language, desk.quiet),
        || {
            pipeline::redact(walker, setup.threads, copies, &counters, &mut |copied| {
                let at = (copied.record.root, copied.record.path.clone());
                if let Some(item) = waiting.remove(&at) {
                    match piece(item, &copied, &mut names, &folder, (setup, mode)) {
                        Ok(piece) => out.0.push(piece),
                        Err(why) => out.1.push(absent(item, &why)),
                    }
                }
                true
            })
        },
    )?;
    out.1
        .extend(waiting.into_values().map(|i| absent(i, "gone")));
    Ok(out)
}

/// A copy as a piece of the package, or why it is none.
fn piece(
    item: &Item,
    copied: &Copied,
    names: &mut Names,
    folder: &std::path::Path,
    (setup, mode): (&Setup, &str),
) -> Result<Piece, String> {
    let Some(identity) = &item.identity else {
        return Err("unreadable".to_owned());
    };
    if copied
        .before
        .as_ref()
        .is_some_and(|b| *b != identity.sha256)
    {
        return Err("changed".to_owned());
    }
    let (target, digest) = match &copied.outcome {
        Outcome::Redacted { path, digest, .. } | Outcome::Unchanged { path, digest } => {
            (path, digest)
        }
        Outcome::Withheld(kind, _) => return Err(format!("withheld-{}", kind.id())),
        Outcome::Residue(_) => return Err("residue".to_owned()),
        Outcome::Excluded => return Err("gone".to_owned()),
    };
    let path = names.give(&self::folder(item), target);
    Ok(Piece {
        item: item.number,
        named: renamed(&path, item, target),
        path,
        source: folder.join(std::ffi::OsStr::from_bytes(target.bytes())),
        sha256: digest.clone(),
        source_sha256: identity.sha256.clone(),
        modified: seconds(identity.modified),
        copy: "redacted",
        redactions: redactions(copied, setup, mode),
    })
}

fn redactions(copied: &Copied, setup: &Setup, mode: &str) -> Vec<Redaction> {
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    let places = copied.record.entries.iter().flat_map(|e| &e.places);
    for count in places.flat_map(|p| &p.counts) {
        *counts.entry(count.rule).or_default() += count.found;
    }
    let of = |(rule, count): (u16, u64)| {
        Some(Redaction {
            rule: setup.detector.rule(rule)?.id.clone(),
            mode: mode.to_owned(),
            count,
        })
    };
    counts.into_iter().filter_map(of).collect()
}
