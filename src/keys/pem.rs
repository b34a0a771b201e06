//! Keys as files that other programs read: PKCS #8 and `SubjectPublicKeyInfo` in PEM.
//!
//! Private keys may be encrypted with a pass phrase: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC, which
//! OpenSSL opens with `openssl pkey -in FILE`.
//!
//! Standard: RFC 5958, RFC 7468, RFC 8410, RFC 8018, GM/T 0009-2012.

mod der;
mod pbes2;

pub(super) use der::{der_signature, raw_signature};

use super::{KeyError, PublicKey, SM2_ID, Signer};
use crate::digest::{base64, unbase64};
use der::{Kind, private_der, private_of, public_der, public_of};
use zeroize::Zeroizing;

const PRIVATE: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";

/// The text of a private key file: an Ed25519 key and, after it, the SM2 key when there is one.
#[derive(Clone)]
pub struct SecretFile(Zeroizing<String>);

impl std::fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretFile(..)")
    }
}

impl SecretFile {
    /// The text to be written, for its owner alone.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// What encrypting a key needs: a pass phrase, and 32 random bytes for salt and first block.
#[derive(Clone, Copy)]
pub struct Wrap<'a> {
    /// The pass phrase.
    pub phrase: &'a str,
    /// Random bytes.
    pub random: [u8; 32],
}

impl std::fmt::Debug for Wrap<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wrap(..)")
    }
}

/// The file of a private key, encrypted when there is a pass phrase.
pub fn private_file(signer: &Signer, pass: Option<Wrap<'_>>) -> SecretFile {
    let mut out = Zeroizing::new(String::new());
    let mut add = |kind: Kind, secret: &[u8], public: &[u8]| {
        let der = private_der(kind, secret, public);
        match pass {
            Some(wrap) => block(&mut out, ENCRYPTED, &pbes2::encrypt(&der, wrap, kind)),
            None => block(&mut out, PRIVATE, &der),
        }
    };
    add(Kind::Ed25519, signer.ed.as_bytes(), &[]);
    if let Some(key) = &signer.sm2 {
        let secret = Zeroizing::new(key.to_bytes().to_vec());
        add(Kind::Sm2, &secret, &key.verifying_key().to_sec1_bytes());
    }
    SecretFile(out)
}

/// The file of a public key: an Ed25519 key, or the SM2 half alone.
pub fn public_file(key: &PublicKey) -> (String, Option<String>) {
    let one = |der: Vec<u8>| {
        let mut out = Zeroizing::new(String::new());
        block(&mut out, PUBLIC, &der);
        out.to_string()
    };
    let ed = one(public_der(Kind::Ed25519, key.ed25519()));
    let sm2 = key
        .sm2
        .as_ref()
        .map(|k| one(public_der(Kind::Sm2, &k.to_sec1_bytes())));
    (ed, sm2)
}

impl Signer {
    /// From the text of a private key file.
    ///
    /// # Errors
    /// `NotPrivate`, and `PassPhrase` when it is encrypted and cannot be opened.
    pub fn from_file(text: &str, phrase: Option<&str>) -> Result<Self, KeyError> {
        let mut ed = None;
        let mut sm2 = None;
        for (label, bytes) in blocks(text).ok_or(KeyError::NotPrivate)? {
            let der = match label {
                PRIVATE => bytes,
                ENCRYPTED => pbes2::decrypt(&bytes, phrase.ok_or(KeyError::PassPhrase)?)?,
                _ => continue,
            };
            match private_of(&der).ok_or(KeyError::NotPrivate)? {
                (Kind::Ed25519, secret) => {
                    let secret: [u8; 32] = secret.try_into().map_err(|_| KeyError::NotPrivate)?;
                    ed = Some(Self::new(secret));
                }
                (Kind::Sm2, secret) => {
                    sm2 = Some(
                        sm2::dsa::SigningKey::from_slice(SM2_ID, secret)
                            .map_err(|_| KeyError::NotPrivate)?,
                    );
                }
            }
        }
        let mut signer = ed.ok_or(KeyError::NotPrivate)?;
        signer.sm2 = sm2;
        Ok(signer)
    }
}

impl PublicKey {
    /// From the texts of public key files, of which one holds an Ed25519 key.
    ///
    /// # Errors
    /// `NotPublic`.
    pub fn from_files(texts: &[&str]) -> Result<Self, KeyError> {
        let mut ed = None;
        let mut sm2 = None;
        for text in texts {
            for (label, der) in blocks(text).ok_or(KeyError::NotPublic)? {
                match (label, public_of(&der).ok_or(KeyError::NotPublic)?) {
                    (PUBLIC, (Kind::Ed25519, key)) => {
                        let key: &[u8; 32] = key.try_into().map_err(|_| KeyError::NotPublic)?;
                        ed = Some(Self::from_ed25519(key)?);
                    }
                    (PUBLIC, (Kind::Sm2, point)) => {
                        sm2 = Some(format!("sm2:{}", crate::digest::hex(point)));
                    }
                    _ => return Err(KeyError::NotPublic),
                }
            }
        }
        let key = ed.ok_or(KeyError::NotPublic)?;
        match sm2 {
            Some(id) => key.with_sm2(&id),
            None => Ok(key),
        }
    }
}

/// Whether the text of a private key file asks for a pass phrase.
pub fn is_encrypted(text: &str) -> bool {
    text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
}

fn block(out: &mut String, label: &str, der: &[u8]) {
    let body = Zeroizing::new(base64(der));
    out.push_str("-----BEGIN ");
    out.push_str(label);
    out.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
}

/// Label and bytes.
type Block<'t> = (&'t str, Zeroizing<Vec<u8>>);

/// The blocks of a PEM text; `None` when one is malformed or there is none.
fn blocks(text: &str) -> Option<Vec<Block<'_>>> {
    let mut all = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(label) = line
            .trim()
            .strip_prefix("-----BEGIN ")
            .and_then(|l| l.strip_suffix("-----"))
        else {
            continue;
        };
        let end = format!("-----END {label}-----");
        let mut body = Zeroizing::new(String::new());
        loop {
            let line = lines.next()?.trim();
            if line == end {
                break;
            }
            body.push_str(line);
        }
        all.push((label, Zeroizing::new(unbase64(&body)?)));
    }
    (!all.is_empty()).then_some(all)
}
