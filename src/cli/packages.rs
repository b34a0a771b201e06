//! What the verbs on packages and archives share: opening keys, words for troubles, steps.

use super::{Trouble, args::packages::OpenArgs, secret};
use crate::cli::shown::Shown as _;
use crate::{
    containers::{ContainerError, Identity, Key, Passphrase, Recipient},
    handover::HandoverError,
    reports::Condition,
    seal::SealError,
    words::{Language, PackageWord, Word},
};
use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

/// Folder of secrets in the job folder.
pub(super) const SECRETS: &str = "secrets";
/// Folder of results of runs in the job folder.
pub(super) const RUNS: &str = "runs";

/// Told of each step. In debug builds the program stops dead at the step that `INKOUT_FAIL_AT` names, as if
/// the power went: tests look at what is left.
pub(super) fn step(name: &'static str) {
    if cfg!(debug_assertions) && std::env::var("INKOUT_FAIL_AT").is_ok_and(|at| at == name) {
        std::process::abort();
    }
}

/// Tells that copies were found that killed runs had left in a folder, and that they are gone.
pub(super) fn tell_cleared(cleared: bool, folder: &Path, language: Language) {
    if cleared {
        let text = PackageWord::LeftoversGone.fill(language, &[&folder.shown()]);
        super::desk::say(&Word::Warning.fill(language, &[&text]));
    }
}

pub(super) fn refused(text: String) -> Trouble {
    Trouble {
        condition: Condition::Refused,
        text,
    }
}

/// A box's trouble, in the user's words. `place` is the folder that is written.
pub(super) fn of_box(error: &ContainerError, place: &Path, language: Language) -> Trouble {
    let text = |word: PackageWord| word.text(language).to_owned();
    let shown = place.shown();
    let (condition, text) = match error {
        ContainerError::WrongKey => (Condition::Refused, text(PackageWord::WrongKey)),
        ContainerError::WrongLock => (Condition::Usage, text(PackageWord::WrongLock)),
        ContainerError::WeakPassphrase(n) => (
            Condition::Usage,
            PackageWord::WeakPassphrase.fill(language, &[n]),
        ),
        ContainerError::Damaged(at) => (
            Condition::Unproved,
            PackageWord::Damaged.fill(language, &[at]),
        ),
        ContainerError::Parts => (Condition::Usage, text(PackageWord::TooManyParts)),
        ContainerError::InUse => (
            Condition::Refused,
            PackageWord::BusyThere.fill(language, &[&shown]),
        ),
        ContainerError::Exists => (
            Condition::Refused,
            PackageWord::PackageExists.fill(language, &[&shown]),
        ),
        ContainerError::NotTheSame(n) => (
            Condition::Unproved,
            PackageWord::NotTheSame.fill(language, &[n]),
        ),
        ContainerError::NoSpace => (Condition::Failed, text(PackageWord::NoSpace)),
        other => (
            Condition::Failed,
            PackageWord::SystemFailed.fill(language, &[&shown, other]),
        ),
    };
    Trouble { condition, text }
}

/// A package's trouble, in the user's words.
pub(super) fn of_package(error: &HandoverError, place: &Path, language: Language) -> Trouble {
    match error {
        HandoverError::Empty => refused(PackageWord::NothingLeft.text(language).to_owned()),
        HandoverError::Box(e) => of_box(e, place, language),
        HandoverError::Key(e) => unproved(PackageWord::SignatureBad.fill(language, &[e])),
        HandoverError::Text(what, e) => unproved(PackageWord::TextBad.fill(language, &[what, e])),
        HandoverError::Io(_, io::ErrorKind::NotFound) => {
            Trouble::usage(PackageWord::NoPackage.fill(language, &[&place.shown()]))
        }
        other => {
            Trouble::failed(PackageWord::SystemFailed.fill(language, &[&place.shown(), other]))
        }
    }
}

/// An archive's trouble, in the user's words.
pub(super) fn of_archive(error: &SealError, place: &Path, language: Language) -> Trouble {
    match error {
        SealError::Empty => refused(PackageWord::NothingLeft.text(language).to_owned()),
        SealError::Box(e) => of_box(e, place, language),
        SealError::Key(e) => unproved(PackageWord::SignatureBad.fill(language, &[e])),
        SealError::Text(what, e) => unproved(PackageWord::TextBad.fill(language, &[what, e])),
        SealError::Absent => {
            Trouble::usage(PackageWord::NoArchive.fill(language, &[&place.shown()]))
        }
        SealError::Destroyed => refused(PackageWord::KeyDestroyed.text(language).to_owned()),
        SealError::Part(part) => unproved(PackageWord::PartBad.fill(language, &[part])),
        other => {
            Trouble::failed(PackageWord::SystemFailed.fill(language, &[&place.shown(), other]))
        }
    }
}

fn unproved(text: String) -> Trouble {
    Trouble {
        condition: Condition::Unproved,
        text,
    }
}

/// Public keys of age as typed.
pub(super) fn recipients(typed: &[String], language: Language) -> Result<Vec<Recipient>, Trouble> {
    let read = |text: &String| {
        Recipient::parse(text)
            .map_err(|_| Trouble::usage(PackageWord::BadRecipient.fill(language, &[text])))
    };
    typed.iter().map(read).collect()
}

/// A private key of age from its file.
pub(super) fn identity(path: &Path, language: Language) -> Result<Identity, Trouble> {
    let text = secret::key_text(path, language)?;
    Identity::parse(&text)
        .map_err(|_| Trouble::usage(PackageWord::BadIdentity.fill(language, &[&path.shown()])))
}

/// What a package is opened with, held.
#[derive(Debug)]
pub(super) enum Held {
    /// A pass phrase.
    Passphrase(Passphrase),
    /// Private keys of age.
    Identities(Vec<Identity>),
    /// Nothing was given.
    Nothing,
}

impl Held {
    /// Reads what was given, or asks on a terminal.
    pub(super) fn read(args: &OpenArgs, language: Language) -> Result<Self, Trouble> {
        if !args.identity.is_empty() {
            let read = |p: &PathBuf| identity(p, language);
            return Ok(Self::Identities(
                args.identity.iter().map(read).collect::<Result<_, _>>()?,
            ));
        }
        let line = if let Some(path) = &args.passphrase_file {
            secret::first_line(path, language)?
        } else if io::stdin().is_terminal() {
            secret::ask(language)?
        } else {
            return Ok(Self::Nothing);
        };
        let wrong = |e: ContainerError| of_box(&e, Path::new(""), language);
        Ok(Self::Passphrase(Passphrase::given(&line).map_err(wrong)?))
    }

    /// As a key.
    pub(super) fn key(&self) -> Option<Key<'_>> {
        match self {
            Self::Passphrase(p) => Some(Key::Passphrase(p)),
            Self::Identities(all) => Some(Key::Identities(all)),
            Self::Nothing => None,
        }
    }
}

/// The first digits of an id, for names of files.
pub(super) fn digits(id: &str) -> &str {
    let digits = id.rsplit(':').next().unwrap_or(id);
    digits.get(..16).unwrap_or(digits)
}
