//! PBES2: a private key under a pass phrase, as OpenSSL and other programs open it.
//!
//! Standard: RFC 8018, sections 5.2 and 6.2; RFC 5958, section 3.

use super::{
    Wrap,
    der::{Kind, take, tlv},
};
use crate::{
    digest::{pbkdf2, sha256_joined},
    keys::KeyError,
};
use aes::{
    Aes256,
    cipher::{BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _},
};
use zeroize::Zeroizing;

/// Rounds of PBKDF2 with HMAC-SHA-256: the OWASP figure of 2023.
const ROUNDS: u32 = 600_000;
/// Most rounds that a file may ask for.
const MOST: u32 = 10_000_000;
const BLOCK: usize = 16;

/// id-PBES2, id-PBKDF2, id-hmacWithSHA256, aes256-CBC.
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
const HMAC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09];
const CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];

const SEQUENCE: u8 = 0x30;
const OID: u8 = 0x06;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const NULL: u8 = 0x05;

/// `EncryptedPrivateKeyInfo`. Each kind of key has a salt and a first block of its own.
pub(super) fn encrypt(der: &[u8], wrap: Wrap<'_>, kind: Kind) -> Vec<u8> {
    let label: &[u8] = match kind {
        Kind::Ed25519 => b"ed25519",
        Kind::Sm2 => b"sm2",
    };
    let fresh = sha256_joined(&[&wrap.random, label]);
    let (salt, iv) = fresh.split_at(BLOCK);
    let body = cbc_encrypt(&key(wrap.phrase, salt, ROUNDS), iv, der);
    let rounds = ROUNDS.to_be_bytes();
    let rounds = tlv(INTEGER, &[rounds.get(1..).unwrap_or_default()]);
    let prf = tlv(SEQUENCE, &[&tlv(OID, &[HMAC]), &tlv(NULL, &[])]);
    let derive = tlv(
        SEQUENCE,
        &[
            &tlv(OID, &[PBKDF2]),
            &tlv(SEQUENCE, &[&tlv(OCTETS, &[salt]), &rounds, &prf]),
        ],
    );
    let cipher = tlv(SEQUENCE, &[&tlv(OID, &[CBC]), &tlv(OCTETS, &[iv])]);
    let algorithm = tlv(
        SEQUENCE,
        &[&tlv(OID, &[PBES2]), &tlv(SEQUENCE, &[&derive, &cipher])],
    );
    tlv(SEQUENCE, &[&algorithm, &tlv(OCTETS, &[&body])])
}

/// The way back.
pub(super) fn decrypt(bytes: &[u8], phrase: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let (salt, rounds, iv, body) = parts(bytes).ok_or(KeyError::NotPrivate)?;
    if rounds == 0 || rounds > MOST {
        return Err(KeyError::NotPrivate);
    }
    cbc_decrypt(&key(phrase, salt, rounds), iv, body).ok_or(KeyError::PassPhrase)
}

type Parts<'a> = (&'a [u8], u32, &'a [u8], &'a [u8]);

fn parts(bytes: &[u8]) -> Option<Parts<'_>> {
    let (all, _) = take(bytes, SEQUENCE)?;
    let (algorithm, rest) = take(all, SEQUENCE)?;
    let (body, _) = take(rest, OCTETS)?;
    let params = known(algorithm, PBES2)?;
    let (params, _) = take(params, SEQUENCE)?;
    let (derive, rest) = take(params, SEQUENCE)?;
    let (cipher, _) = take(rest, SEQUENCE)?;
    let (iv, _) = take(known(cipher, CBC)?, OCTETS)?;
    let (fields, _) = take(known(derive, PBKDF2)?, SEQUENCE)?;
    let (salt, fields) = take(fields, OCTETS)?;
    let (rounds, mut fields) = take(fields, INTEGER)?;
    // A length of the key may stand between.
    if let Some((_, rest)) = take(fields, INTEGER) {
        fields = rest;
    }
    let (prf, _) = take(fields, SEQUENCE)?;
    known(prf, HMAC)?;
    if rounds.len() > 4 || iv.len() != BLOCK {
        return None;
    }
    let rounds = rounds.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b));
    Some((salt, rounds, iv, body))
}

/// What follows this object identifier.
fn known<'a>(bytes: &'a [u8], oid: &[u8]) -> Option<&'a [u8]> {
    let (found, rest) = take(bytes, OID)?;
    (found == oid).then_some(rest)
}

fn key(phrase: &str, salt: &[u8], rounds: u32) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(pbkdf2(phrase.as_bytes(), salt, rounds))
}

fn cbc_encrypt(key: &[u8; 32], iv: &[u8], text: &[u8]) -> Vec<u8> {
    let cipher = Aes256::new(key.into());
    let pad = BLOCK - text.len() % BLOCK;
    let mut padded = Zeroizing::new(text.to_vec());
    padded.resize(text.len() + pad, u8::try_from(pad).unwrap_or(0));
    let mut out = Vec::with_capacity(padded.len());
    let mut last = [0; BLOCK];
    last.copy_from_slice(iv);
    for block in padded.as_chunks::<BLOCK>().0 {
        let mut mixed = [0; BLOCK];
        for ((m, a), b) in mixed.iter_mut().zip(block).zip(&last) {
            *m = a ^ b;
        }
        let mut block = mixed.into();
        cipher.encrypt_block(&mut block);
        last = block.into();
        out.extend_from_slice(&last);
    }
    out
}

fn cbc_decrypt(key: &[u8; 32], iv: &[u8], body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = Aes256::new(key.into());
    let (blocks, rest) = body.as_chunks::<BLOCK>();
    if !rest.is_empty() {
        return None;
    }
    let mut out = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut last: [u8; BLOCK] = iv.try_into().ok()?;
    for block in blocks {
        let mut open = (*block).into();
        cipher.decrypt_block(&mut open);
        let open: [u8; BLOCK] = open.into();
        out.extend(open.iter().zip(&last).map(|(a, b)| a ^ b));
        last = *block;
    }
    let pad = usize::from(*out.last()?);
    let whole = out.len().checked_sub(pad)?;
    let padding = out.get(whole..)?;
    let good = (1..=BLOCK).contains(&pad) && padding.iter().all(|b| usize::from(*b) == pad);
    good.then(|| {
        out.truncate(whole);
        out
    })
}
