//! Keys, settings and vaults of pseudonyms: from files to a [`Pseudonymiser`] and back.

use super::{Trouble, args::Pseudonyms, clock, setup::random};
use crate::cli::shown::Shown as _;
use crate::{
    pseudonyms::{
        Kind, Mode, Pseudonymiser, Settings, SettingsError, Vault, VaultError,
        key::{KeyError, Master},
    },
    reports::Condition,
    words::{Language, PseudonymWord as Say},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Bytes of a key or settings file at most.
const SMALL: u64 = 1 << 20;
/// Bytes of a vault at most.
const LARGE: u64 = 4 << 30;

/// A pseudonymiser with what its vault is saved by.
pub(super) struct Loaded {
    pub pseudonymiser: Arc<Pseudonymiser>,
    /// A name for the key that tells nothing of it.
    pub key_name: String,
    master: Master,
    vault: Option<PathBuf>,
}

/// Reads key, settings and vault.
pub(super) fn load(args: &Pseudonyms, language: Language) -> Result<Loaded, Trouble> {
    let Some(key_file) = &args.key_file else {
        return Err(Trouble::usage(Say::NeedsKey.text(language)));
    };
    let master = key(key_file, language)?;
    let today = clock::now();
    let project = args.project.as_deref();
    let settings = match &args.settings {
        None => Settings::new(project.unwrap_or_default(), &today)
            .checked()
            .map_err(|e| settings_trouble(&e, Path::new(""), language)),
        Some(path) => {
            let text = read(path, SMALL)
                .and_then(|b| String::from_utf8(b).map_err(|_| io::ErrorKind::InvalidData.into()));
            let text = text.map_err(|e| {
                let why = e.kind();
                Trouble::usage(Say::SettingsUnreadable.fill(language, &[&path.shown(), &why]))
            })?;
            Settings::read(&text, project, &today).map_err(|e| settings_trouble(&e, path, language))
        }
    }?;
    let vault = match &args.vault {
        None if settings.needs_vault() => {
            return Err(Trouble::usage(Say::NeedsVault.text(language)));
        }
        None => None,
        Some(path) => Some(vault(path, &master, &settings, language)?),
    };
    Ok(Loaded {
        key_name: master.name(),
        pseudonymiser: Arc::new(Pseudonymiser::new(&master, settings, vault)),
        master,
        vault: args.vault.clone(),
    })
}

impl Loaded {
    /// Writes the vault, when there is one: before values go into it, and again when all are in.
    pub(super) fn save(&self, language: Language) -> Result<(), Trouble> {
        let (Some(path), Some(vault)) = (&self.vault, self.pseudonymiser.vault()) else {
            return Ok(());
        };
        let mut nonce = [0; 12];
        nonce.copy_from_slice(random()?.get(..12).unwrap_or_default());
        let project = &self.pseudonymiser.settings().project;
        let bytes = vault
            .seal(&self.master, project, nonce)
            .map_err(|e| vault_trouble(e, path, language))?;
        write_private(path, &bytes, Replace::Yes).map_err(|e| unwritten(path, &e, language))
    }

    /// What is said at the end of a run.
    pub(super) fn say(&self, out: &mut dyn Write, language: Language) -> io::Result<()> {
        if let (Some(path), Some(vault)) = (&self.vault, self.pseudonymiser.vault()) {
            let line = Say::VaultKept.fill(language, &[&path.shown(), &vault.len()]);
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{}", Say::StillPersonal.text(language))
    }
}

/// Reads a key file.
fn key(path: &Path, language: Language) -> Result<Master, Trouble> {
    let shown = path.shown();
    let bytes = read(path, SMALL)
        .map_err(|e| Trouble::usage(Say::KeyUnreadable.fill(language, &[&shown, &e.kind()])))?;
    let open = fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0);
    if open {
        let _ = writeln!(io::stderr(), "{}", Say::KeyOpen.fill(language, &[&shown]));
    }
    let text = zeroize::Zeroizing::new(String::from_utf8(bytes).unwrap_or_default());
    Master::read(&text).map_err(|e| {
        let word = match e {
            KeyError::Damaged => Say::KeyDamaged,
            _ => Say::KeyNotAKey,
        };
        Trouble::usage(word.fill(language, &[&shown]))
    })
}

fn vault(
    path: &Path,
    master: &Master,
    settings: &Settings,
    language: Language,
) -> Result<Vault, Trouble> {
    match read(path, LARGE) {
        Ok(bytes) => Vault::open(master, &settings.project, &bytes)
            .map_err(|e| vault_trouble(e, path, language)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vault::new(random()?)),
        Err(e) => Err(Trouble::usage(
            Say::VaultUnreadable.fill(language, &[&path.shown(), &e.kind()]),
        )),
    }
}

fn vault_trouble(error: VaultError, path: &Path, language: Language) -> Trouble {
    let (condition, word) = match error {
        VaultError::NotAVault => (Condition::Usage, Say::VaultNot),
        VaultError::Locked => (Condition::Refused, Say::VaultLocked),
        _ => (Condition::Unproved, Say::VaultDamaged),
    };
    Trouble {
        condition,
        text: word.fill(language, &[&path.shown()]),
    }
}

/// What is wrong with settings, as a sentence.
pub(super) fn settings_trouble(error: &SettingsError, path: &Path, language: Language) -> Trouble {
    let file = path.shown();
    let kinds = || Kind::ALL.map(Kind::code).join(", ");
    Trouble::usage(match error {
        SettingsError::NoProject => Say::NoProject.text(language).to_owned(),
        SettingsError::Shape(line) => Say::SettingsShape.fill(language, &[&file, line]),
        SettingsError::Kind(kind) => Say::SettingsKind.fill(language, &[&file, kind, &kinds()]),
        SettingsError::Mode(mode) => {
            Say::SettingsMode.fill(language, &[&file, mode, &Mode::names()])
        }
        SettingsError::Rule(rule) => Say::SettingsRule.fill(language, &[&file, rule]),
        SettingsError::Value(name) => Say::SettingsValue.fill(language, &[&file, name]),
        SettingsError::Unfit { kind, mode } => {
            Say::SettingsUnfit.fill(language, &[&file, kind, mode])
        }
    })
}

fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut out)?;
    if out.len() as u64 > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(out)
}

/// Whether a file that exists is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    /// It is.
    Yes,
    /// It is left alone, with an error.
    No,
}

/// Writes a file that only its owner can read: beside, synced, then under its name.
pub(super) fn write_private(path: &Path, bytes: &[u8], replace: Replace) -> io::Result<()> {
    let folder = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let mut name = path
        .file_name()
        .ok_or(io::ErrorKind::InvalidFilename)?
        .to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let beside = folder.join(name);
    let written = (|| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        match replace {
            Replace::Yes => fs::rename(&beside, path)?,
            // A link fails where a name is taken; a rename would not.
            Replace::No => fs::hard_link(&beside, path)?,
        }
        File::open(folder)?.sync_all()
    })();
    if written.is_err() || replace == Replace::No {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// That a file could not be written.
pub(super) fn unwritten(path: &Path, error: &io::Error, language: Language) -> Trouble {
    let why = error.kind();
    Trouble::failed(Say::FileUnwritten.fill(language, &[&path.shown(), &why]))
}
