use super::{roll::What, search::found_in};
use crate::digest::{JobKey, KeyStream};

/// Bytes without structure, the same each time.
fn noise(length: usize, seed: u8) -> Vec<u8> {
    let mut out = vec![0; length];
    KeyStream::new(&JobKey::new([seed; 32]), b"noise").fill(0, &mut out);
    out
}

#[test]
fn every_planted_window_is_found_at_any_offset() {
    let key = JobKey::new([9; 32]);
    // Over two pieces, with windows on the seam, at the very beginning and the very end.
    let length = (4 << 20) + (1 << 19);
    let mut image = noise(length, 1);
    let source = noise(200 * 32, 2);
    let windows: Vec<&[u8]> = source.chunks_exact(32).collect();
    let mut places = vec![
        0,
        length - 32,
        (4 << 20) - 1,
        (4 << 20) - 31 - 64,
        (4 << 20) - 512 + 3,
    ];
    while places.len() < windows.len() {
        places.push(1000 + places.len() * 20_011 + places.len() % 7);
    }
    for (window, at) in windows.iter().zip(&places) {
        image[*at..*at + 32].copy_from_slice(window);
    }
    let needles: Vec<(What, &[u8])> = windows.iter().map(|w| (What::Window, *w)).collect();
    let mut found = found_in(&image, &needles, &key);
    found.sort_unstable();
    let wanted: Vec<(usize, u64)> = places
        .iter()
        .enumerate()
        .map(|(n, at)| (n, *at as u64))
        .collect();
    assert_eq!(found, wanted);
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let key = JobKey::new([9; 32]);
    let source = noise(100 * 32, 2);
    let needles: Vec<(What, &[u8])> = source.chunks_exact(32).map(|w| (What::Window, w)).collect();
    assert!(found_in(&noise(1 << 20, 3), &needles, &key).is_empty());
    assert!(found_in(&vec![0; 1 << 20], &needles, &key).is_empty());
    assert!(
        found_in(&[], &needles, &key).is_empty() && found_in(b"abc", &needles, &key).is_empty()
    );
}

#[test]
fn short_stretches_and_names_are_found_whole() {
    let key = JobKey::new([4; 32]);
    let mut image = noise(100_000, 5);
    let (short, name) = (&b"6222020200112233"[..], "客户张三对账单.xlsx".as_bytes());
    image[777..777 + short.len()].copy_from_slice(short);
    image[50_001..50_001 + name.len()].copy_from_slice(name);
    let end = image.len() - short.len();
    image[end..].copy_from_slice(short);
    // The beginning alone is not the thing.
    image[60_000..60_012].copy_from_slice(&name[..12]);
    let found = found_in(&image, &[(What::Short, short), (What::Name, name)], &key);
    assert_eq!(found, [(0, 777), (1, 50_001), (0, end as u64)]);
}

#[test]
fn prints_are_stored_and_read() {
    use super::roll::{Print, Table};
    let key = JobKey::new([1; 32]);
    let table = Table::new(&key);
    let print = Print::of(7, What::Name, b"0123456789", &table, &key).unwrap();
    assert_eq!(Print::from_bytes(&print.to_bytes()), Some(print));
    assert_eq!(Print::from_bytes(&print.to_bytes()[1..]), None);
    assert!(Print::of(7, What::Name, b"short", &table, &key).is_none());
    assert!(Print::of(7, What::Name, &[7; 513], &table, &key).is_none());
    let stored = print.to_bytes();
    assert!(memchr::memmem::find(&stored, b"0123").is_none());
}

#[test]
fn file_systems_are_told_apart() {
    let mut head = vec![0; 0x1_0080];
    assert_eq!(super::identify(&head), None);
    head[0x438..0x43A].copy_from_slice(&[0x53, 0xEF]);
    head[0x468..0x478].fill(7);
    assert_eq!(
        super::identify(&head).unwrap(),
        format!("ext:{}", "07".repeat(16))
    );
    let mut ntfs = vec![0; 512];
    ntfs[3..11].copy_from_slice(b"NTFS    ");
    ntfs[0x48] = 1;
    assert_eq!(super::identify(&ntfs).unwrap(), "ntfs:0100000000000000");
}
