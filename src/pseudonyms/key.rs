//! Keys: one master, and below it a key for each project, kind of value and use.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroize;

/// First line of a key file.
const HEAD: &str = "inkout-pseudonym-key-1";
/// What every derivation begins with.
const TREE: &[u8] = b"inkout/pseudo/v1";

/// The secret that all pseudonyms of an organisation hang on. Whoever has it can take pseudonyms back or test
/// guesses. It is wiped from memory when it goes.
pub struct Master([u8; 32]);

/// A derived key.
pub struct Key([u8; 32]);

impl Drop for Master {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Master(..)")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Why a key file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It does not begin as a key file does.
    #[error("no key file")]
    NotAKey,
    /// Its digits or its check are wrong.
    #[error("a damaged key file")]
    Damaged,
}

/// What a key is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Keyed tokens.
    Token,
    /// Format-preserving encryption.
    Format,
    /// Inline encryption.
    Inline,
    /// Offsets of dates.
    Shift,
    /// The vault.
    Vault,
    /// A name for the key that tells nothing of it.
    Name,
}

impl Use {
    fn id(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Format => "ff1",
            Self::Inline => "siv",
            Self::Shift => "shift",
            Self::Vault => "vault",
            Self::Name => "name",
        }
    }
}

impl Master {
    /// From 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The text of a key file: three lines, the key in hexadecimal, a check against typing errors.
    pub fn file(&self) -> String {
        let key = crate::digest::hex(&self.0);
        format!("{HEAD}\n{key}\ncheck {}\n", self.name())
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// When it is none, or damaged.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let mut lines = text.lines().map(str::trim);
        if lines.next() != Some(HEAD) {
            return Err(KeyError::NotAKey);
        }
        let digits = lines.next().unwrap_or_default();
        let mut bytes = [0; 32];
        if digits.len() != 64 || !digits.is_ascii() {
            return Err(KeyError::Damaged);
        }
        for (i, slot) in bytes.iter_mut().enumerate() {
            *slot = digits
                .get(i * 2..i * 2 + 2)
                .and_then(|two| u8::from_str_radix(two, 16).ok())
                .ok_or(KeyError::Damaged)?;
        }
        let master = Self(bytes);
        let check = lines.next().and_then(|l| l.strip_prefix("check "));
        if check == Some(master.name().as_str()) {
            Ok(master)
        } else {
            Err(KeyError::Damaged)
        }
    }

    /// A name for this key that may be shown: eight letters that tell nothing of it.
    pub fn name(&self) -> String {
        let named = self.derive("", "", Use::Name);
        let all = super::base32::encode(&named.0);
        all.get(..8).unwrap_or_default().to_owned()
    }

    /// The key of a project, kind and use. HKDF-SHA-256; each part is preceded by its length, so that no two
    /// ways lead to one key. Standard: RFC 5869.
    pub fn derive(&self, project: &str, kind: &str, used: Use) -> Key {
        let mut info = TREE.to_vec();
        for part in [project, kind, used.id()] {
            info.extend((part.len() as u64).to_be_bytes());
            info.extend(part.as_bytes());
        }
        let mut out = [0; 32];
        // 32 bytes are never too many for HKDF.
        let _ = Hkdf::<Sha256>::new(None, &self.0).expand(&info, &mut out);
        Key(out)
    }
}

impl Key {
    /// From 32 bytes.
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 of a message. Standard: RFC 2104, FIPS 198-1.
    pub(super) fn mac(&self, message: &[u8]) -> [u8; 32] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return [0; 32];
        };
        mac.update(message);
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        // Test case 2 has a short key; with case 6's method a longer one is hashed first. Keys here have 32
        // bytes: HMAC pads shorter ones with zeros, so case 2's key is this one.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            crate::digest::hex(&Key(key).mac(b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_key_file_reads_back_and_shows_its_damage() {
        let key = Master::new([7; 32]);
        let file = key.file();
        assert_eq!(Master::read(&file).unwrap().0, key.0);
        assert_eq!(Master::read(&file.replace('\n', "\r\n")).unwrap().0, key.0);
        assert_eq!(Master::read("x").err(), Some(KeyError::NotAKey));
        let typo = file.replacen("07", "08", 1);
        assert_eq!(Master::read(&typo).err(), Some(KeyError::Damaged));
        assert_eq!(format!("{key:?}"), "Master(..)");
    }

    #[test]
    fn each_project_kind_and_use_has_its_own_key() {
        let master = Master::new([7; 32]);
        let mut all = std::collections::BTreeSet::new();
        for project in ["a", "ab"] {
            for kind in ["ID", "bID", "TEL"] {
                for used in [Use::Token, Use::Format, Use::Inline, Use::Shift, Use::Vault] {
                    assert!(all.insert(*master.derive(project, kind, used).bytes()));
                }
            }
        }
        assert_ne!(
            master.derive("a", "ID", Use::Token).bytes(),
            Master::new([8; 32]).derive("a", "ID", Use::Token).bytes()
        );
    }
}
