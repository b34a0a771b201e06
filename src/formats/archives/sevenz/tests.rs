//! Archives made by another writer, copies read by another reader.

use super::*;
use crate::formats::{
    Limits,
    archives::testing::{copy, read, read_within},
};
use crate::model::State;
use proptest::prelude::*;
use sevenz_rust2::{
    ArchiveEntry, ArchiveReader, ArchiveWriter, EncoderConfiguration, EncoderMethod, Password,
};

const VALUE: &str = "13800138000";

fn made(method: EncoderMethod, solid: bool, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    writer.set_content_methods(vec![EncoderConfiguration::new(method)]);
    writer
        .push_archive_entry::<&[u8]>(ArchiveEntry::new_directory("空"), None)
        .unwrap();
    if solid {
        let entries = files.iter().map(|f| ArchiveEntry::new_file(f.0)).collect();
        let readers = files
            .iter()
            .map(|f| sevenz_rust2::SourceReader::new(f.1))
            .collect();
        writer.push_archive_entries(entries, readers).unwrap();
    } else {
        for (name, data) in files {
            writer
                .push_archive_entry(ArchiveEntry::new_file(name), Some(*data))
                .unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn listed(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut reader = ArchiveReader::new(Cursor::new(bytes), Password::empty()).unwrap();
    let mut out = Vec::new();
    reader
        .for_each_entries(|entry, data| {
            let mut all = Vec::new();
            data.read_to_end(&mut all)?;
            out.push((entry.name().to_owned(), all));
            Ok(true)
        })
        .unwrap();
    out
}

#[test]
fn members_of_every_method_are_read_and_masked() {
    let text = format!("电话 {VALUE}\n{}", "abc 文\n".repeat(2000));
    let name = format!("{VALUE}.txt");
    let files: [(&str, &[u8]); 3] = [
        (&name, text.as_bytes()),
        ("b.txt", b"x\n"),
        ("c.txt", b"yy\n"),
    ];
    for method in [
        EncoderMethod::COPY,
        EncoderMethod::LZMA,
        EncoderMethod::LZMA2,
        EncoderMethod::BZIP2,
    ] {
        for solid in [false, true] {
            let bytes = made(method, solid, &files);
            let (found, result) = read(&SevenZip, &bytes, &[]);
            result.unwrap();
            assert_eq!(found.places(VALUE).len(), 2, "{method:?}");
            assert_eq!(found.members.len(), 3);
            assert!(found.members.iter().all(|m| m.2 == State::Read));
            let (same, result) = copy(&SevenZip, &bytes, &["none"]);
            result.unwrap();
            assert_eq!(listed(&same), listed(&bytes), "{method:?} {solid}");
            let (out, result) = copy(&SevenZip, &bytes, &[VALUE]);
            result.unwrap();
            let all = listed(&out);
            assert!(all.contains(&(
                "***********.txt".into(),
                text.replace(VALUE, "***********").into()
            )));
            assert!(all.contains(&("c.txt".into(), b"yy\n".to_vec())));
            assert!(all.contains(&("空".into(), Vec::new())));
            let (again, result) = read(&SevenZip, &out, &[]);
            result.unwrap();
            assert!(again.places(VALUE).is_empty());
        }
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let bytes = made(EncoderMethod::PPMD, false, &[("a.txt", b"some text")]);
    let (found, result) = read(&SevenZip, &bytes, &[]);
    result.unwrap();
    assert_eq!(found.members[0].2, State::Unread(GapKind::Unsupported));
    let (_, result) = copy(&SevenZip, &bytes, &["none"]);
    assert!(matches!(
        result,
        Err(FormatError::Withheld(GapKind::Unsupported, _))
    ));
    let good = made(EncoderMethod::LZMA2, false, &[("a.txt", b"some text")]);
    let (_, result) = read(&SevenZip, &good[..good.len() - 4], &[]);
    assert!(matches!(result, Err(FormatError::Corrupt(_))));
    let more = [&good[..], VALUE.as_bytes()].concat();
    let (found, result) = read(&SevenZip, &more, &[]);
    result.unwrap();
    assert_eq!(found.gaps[0].1, GapKind::Opaque);
    assert_eq!(found.places(VALUE).len(), 1);
    let (out, result) = copy(&SevenZip, &more, &["none"]);
    result.unwrap();
    assert!(memchr::memmem::find(&out, VALUE.as_bytes()).is_none());
}

#[test]
fn bombs_are_bounded() {
    let bomb = made(
        EncoderMethod::LZMA2,
        false,
        &[("a.txt", &vec![b' '; 4 << 20])],
    );
    let limits = Limits {
        member_bytes: 1 << 20,
        ..Limits::default()
    };
    let (found, _) = read_within(&SevenZip, &bomb, &[], &limits);
    assert_eq!(found.members[0].2, State::Unread(GapKind::Limit));
}

proptest! {
    #[test]
    fn damaged_archives_end_in_a_result(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..5), cut in 0usize..60, fix in any::<bool>()) {
        let mut bytes = made(EncoderMethod::LZMA2, true, &[("a.txt", b"some text 13800138000"), ("b", b"more")]);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        // Checksums that hold let the damage through to what is behind them.
        if fix && bytes.len() > 32 {
            let at = u64::from_le_bytes(bytes[12..20].try_into().unwrap());
            if let Some(header) = usize::try_from(at).ok().and_then(|at| bytes.get(at.saturating_add(32)..)) {
                let (len, crc) = (header.len() as u64, crc32fast::hash(header));
                bytes[20..28].copy_from_slice(&len.to_le_bytes());
                bytes[28..32].copy_from_slice(&crc.to_le_bytes());
                let crc = crc32fast::hash(&bytes[12..32]);
                bytes[8..12].copy_from_slice(&crc.to_le_bytes());
            }
        }
        let _ = read(&SevenZip, &bytes, &[]);
        let _ = copy(&SevenZip, &bytes, &[VALUE]);
    }

    #[test]
    fn headers_of_any_bytes_end_in_a_result(mut raw in proptest::collection::vec(any::<u8>(), 0..80), lead in 0usize..3) {
        let lead: &[u8] = [&[1, 4, 6][..], &[1, 5], &[0x17, 6]][lead];
        raw.splice(0..0, lead.iter().copied());
        let _ = super::header::read(&raw, 1000);
    }
}

#[test]
fn encrypted_archives_are_read_with_the_right_password() {
    let text = format!("电话 {VALUE}").repeat(50);
    let made = |mhe: bool| {
        let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
        writer.set_content_methods(vec![
            sevenz_rust2::encoder_options::AesEncoderOptions::new(Password::from("第二个")).into(),
            EncoderConfiguration::new(EncoderMethod::LZMA2),
        ]);
        writer.set_encrypt_header(mhe);
        for name in ["a.txt", "b.txt"] {
            writer
                .push_archive_entry(ArchiveEntry::new_file(name), Some(text.as_bytes()))
                .unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let with = |passwords: &str| Limits {
        passwords: crate::formats::Passwords::read(passwords),
        ..Limits::default()
    };
    for mhe in [false, true] {
        let bytes = made(mhe);
        for passwords in ["", "wrong\n"] {
            let (found, result) = read_within(&SevenZip, &bytes, &[], &with(passwords));
            assert!(found.places(VALUE).is_empty());
            assert_eq!(
                matches!(result, Err(FormatError::Encrypted)),
                mhe,
                "{result:?} {passwords}"
            );
            assert!(
                found
                    .members
                    .iter()
                    .all(|m| m.2 == State::Unread(GapKind::Encrypted))
            );
        }
        let (found, result) = read_within(&SevenZip, &bytes, &[], &with("wrong\n第二个\n"));
        result.unwrap();
        assert_eq!(found.places(VALUE).len(), 2);
        assert!(found.members.iter().all(|m| m.2 == State::Read));
    }
}
