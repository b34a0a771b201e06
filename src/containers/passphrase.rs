//! Pass phrases: made here, or given by a person.

use super::ContainerError;
use std::fmt;
use zeroize::Zeroize;

/// Letters and digits that are not taken for one another when read out or written down by hand: no 0 and
/// o, no 1, i and l.
const ALPHABET: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";
/// Characters of a pass phrase that is made here: 24 × log₂ 31 is more than 118 bits.
const LENGTH: usize = 24;
/// Characters between two hyphens.
const GROUP: usize = 4;
/// Characters that a pass phrase of a person's own has at least.
const LEAST: usize = 16;

/// What opens a box. It does not show itself, and is wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(String);

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

impl Drop for Passphrase {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Passphrase {
    /// Makes one of 118 bits from random bytes: six groups of four characters, all of them on every
    /// keyboard without an input method. Gives `None` when the bytes do not suffice, which of 64 random
    /// ones happens once in some 10⁴⁰ times.
    pub fn generate(random: &[u8]) -> Option<Self> {
        // 248 is the largest multiple of 31: what is above would make the first letters likelier.
        let mut letters = random
            .iter()
            .filter(|&&b| b < 248)
            .filter_map(|&b| ALPHABET.get(usize::from(b) % ALPHABET.len()));
        let mut text = String::with_capacity(LENGTH + LENGTH / GROUP);
        for n in 0..LENGTH {
            if n > 0 && n.is_multiple_of(GROUP) {
                text.push('-');
            }
            text.push(char::from(*letters.next()?));
        }
        Some(Self(text))
    }

    /// Takes one as a person wrote it; blanks and line ends around it are left out.
    ///
    /// # Errors
    /// `WeakPassphrase` below 16 characters.
    pub fn own(text: &str) -> Result<Self, ContainerError> {
        let text = text.trim();
        if text.chars().count() < LEAST {
            return Err(ContainerError::WeakPassphrase(LEAST));
        }
        Ok(Self(text.to_owned()))
    }

    /// Takes one to open a box with: any but the empty one.
    ///
    /// # Errors
    /// `WrongKey` for an empty one.
    pub fn given(text: &str) -> Result<Self, ContainerError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ContainerError::WrongKey);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text in clear.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_ones_have_six_groups_and_more_than_100_bits() {
        let random: Vec<u8> = (0..64_u8).map(|n| n.wrapping_mul(37)).collect();
        let made = Passphrase::generate(&random).unwrap();
        let groups: Vec<_> = made.reveal().split('-').collect();
        assert_eq!(groups.len(), 6);
        assert!(groups.iter().all(|g| g.len() == 4));
        let letters = made.reveal().bytes().filter(|&b| b != b'-').count();
        let bits = f64::from(u32::try_from(letters).unwrap()) * 31_f64.log2();
        assert!(bits > 118.0, "{bits}");
        assert!(Passphrase::generate(&[255; 64]).is_none());
        assert_eq!(format!("{made:?}"), "Passphrase(..)");
    }

    #[test]
    fn every_letter_is_as_likely() {
        let all: Vec<u8> = (0..248).collect();
        let mut counts = [0; 31];
        for chunk in all.chunks(31) {
            let made = Passphrase::generate(chunk).unwrap();
            for b in made.reveal().bytes().filter(|&b| b != b'-') {
                counts[ALPHABET.iter().position(|&a| a == b).unwrap()] += 1;
            }
        }
        assert!(counts[..24].iter().all(|&n| n == 8), "{counts:?}");
    }

    #[test]
    fn own_ones_are_not_short() {
        assert!(Passphrase::own("correct horse bat").is_ok());
        assert!(Passphrase::own("  0123456789abcde \n").is_err());
        assert!(Passphrase::own("一二三四五六七八九十甲乙丙丁戊己").is_ok());
        assert!(Passphrase::given(" \n").is_err());
    }
}
