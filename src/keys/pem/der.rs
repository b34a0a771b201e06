//! The few DER structures that keys and signatures are kept in.
//!
//! Standard: ITU-T X.690.

use zeroize::Zeroizing;

/// What kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ed25519,
    Sm2,
}

/// id-Ed25519, RFC 8410.
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
/// id-ecPublicKey and the curve of SM2, 1.2.156.10197.1.301.
const SM2: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55,
    0x01, 0x82, 0x2d,
];

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const BITS: u8 = 0x03;
/// Explicit tags 0 and 1.
const FIRST: u8 = 0xa0;
const SECOND: u8 = 0xa1;

/// Tag, length, content.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let skip = bytes.iter().take_while(|b| **b == 0).count();
            let bytes = bytes.get(skip..).unwrap_or_default();
            out.push(0x80 | u8::try_from(bytes.len()).unwrap_or(8));
            out.extend_from_slice(bytes);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Splits off one element with this tag: its content and what follows.
pub(super) fn take(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    if *found != tag {
        return None;
    }
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        let length = digits.iter().fold(0, |n, b| n << 8 | usize::from(*b));
        (length, rest)
    };
    rest.split_at_checked(length)
}

fn algorithm(kind: Kind) -> Vec<u8> {
    match kind {
        Kind::Ed25519 => tlv(SEQUENCE, &[ED25519]),
        Kind::Sm2 => tlv(SEQUENCE, &[SM2]),
    }
}

fn kind_of(bytes: &[u8]) -> Option<(Kind, &[u8])> {
    let (algorithm, rest) = take(bytes, SEQUENCE)?;
    match algorithm {
        ED25519 => Some((Kind::Ed25519, rest)),
        SM2 => Some((Kind::Sm2, rest)),
        _ => None,
    }
}

/// `PrivateKeyInfo`; for SM2 an `ECPrivateKey` (RFC 5915) with the public point.
pub(super) fn private_der(kind: Kind, secret: &[u8], public: &[u8]) -> Zeroizing<Vec<u8>> {
    let version = tlv(INTEGER, &[&[0]]);
    let inner = Zeroizing::new(match kind {
        Kind::Ed25519 => tlv(OCTETS, &[secret]),
        Kind::Sm2 => tlv(
            SEQUENCE,
            &[
                &tlv(INTEGER, &[&[1]]),
                &tlv(OCTETS, &[secret]),
                &tlv(SECOND, &[&tlv(BITS, &[&[0], public])]),
            ],
        ),
    });
    Zeroizing::new(tlv(
        SEQUENCE,
        &[&version, &algorithm(kind), &tlv(OCTETS, &[&inner])],
    ))
}

/// Kind and secret of a `PrivateKeyInfo`.
pub(super) fn private_of(der: &[u8]) -> Option<(Kind, &[u8])> {
    let (body, rest) = take(der, SEQUENCE)?;
    let (_, body) = take(body, INTEGER)?;
    let (kind, body) = kind_of(body)?;
    let (inner, _) = take(body, OCTETS)?;
    let secret = match kind {
        Kind::Ed25519 => take(inner, OCTETS)?.0,
        Kind::Sm2 => {
            let (fields, _) = take(inner, SEQUENCE)?;
            let (_, fields) = take(fields, INTEGER)?;
            let (secret, fields) = take(fields, OCTETS)?;
            // Parameters may stand before the point; neither is needed.
            let _ = take(fields, FIRST);
            secret
        }
    };
    rest.is_empty().then_some((kind, secret))
}

/// `SubjectPublicKeyInfo`.
pub(super) fn public_der(kind: Kind, key: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&algorithm(kind), &tlv(BITS, &[&[0], key])])
}

/// Kind and key of a `SubjectPublicKeyInfo`.
pub(super) fn public_of(der: &[u8]) -> Option<(Kind, &[u8])> {
    let (body, rest) = take(der, SEQUENCE)?;
    let (kind, body) = kind_of(body)?;
    let (bits, _) = take(body, BITS)?;
    let key = bits.strip_prefix(&[0])?;
    rest.is_empty().then_some((kind, key))
}

/// Two numbers of 32 bytes as a DER sequence of integers, as OpenSSL wants SM2 signatures.
pub(in crate::keys) fn der_signature(raw: &[u8]) -> Vec<u8> {
    let (r, s) = raw.split_at(raw.len() / 2);
    let integer = |n: &[u8]| {
        let skip = n.iter().take_while(|b| **b == 0).count();
        let n = n.get(skip..).unwrap_or_default();
        let sign: &[u8] = if n.first().is_none_or(|b| b & 0x80 != 0) {
            &[0]
        } else {
            &[]
        };
        tlv(INTEGER, &[sign, n])
    };
    tlv(SEQUENCE, &[&integer(r), &integer(s)])
}

/// The way back: 64 bytes.
pub(in crate::keys) fn raw_signature(der: &[u8]) -> Option<Vec<u8>> {
    let (body, rest) = take(der, SEQUENCE)?;
    let (r, body) = take(body, INTEGER)?;
    let (s, end) = take(body, INTEGER)?;
    let mut out = vec![0; 64];
    for (half, n) in out.chunks_exact_mut(32).zip([r, s]) {
        let n = n.strip_prefix(&[0]).unwrap_or(n);
        let start = half.len().checked_sub(n.len())?;
        half.get_mut(start..)?.copy_from_slice(n);
    }
    (rest.is_empty() && end.is_empty() && der_signature(&out) == der).then_some(out)
}
