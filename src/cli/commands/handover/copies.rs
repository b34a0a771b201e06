//! What goes into a package: originals as they are, or redacted copies that passed their checks.

use super::{Desk, How, look, packages, roots};
use crate::cli::shown::Shown as _;
use crate::{
    apply::place::Place,
    cli::{
        Trouble,
        copies::{Making, redactions},
        desk as cli_desk,
        masks::Masks,
        progress,
        setup::Setup,
    },
    digest::JobKey,
    handover::{
        Missing, Names,
        package::{Piece, Work},
    },
    model::{Item, Name, Plan},
    pipeline::{self, Copied, Copies, Outcome, Progress},
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
    how: &How,
    key: &JobKey,
    work: &Work,
) -> Result<Pieces, Trouble> {
    if is_full(desk.plan) {
        return full(desk, setup, key, work);
    }
    desk.say(PackageWord::StepCopies.text(desk.language));
    redacted(desk, setup, how, key, work)
}

/// Originals as they are; of those of which a part must go, copies without it.
fn full(desk: &Desk<'_>, setup: &Setup, key: &JobKey, work: &Work) -> Result<Pieces, Trouble> {
    let plan = desk.plan;
    let (policy, _) = cli_desk::policy(&plan.policy.name, desk.language)?;
    let making = Making {
        plan,
        id: desk.id,
        folder: &work.copies(),
        leave_out: vec![desk.out.clone(), desk.job.to_path_buf()],
        quiet: desk.quiet,
        language: desk.language,
    };
    let mut remainders = making.remainders(setup, &policy, key)?;
    let mut names = Names::new();
    let (mut pieces, mut missing) = (Vec::new(), Vec::new());
    for item in plan.carried() {
        match remainders.remove(&item.number) {
            Some(Ok(made)) => {
                let path = names.give(&folder(item), &made.path);
                pieces.push(Piece {
                    item: item.number,
                    named: renamed(&path, item, &made.path),
                    path,
                    source: made.source,
                    sha256: made.sha256,
                    source_sha256: item
                        .identity
                        .as_ref()
                        .map_or_else(String::new, |i| i.sha256.clone()),
                    modified: item.identity.as_ref().and_then(|i| seconds(i.modified)),
                    copy: "redacted",
                    redactions: made.redactions,
                });
                continue;
            }
            Some(Err(why)) => {
                missing.push(absent(item, &why));
                continue;
            }
            None => {}
        }
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
    Ok((pieces, missing))
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
fn redacted(
    desk: &Desk<'_>,
    setup: &Setup,
    how: &How,
    key: &JobKey,
    work: &Work,
) -> Result<Pieces, Trouble> {
    let folder = work.copies();
    let place = Place::new(&folder, &roots(desk.plan), desk.id).map_err(|e| {
        packages::refused(PackageWord::SystemFailed.fill(desk.language, &[&desk.out.shown(), &e]))
    })?;
    let copies = Copies {
        reader: setup.reader(key),
        profile: how.profile,
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
                    match piece(item, &copied, &mut names, &folder, (setup, &how.masks)) {
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
    (setup, masks): (&Setup, &Masks),
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
        redactions: redactions(copied, &setup.detector, masks),
    })
}
