//! The value itself, encrypted into the text: equal values give equal texts, and the key alone leads back.
//! AES-256-GCM-SIV with a fixed nonce: it then tells which values are equal, which is what is wanted, and nothing
//! else. Standard: RFC 8452 section 9 (misuse resistance).

use super::{base32, key::Key};
use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit, Nonce,
    aead::{Aead, Payload},
};

/// Bytes of a value at most; longer ones are tokens.
const MOST: usize = 400;

/// The body for a value; `None` when it is too long.
pub(super) fn encrypt(key: &Key, kind: &str, value: &str) -> Option<String> {
    if value.len() > MOST {
        return None;
    }
    let cipher = Aes256GcmSiv::new_from_slice(key.bytes()).ok()?;
    let sealed = cipher
        .encrypt(&Nonce::default(), payload(kind, value.as_bytes()))
        .ok()?;
    Some(base32::encode(&sealed))
}

/// The value of a body; `None` when it was not made with this key for this kind, or was changed.
pub(super) fn decrypt(key: &Key, kind: &str, body: &str) -> Option<String> {
    let sealed = base32::decode(body)?;
    let cipher = Aes256GcmSiv::new_from_slice(key.bytes()).ok()?;
    let plain = cipher
        .decrypt(&Nonce::default(), payload(kind, &sealed))
        .ok()?;
    String::from_utf8(plain).ok()
}

fn payload<'a>(kind: &'a str, msg: &'a [u8]) -> Payload<'a, 'a> {
    Payload {
        msg,
        aad: kind.as_bytes(),
    }
}

/// Bytes sealed under a key with a nonce of their own.
pub(super) fn seal(key: &Key, nonce: [u8; 12], plain: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let cipher = Aes256GcmSiv::new_from_slice(key.bytes()).ok()?;
    let msg = plain;
    cipher
        .encrypt(&Nonce::from(nonce), Payload { msg, aad })
        .ok()
}

/// The bytes of [`seal`]; `None` with another key, or when they were changed.
pub(super) fn open(key: &Key, nonce: [u8; 12], sealed: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let cipher = Aes256GcmSiv::new_from_slice(key.bytes()).ok()?;
    let msg = sealed;
    cipher
        .decrypt(&Nonce::from(nonce), Payload { msg, aad })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_come_back(value in "\\PC{1,60}", other in any::<u8>()) {
            let key = Key::new([4; 32]);
            let body = encrypt(&key, "ADDR", &value).unwrap();
            prop_assert_eq!(&encrypt(&key, "ADDR", &value).unwrap(), &body);
            prop_assert_eq!(decrypt(&key, "ADDR", &body), Some(value));
            prop_assert_eq!(decrypt(&key, "NAME", &body), None);
            let wrong = Key::new([if other == 4 { 5 } else { other }; 32]);
            prop_assert_eq!(decrypt(&wrong, "ADDR", &body), None);
        }
    }
}
