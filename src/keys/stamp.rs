//! [`Stamp`]: signatures with the keys that check them, to be put into or beside what is signed.

use super::{KeyError, PublicKey, Signatures, Signer};
use serde::{Deserialize, Serialize};

/// Number of the stamp's shape.
const SCHEMA: u64 = 1;

/// Signatures over a value and the keys that they are said to be made with. Whose keys those are, and
/// whether that may be believed, the reader must know from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// Number of the shape.
    pub schema: u64,
    /// The signer's key id.
    pub key: String,
    /// The signer's SM2 key, when there is a second signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm2_key: Option<String>,
    /// Ed25519, in hexadecimal.
    pub signature: String,
    /// SM2 with SM3, DER in hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature_sm2: String,
}

impl Stamp {
    /// Signs a value for one purpose.
    ///
    /// # Errors
    /// When the value has no canonical form.
    pub fn make<T: Serialize>(signer: &Signer, purpose: &str, value: &T) -> Result<Self, KeyError> {
        let made = signer.sign_value(purpose, value)?;
        let public = signer.public();
        Ok(Self {
            schema: SCHEMA,
            key: public.id(),
            sm2_key: public.sm2_id().filter(|_| !made.sm2.is_empty()),
            signature: made.ed25519,
            signature_sm2: made.sm2,
        })
    }

    /// Whether it holds for a value.
    ///
    /// # Errors
    /// `Signature` when it does not, or when a second signature stands without its key.
    pub fn check<T: Serialize>(&self, purpose: &str, value: &T) -> Result<(), KeyError> {
        let mut key = PublicKey::from_id(&self.key)?;
        if let Some(sm2) = &self.sm2_key {
            key = key.with_sm2(sm2)?;
        } else if !self.signature_sm2.is_empty() {
            return Err(KeyError::Signature);
        }
        let signatures = Signatures {
            ed25519: self.signature.clone(),
            sm2: self.signature_sm2.clone(),
        };
        key.check_value(purpose, value, &signatures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_for_its_value_and_purpose_only() {
        let signer = Signer::new([1; 32]).with_sm2([2; 32]).unwrap();
        let stamp = Stamp::make(&signer, "one", &"text").unwrap();
        assert!(stamp.check("one", &"text").is_ok());
        assert!(stamp.check("two", &"text").is_err());
        assert!(stamp.check("one", &"texT").is_err());
        let mut bare = stamp.clone();
        bare.sm2_key = None;
        assert!(bare.check("one", &"text").is_err());
        bare.signature_sm2 = String::new();
        assert!(bare.check("one", &"text").is_ok());
        let mut other = stamp;
        other.key = Signer::new([3; 32]).id();
        assert!(other.check("one", &"text").is_err());
    }
}
