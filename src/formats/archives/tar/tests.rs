//! Headers made by hand: what lies in them besides their fields.

use super::{
    Tar,
    header::{BLOCK, Block, put_record, put_size, seal, set},
};
use crate::formats::{
    archives::testing::{copy, read},
    mail::coding::to_base64,
};

const VALUE: &str = "13800138000";

fn header(name: &[u8], kind: u8, size: usize) -> Block {
    let mut block = [0; BLOCK];
    set(&mut block, 0, 100, name);
    set(&mut block, 100, 8, b"0000644");
    set(&mut block, 136, 12, b"13700137000");
    put_size(&mut block, size as u64);
    set(&mut block, 156, 1, &[kind]);
    set(&mut block, 257, 8, b"ustar\x0000");
    seal(&mut block);
    block
}

fn padded(data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    out.resize(out.len().div_ceil(BLOCK) * BLOCK, 0);
    out
}

fn archive(parts: &[&[u8]]) -> Vec<u8> {
    [&parts.concat()[..], &[0; 2 * BLOCK]].concat()
}

fn holds(bytes: &[u8], what: &str) -> bool {
    memchr::memmem::find(bytes, what.as_bytes()).is_some()
}

/// The value is read and in no copy, whatever else changes; the member is.
fn read_and_gone(bytes: &[u8], place: &str) {
    let (found, result) = read(&Tar, bytes, &[]);
    result.unwrap();
    assert_eq!(found.places(VALUE), [place]);
    let (out, result) = copy(&Tar, bytes, &[VALUE]);
    result.unwrap();
    assert!(!holds(&out, VALUE), "{place}");
    let (again, result) = read(&Tar, &out, &[]);
    result.unwrap();
    let names: Vec<&str> = again.members.iter().map(|m| m.0.as_str()).collect();
    assert_eq!(names, ["keep.txt"]);
    assert!(!again.places("kept").is_empty());
}

#[test]
fn what_lies_in_a_header_besides_its_fields_is_read_and_in_no_copy() {
    let plain = archive(&[&header(b"keep.txt", b'0', 5), &padded(b"kept\n")]);
    assert_eq!(copy(&Tar, &plain, &[VALUE]).0, plain);
    assert!(read(&Tar, &plain, &[]).0.places("13700137000").is_empty());
    // Behind the ends of names, over several numbers, behind the last field.
    for at in [20, 108, 137, 200, 280, 310, 329, 400, 500] {
        let mut block = header(b"keep.txt", b'0', 5);
        set(&mut block, at, 11, VALUE.as_bytes());
        seal(&mut block);
        read_and_gone(&archive(&[&block, &padded(b"kept\n")]), "#$header");
    }
    // In the fields that GNU has there instead.
    for at in [350, 400, 450, 485] {
        let mut block = header(b"keep.txt", b'0', 5);
        set(&mut block, 257, 8, b"ustar  \0");
        set(&mut block, at, 11, VALUE.as_bytes());
        seal(&mut block);
        read_and_gone(&archive(&[&block, &padded(b"kept\n")]), "#$header");
    }
}

#[test]
fn what_lies_behind_records_is_read_and_in_no_copy() {
    let mut records = Vec::new();
    put_record("comment", b"kept too", &mut records);
    for inside in [true, false] {
        let mut data = records.clone();
        let size = data.len() + if inside { 12 } else { 0 };
        data.push(0);
        data.extend_from_slice(VALUE.as_bytes());
        for kind in [b'x', b'g'] {
            let bytes = archive(&[
                &header(b"PaxHeaders/x", kind, size),
                &padded(&data),
                &header(b"keep.txt", b'0', 5),
                &padded(b"kept\n"),
            ]);
            read_and_gone(&bytes, "#$header");
        }
    }
}

#[test]
fn attributes_in_base_64_and_in_binary_are_read_and_masked() {
    let text = format!("call {VALUE}");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let binary = [b"bplist00\xd1\x01", &wide[..]].concat();
    let coded = |raw: &[u8]| to_base64(raw, 0, b"");
    for (key, value) in [
        ("LIBARCHIVE.xattr.user.note", coded(text.as_bytes())),
        ("LIBARCHIVE.xattr.com.apple.note", coded(&binary)),
        ("SCHILY.xattr.com.apple.note", binary),
    ] {
        let mut records = Vec::new();
        put_record(key, &value, &mut records);
        let bytes = archive(&[
            &header(b"PaxHeaders/x", b'x', records.len()),
            &padded(&records),
            &header(b"keep.txt", b'0', 5),
            &padded(b"kept\n"),
        ]);
        let (found, result) = read(&Tar, &bytes, &[]);
        result.unwrap();
        assert_eq!(found.places(VALUE).len(), 1, "{key}");
        let (out, result) = copy(&Tar, &bytes, &[VALUE]);
        result.unwrap();
        let value = String::from_utf8_lossy(&value);
        assert!(!holds(&out, &value) || value.contains('\u{FFFD}'), "{key}");
        assert!(read(&Tar, &out, &[]).0.places(VALUE).is_empty(), "{key}");
        assert_eq!(copy(&Tar, &bytes, &["no such value"]).0, bytes, "{key}");
    }
}
