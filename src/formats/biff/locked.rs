//! Encrypted workbooks: RC4 in two forms, and the obfuscation by XOR of Excel 5 to 2003.
//!
//! Standard: [MS-XLS] 2.2.10 and 2.4.117, [MS-OFFCRYPTO] 2.3.5 to 2.3.7.

use super::records::u16_at;
use crate::formats::{
    Cx, FormatError,
    unlock::{self, Cipher},
};

/// Says how the workbook is encrypted.
const FILE_PASS: u16 = 0x002F;
/// Names and places of sheets; the places are never encrypted.
const BOUND_SHEET: u16 = 0x0085;
/// A record that says nothing, of any length.
const SILENT: u16 = 0x00E2;
/// Bytes that are encrypted together.
const BLOCK: usize = 1024;
/// Records before the one that says how.
const EARLY: usize = 64;

/// Decrypts a workbook's stream in place, when it is encrypted. Gives whether it was.
///
/// # Errors
/// `Encrypted` when no password opens it.
pub(super) fn open(stream: &mut [u8], cx: &Cx<'_>) -> Result<bool, FormatError> {
    let Some((at, header)) = header(stream) else {
        return Ok(false);
    };
    let passwords: Vec<&str> = (cx.limits.passwords.iter())
        .chain([unlock::NO_PASSWORD])
        .collect();
    let clear = clear(stream);
    let is_clear = |at: usize| clear.get(at).copied().unwrap_or(true);
    // Excel 5 has nothing but key and check; later versions say the kind first.
    let xor = match (header.len(), u16_at(&header, 0)) {
        (4, _) => Some(0),
        (_, Some(0)) => Some(2),
        _ => None,
    };
    if let Some(skip) = xor {
        let key = u16_at(&header, skip).zip(u16_at(&header, skip + 2));
        let array = key.and_then(|(key, check)| {
            let mut all = passwords.iter();
            all.find_map(|p| unlock::xor::array(p, key, check))
        });
        mix(stream, &array.ok_or(FormatError::Encrypted)?, is_clear);
    } else {
        let rest = header.get(2..).unwrap_or_default();
        let cipher = Cipher::open(rest, &passwords).ok_or(FormatError::Encrypted)?;
        cipher.decrypt(stream, BLOCK, is_clear);
    }
    if let Some(kind) = stream.get_mut(at..at + 2) {
        kind.copy_from_slice(&SILENT.to_le_bytes());
    }
    Ok(true)
}

/// Where the record begins that says how, and what it says.
fn header(stream: &[u8]) -> Option<(usize, Vec<u8>)> {
    let mut at = 0;
    for _ in 0..EARLY {
        let kind = u16_at(stream, at)?;
        let body = stream.get(at + 4..at + 4 + usize::from(u16_at(stream, at + 2)?))?;
        if kind == FILE_PASS {
            return Some((at, body.to_vec()));
        }
        at += 4 + body.len();
    }
    None
}

/// Which bytes are not encrypted: headers of records, and the bodies of some.
fn clear(stream: &[u8]) -> Vec<bool> {
    let mut out = vec![true; stream.len()];
    let mut at = 0;
    while let Some((kind, length)) = u16_at(stream, at).zip(u16_at(stream, at + 2)) {
        let (start, end) = (at + 4, at + 4 + usize::from(length));
        let skip = match kind {
            0x0809 | FILE_PASS | 0x00E1 | 0x0138 | 0x0194..=0x0196 => end - start,
            BOUND_SHEET => 4,
            _ => 0,
        };
        if let Some(body) = out.get_mut((start + skip).min(end)..end) {
            body.fill(false);
        }
        at = end;
    }
    out
}

