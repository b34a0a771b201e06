//! Passwords for encrypted files, from a file: never from the command line, where others see them.

use super::Trouble;
use crate::cli::shown::Shown as _;
use crate::{
    formats::Passwords,
    words::{FormatWord as Say, Language},
};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};
use zeroize::Zeroizing;

/// Bytes of a password file at most.
const MOST: u64 = 1 << 20;

/// Reads a password file: UTF-8, one a line.
pub(super) fn read(path: Option<&Path>, language: Language) -> Result<Passwords, Trouble> {
    let Some(path) = path else {
        return Ok(Passwords::default());
    };
    let shown = path.shown();
    let mut bytes = Zeroizing::new(Vec::new());
    let read = File::open(path).and_then(|f| f.take(MOST).read_to_end(&mut bytes));
    if let Err(e) = read {
        let text = Say::PasswordsUnreadable.fill(language, &[&shown, &e.kind()]);
        return Err(Trouble::usage(text));
    }
    if fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0) {
        let text = Say::PasswordsOpen.fill(language, &[&shown]);
        let _ = writeln!(io::stderr(), "{text}");
    }
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Err(Trouble::usage(
            Say::PasswordsNotText.fill(language, &[&shown]),
        ));
    };
    let passwords = Passwords::read(text);
    if passwords.is_empty() {
        return Err(Trouble::usage(
            Say::PasswordsEmpty.fill(language, &[&shown]),
        ));
    }
    Ok(passwords)
}
