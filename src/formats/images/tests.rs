//! Pictures made in code: taken apart, blanked, stripped.

use super::*;
use crate::formats::{
    Limits, Unread,
    archives::testing::{Finder, copy, read},
    nest,
};
use crate::model::Name;
use proptest::prelude::*;
use std::io::{Cursor, Write};

const VALUE: &str = "13800138000";

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "names of chunks are byte strings"
)]
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let crc = crc32fast::hash(&[kind, data].concat());
    [
        &u32::try_from(data.len()).unwrap().to_be_bytes()[..],
        kind,
        data,
        &crc.to_be_bytes(),
    ]
    .concat()
}

fn png() -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(format!("phone {VALUE}").as_bytes())
        .unwrap();
    let packed = packed.finish().unwrap();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", b"\0\0\0\x02\0\0\0\x02\x08\0\0\0\0"),
        chunk(b"tEXt", format!("Author\0name {VALUE}").as_bytes()),
        chunk(b"zTXt", &[b"Note\0\0", &packed[..]].concat()),
        chunk(
            b"IDAT",
            b"\x78\x9c\x63\x60\x60\x60\x60\x60\x60\0\0\0\x06\0\x01",
        ),
        chunk(b"IEND", b""),
        format!("behind {VALUE}").into_bytes(),
    ]
    .concat()
}

/// EXIF of 31.5° N, 121.25° E, with an artist.
fn exif() -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [
            &tag.to_le_bytes()[..],
            &kind.to_le_bytes(),
            &count.to_le_bytes(),
            &value.to_le_bytes(),
        ]
        .concat()
    };
    tiff.extend(entry(0x013B, 2, 12, 100));
    tiff.extend(entry(0x8825, 4, 1, 38));
    tiff.extend_from_slice(&[0; 4]);
    tiff.extend_from_slice(&[4, 0]);
    tiff.extend(entry(1, 2, 2, u32::from(b'N')));
    tiff.extend(entry(2, 5, 3, 120));
    tiff.extend(entry(3, 2, 2, u32::from(b'E')));
    tiff.extend(entry(4, 5, 3, 144));
    tiff.resize(100, 0);
    tiff.extend_from_slice(b"13800138000\0");
    tiff.resize(120, 0);
    for n in [31_u32, 1, 30, 1, 0, 1, 121, 1, 15, 1, 0, 1] {
        tiff.extend_from_slice(&n.to_le_bytes());
    }
    tiff
}

fn jpeg() -> Vec<u8> {
    let segment = |kind: u8, data: &[u8]| {
        [
            &[0xFF, kind][..],
            &u16::try_from(data.len() + 2).unwrap().to_be_bytes(),
            data,
        ]
        .concat()
    };
    [
        b"\xff\xd8".to_vec(),
        segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        segment(0xE1, &[b"Exif\0\0", &exif()[..]].concat()),
        segment(0xFE, format!("comment {VALUE}").as_bytes()),
        segment(0xC0, b"\x08\0\x10\0\x20\x01\x01\x11\0"),
        segment(0xDA, b"\x01\x01\0\0\x3f\0"),
        b"pixels\xff\0more\xff\xd9".to_vec(),
        format!("behind {VALUE}").into_bytes(),
    ]
    .concat()
}

fn kept(format: Image, bytes: &[u8]) -> Result<Vec<u8>, FormatError> {
    let limits = Limits {
        unread: Unread {
            pictures: Treatment::Keep,
            ..Unread::default()
        },
        ..Limits::default()
    };
    let mut sink = Finder::new(&[]);
    let mut usage = nest::Usage::new(bytes.len() as u64);
    let mut cx = Cx::new(&mut sink, &limits, &mut usage, Name::from("x"));
    let mut out = Cursor::new(Vec::new());
    format.run(&mut Source::slice(bytes), &mut cx, Some(&mut out))?;
    Ok(out.into_inner())
}

#[test]
fn texts_beside_the_pixels_are_read() {
    let (found, result) = read(&Image::PNG, &png(), &[]);
    result.unwrap();
    assert_eq!(found.places(VALUE), ["#$tEXt", "#$zTXt", "#$behind"]);
    assert_eq!(found.gaps, [(String::new(), GapKind::Image)]);
    let (found, result) = read(&Image::JPEG, &jpeg(), &[]);
    result.unwrap();
    let artist = found.texts.iter().find(|t| t.1 == "姓名").unwrap();
    assert_eq!(artist.2, VALUE);
    let place = found.texts.iter().find(|t| t.1 == "GPS").unwrap();
    assert_eq!(place.2, "GPS: 31.500000, 121.250000");
    for place in ["#$APP1", "#$COM", "#$behind"] {
        assert!(found.places(VALUE).contains(&place), "{place}");
    }
}

#[test]
fn copies_are_blank_inside_and_none_alone() {
    for (format, bytes) in [(Image::PNG, png()), (Image::JPEG, jpeg())] {
        let (_, result) = copy(&format, &bytes, &[]);
        assert!(matches!(
            result,
            Err(FormatError::Withheld(GapKind::Image, _))
        ));
        let zip = crate::formats::archives::testing::zipped(&[("a.pic", &bytes)]);
        let (out, result) = copy(&crate::formats::Zip, &zip, &[]);
        result.unwrap();
        let inside = crate::formats::archives::testing::unzipped(&out)
            .remove(0)
            .1;
        assert_eq!(format.probe(&inside, b"x"), Probe::Bytes);
        assert!(memchr::memmem::find(&inside, VALUE.as_bytes()).is_none());
        let (found, result) = read(&format, &inside, &[]);
        result.unwrap();
        assert!(found.gaps.is_empty(), "a blank picture is known again");
    }
}

#[test]
fn kept_pictures_lose_their_metadata_only() {
    for (format, bytes) in [(Image::PNG, png()), (Image::JPEG, jpeg())] {
        let out = kept(format, &bytes).unwrap();
        assert!(memchr::memmem::find(&out, VALUE.as_bytes()).is_none());
        let (found, _) = read(&format, &out, &[]);
        assert!(found.texts.is_empty(), "{:?}", found.texts);
        assert_eq!(kept(format, &out).unwrap(), out, "twice changes nothing");
    }
    assert!(
        kept(Image::JPEG, &jpeg())
            .unwrap()
            .ends_with(b"pixels\xff\0more\xff\xd9")
    );
    assert!(kept(Image::TIFF, &exif()).is_err());
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x21\xfe\x0b13800138000\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x4c\x01\0\x3b";
    let out = kept(Image::GIF, gif).unwrap();
    assert_eq!(out.len(), gif.len() - 15);
    let webp = [
        &b"RIFF\x2a\0\0\0WEBPVP8X\x0a\0\0\0\x0c\0\0\0\0\0\0\0\0\0EXIF\x0b\0\0\0"[..],
        VALUE.as_bytes(),
        b"\0",
    ]
    .concat();
    let out = kept(Image::WEBP, &webp).unwrap();
    assert_eq!(out, b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0");
}

proptest! {
    #[test]
    fn damaged_pictures_end_in_a_result(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), cut in 0usize..80, which in any::<bool>()) {
        let (format, mut bytes) = if which { (Image::PNG, png()) } else { (Image::JPEG, jpeg()) };
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        let _ = read(&format, &bytes, &[]);
        let _ = kept(format, &bytes);
        let _ = read(&Image::TIFF, bytes.get(40..).unwrap_or_default(), &[]);
    }
}