/// Takes the obfuscation away.
fn mix(stream: &mut [u8], array: &[u8; 16], is_clear: impl Fn(usize) -> bool) {
    let mut at = 0;
    while let Some(length) = u16_at(stream, at + 2).filter(|_| at + 4 <= stream.len()) {
        let (start, end) = (at + 4, at + 4 + usize::from(length));
        for here in start..end.min(stream.len()) {
            // The place in the record and its length say where in the array it begins.
            let key = array.get((here + end - start) % 16).copied().unwrap_or(0);
            if let Some(byte) = stream.get_mut(here).filter(|_| !is_clear(here)) {
                *byte = (*byte ^ key).rotate_right(5);
            }
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        Format, FormatError, Limits, Passwords, Xls,
        archives::testing::{copy, read_within},
    };

    /// Made by another program: `fixtures/formats/protected/README.md`.
    const BOOK: &[u8] = include_bytes!("../../../fixtures/formats/protected/customers.xls");

    fn with(passwords: &str) -> Limits {
        Limits {
            passwords: Passwords::read(passwords),
            ..Limits::default()
        }
    }

    #[test]
    fn the_right_password_opens_a_workbook() {
        for wrong in ["", "wrong\n"] {
            let (found, result) = read_within(&Xls, BOOK, &[], &with(wrong));
            assert!(matches!(result, Err(FormatError::Encrypted)), "{result:?}");
            assert!(found.places("13800138000").is_empty());
        }
        let (found, result) = read_within(&Xls, BOOK, &[], &with("wrong\n客户2026\n"));
        result.unwrap();
        assert!(!found.places("13800138000").is_empty());
        assert!(!found.places("备注文字编号399").is_empty());
        assert!(copy(&Xls, BOOK, &[]).1.is_err());
        assert_eq!(Xls.id(), "xls");
    }

    /// The first records of a workbook that Excel has written under the password `123456789012345`, from the tests of
    /// msoffcrypto-tool (MIT): up to the name of whoever writes and the first font.
    const WRITTEN: &str = "0908100000060500ec15cd07c1c00000060300002f00060000006582b19ee1000200b004c10002002a58e20000005c007000\
         895b28f3043160b444b5e7d52c75e6940637845e833382172e5c2f5f2c982e5c2f5f2c5e2d592a5d2e5c2f5f2c982e5c2f5f\
         2c5e2d592a5d2e5c2f5f2c982e5c2f5f2c5e2d592a5d2e5c2f5f2c982e5c2f5f2c5e2d592a5d2e5c2f5f2c982e5c2f5f2c5e\
         2d592a5d2e5c2f5f2c982e5c4200020038d961010200289cc00100003d0102000e599c000200e99c19000200285a12000200\
         2a58130002002a58af010200295dbc0102002b5b3d001200377baf5a423a935f2d582b5b289c0a58201b400002002e598d00\
         0200289c22000200285a0e0002000a58b70102002a58da000200295d31001a00315a295dd1b638782b5b289c2afa8b7b005a\
         675d03590658a65b";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = hex.as_bytes().chunks(2);
        let byte = |d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap();
        digits.map(byte).collect()
    }

    fn opened(stream: &mut [u8], password: &str) -> Result<bool, FormatError> {
        let limits = with(password);
        let mut sink = crate::formats::archives::testing::Finder::default();
        let mut usage = crate::formats::nest::Usage::new(1);
        let name = crate::model::Name::from("x");
        open(stream, &Cx::new(&mut sink, &limits, &mut usage, name))
    }

    #[test]
    fn obfuscation_of_excel_is_taken_away() {
        let mut stream = bytes(WRITTEN);
        let result = opened(&mut stream, "12345678901234");
        assert!(matches!(result, Err(FormatError::Encrypted)), "{result:?}");
        assert!(opened(&mut stream, "x\n123456789012345").unwrap());
        let name = [
            &b"\x5C\0\x70\0\x15\0\0Microsoft Office User"[..],
            &[b' '; 88],
        ]
        .concat();
        assert_eq!(stream[0x2E..0xA2], name);
        let font = b"\x31\0\x1A\0\xC8\0\0\0\xFF\x7F\x90\x01\0\0\0\0\0\x15\x05\x01A\0r\0i\0a\0l\0";
        assert_eq!(stream[0x116..], *font);
        // What is never mixed.
        assert_eq!(stream[..0x14], bytes(WRITTEN)[..0x14]);
    }

    #[test]
    fn keys_of_obfuscation() {
        // Key, check and array of "abc123" and "abcde" from msoffcrypto-tool.
        for (password, key, check, array) in KEYS {
            assert_eq!(unlock::xor::array(password, key, check), Some(array));
            assert_eq!(unlock::xor::array(password, key, check ^ 1), None);
        }
    }

    const KEYS: [(&str, u16, u16, [u8; 16]); 2] = [
        (
            "abc123",
            0x1CAB,
            0xC58F,
            [
                0x65, 0x3F, 0x64, 0x96, 0xCC, 0x97, 0x08, 0xF1, 0x2A, 0x53, 0x2A, 0xF1, 0x09, 0x4E,
                0xD5, 0x51,
            ],
        ),
        (
            "abcde",
            0x2FED,
            0xC6FC,
            [
                0x46, 0xA6, 0x47, 0xA5, 0x44, 0x4A, 0x09, 0x68, 0xAB, 0x68, 0x09, 0x4B, 0xB6, 0x97,
                0xA9, 0x10,
            ],
        ),
    ];
}
