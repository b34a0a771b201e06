//! What goes into a package: originals as they are, or redacted copies that passed their checks.

use super::{Desk, How};
use crate::{
    cli::{
        Trouble,
        copies::{Made, Making},
        desk as cli_desk,
        setup::Setup,
    },
    digest::JobKey,
    formats::Legacies,
    handover::{
        Missing, Names,
        package::{Piece, Work},
    },
    model::{Item, Name, Plan},
    words::PackageWord,
};
use std::{
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

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
    let folder_of_copies = work.copies();
    let making = making(desk, &folder_of_copies, Legacies::Withhold);
    let mut remainders = making.remainders(setup, &policy, key)?;
    let mut names = Names::new();
    let (mut pieces, mut missing) = (Vec::new(), Vec::new());
    for item in plan.carried() {
        match remainders.remove(&item.number) {
            Some(Ok(made)) => {
                pieces.push(piece(item, made, &mut names));
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
    let items: Vec<&Item> = desk.plan.carried().collect();
    let masks = (how.profile, &how.masks);
    let folder = work.copies();
    let making = making(desk, &folder, setup.limits.legacy);
    let mut copies = making.copies(setup, &setup.detector, key, masks, &items)?;
    let mut names = Names::new();
    let mut out: Pieces = (Vec::new(), Vec::new());
    for item in items {
        match copies.remove(&item.number) {
            Some(Ok(made)) => out.0.push(piece(item, made, &mut names)),
            Some(Err(why)) => out.1.push(absent(item, &why)),
            None => out.1.push(absent(item, "gone")),
        }
    }
    Ok(out)
}

fn making<'d>(desk: &Desk<'d>, folder: &'d Path, legacies: Legacies) -> Making<'d> {
    Making {
        plan: desk.plan,
        id: desk.id,
        folder,
        leave_out: vec![desk.out.clone(), desk.job.to_path_buf()],
        legacies,
        quiet: desk.quiet,
        language: desk.language,
    }
}

/// A copy as a piece of the package.
fn piece(item: &Item, made: Made, names: &mut Names) -> Piece {
    let identity = item.identity.as_ref();
    let path = names.give(&folder(item), &made.path);
    Piece {
        item: item.number,
        named: renamed(&path, item, &made.path),
        path,
        source: made.source,
        sha256: made.sha256,
        source_sha256: identity.map_or_else(String::new, |i| i.sha256.clone()),
        modified: identity.and_then(|i| seconds(i.modified)),
        copy: "redacted",
        redactions: made.redactions,
    }
}
