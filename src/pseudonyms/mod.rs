//! Tokens, format-preserving encryption, date shift, generalisation; the vault that reverses them.
//!
//! What stands in place of a value is a [`crate::model::Frame`]. Values are brought into one form first
//! ([`canonical`]), so that however a number is written it has one pseudonym; keys hang on a tree of project,
//! kind and use ([`key`]), so that two projects cannot be joined. Pseudonymised data is still personal
//! information (个人信息保护法 第七十三条): whoever holds the key, the vault or other data can find the person.

pub mod canonical;
pub mod key;
pub mod risk;
pub mod settings;
pub mod vault;

mod base32;
mod check;
mod dates;
mod format;
mod general;
mod inline;
mod kind;

pub use kind::Kind;
pub use settings::{Mode, Settings, SettingsError};
pub use vault::{Vault, VaultError};

use crate::{
    model::{self, Frame},
    rules::{self, Profile, Rule, Stand, Subject},
};
use key::{Master, Use};
use std::collections::BTreeMap;

/// Characters of a token: 65 bits, so that a million values have two alike once in three million projects.
const TOKEN: usize = 13;

/// Makes pseudonyms and takes them back. Shared by all threads.
#[derive(Debug)]
pub struct Pseudonymiser {
    settings: Settings,
    keys: BTreeMap<Kind, Keys>,
    vault: Option<Vault>,
}

#[derive(Debug)]
struct Keys {
    token: key::Key,
    format: key::Key,
    inline: key::Key,
    shift: key::Key,
}

/// What a pseudonym was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reversed {
    /// The value, in canonical form.
    Value(model::Secret),
    /// Nothing leads back from it: a keyed token, a moved date, a group.
    OneWay,
    /// It lies in a vault, and not in this one.
    NoVault,
    /// It was not made with this key in this project, or it was changed.
    Foreign,
}

impl Pseudonymiser {
    /// With the keys of a project. A vault is needed when a mode of the settings is [`Mode::Vault`].
    pub fn new(master: &Master, settings: Settings, vault: Option<Vault>) -> Self {
        let keys = Kind::ALL
            .into_iter()
            .map(|kind| {
                let of = |used| master.derive(&settings.project, kind.code(), used);
                let keys = Keys {
                    token: of(Use::Token),
                    format: of(Use::Format),
                    inline: of(Use::Inline),
                    shift: of(Use::Shift),
                };
                (kind, keys)
            })
            .collect();
        Self {
            settings,
            keys,
            vault,
        }
    }

    /// The vault, to be saved once all values are in it.
    pub fn vault(&self) -> Option<&Vault> {
        self.vault.as_ref()
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The text that stands for a value; `None` when it cannot be made in this mode (a secret, an empty value).
    pub fn text(
        &self,
        kind: Kind,
        mode: Mode,
        value: &str,
        subject: Option<&str>,
    ) -> Option<String> {
        let canonical = canonical::canonical(kind, value);
        if canonical.is_empty() {
            return None;
        }
        let keys = self.keys.get(&kind)?;
        let token = || {
            let body = base32::encode(&keys.token.mac(canonical.as_bytes()));
            body.get(..TOKEN)
                .map(|b| (model::Mode::Token, b.to_owned()))
        };
        let inline = || {
            let body = inline::encrypt(&keys.inline, kind.code(), &canonical)?;
            Some((model::Mode::Inline, body))
        };
        let (mode, body) = match mode {
            Mode::Token => token(),
            Mode::Inline => inline().or_else(token),
            Mode::Format => match format::encrypt(&keys.format, kind, &canonical) {
                Some(body) => Some((model::Mode::Format, body)),
                None => inline().or_else(token),
            },
            Mode::Vault => match &self.vault {
                Some(vault) => Some((model::Mode::Vault, vault.token(kind, &canonical))),
                None => token(),
            },
            Mode::Shift => match dates::parse(&canonical) {
                Some(day) => {
                    let moved = dates::shift(&keys.shift, subject, self.settings.shift_days, day);
                    Some((model::Mode::Shift, dates::ordinal(moved)))
                }
                None => token(),
            },
            Mode::Generalise => match general::group(kind, &canonical, value, &self.settings) {
                Some(body) => Some((model::Mode::General, body)),
                None => token(),
            },
            Mode::Mask(_) => None,
        }?;
        let kind = kind.code();
        let body = body.as_str();
        Some(Frame { kind, mode, body }.text())
    }

    /// What a pseudonym stands for.
    pub fn reverse(&self, frame: &Frame<'_>) -> Reversed {
        let Some((kind, keys)) = Kind::find(frame.kind).and_then(|k| Some((k, self.keys.get(&k)?)))
        else {
            return Reversed::Foreign;
        };
        let value = |v: Option<String>| {
            v.map_or(Reversed::Foreign, |v| {
                Reversed::Value(model::Secret::new(v))
            })
        };
        match frame.mode {
            model::Mode::Token | model::Mode::Shift | model::Mode::General => Reversed::OneWay,
            model::Mode::Inline => value(inline::decrypt(&keys.inline, kind.code(), frame.body)),
            model::Mode::Format => value(format::decrypt(&keys.format, kind, frame.body)),
            model::Mode::Vault => {
                match self.vault.as_ref().and_then(|v| v.find(kind, frame.body)) {
                    Some(found) => Reversed::Value(found),
                    None => Reversed::NoVault,
                }
            }
        }
    }
}

impl rules::Pseudonyms for Pseudonymiser {
    fn stand(&self, rule: &Rule, value: &str, subject: Option<Subject<'_>>) -> Stand {
        let Some(kind) = Kind::of(rule.mask) else {
            return Stand::Mask(Profile::Label);
        };
        let mode = self.settings.mode(kind, &rule.id);
        if let Mode::Mask(profile) = mode {
            return Stand::Mask(profile);
        }
        let subject = subject
            .and_then(|s| Some(canonical::canonical(Kind::of(s.rule.mask)?, s.value)))
            .filter(|s| !s.is_empty());
        match self.text(kind, mode, value, subject.as_deref()) {
            // A group may hold the value itself: a city that is given as the whole address.
            Some(text) if !text.contains(value) => Stand::Text(text),
            _ => Stand::Mask(Profile::Label),
        }
    }
}

#[cfg(test)]
mod tests;
