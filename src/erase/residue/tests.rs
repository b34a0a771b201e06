use super::{
    print::{Anchors, Print, What},
    search::found_in,
};
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
    let length = (8 << 20) + (1 << 19) + 77;
    let mut image = noise(length, 1);
    let source = noise(200 * 32, 2);
    let windows: Vec<&[u8]> = source.chunks_exact(32).collect();
    let mut places = vec![
        0,
        length - 32,
        (4 << 20) - 1,
        (4 << 20) - 31 - 64,
        (4 << 20) - 512 + 3,
        (8 << 20) - 9,
    ];
    while places.len() < windows.len() {
        places.push(1000 + places.len() * 20_011 + places.len() % 7);
    }
    for (window, at) in windows.iter().zip(&places) {
        image[*at..*at + 32].copy_from_slice(window);
    }
    let needles: Vec<(What, &[u8])> = windows.iter().map(|w| (What::Window, *w)).collect();
    let wanted: Vec<(u32, u64)> = (0..).zip(&places).map(|(n, at)| (n, *at as u64)).collect();
    for threads in [1, 3] {
        let mut found = found_in(&image, &needles, &key, threads);
        found.sort_unstable();
        assert_eq!(found, wanted, "{threads} threads");
    }
}

/// A device ends anywhere: less than what is read around a piece may lie behind the last whole piece.
#[test]
fn the_end_and_every_border_of_pieces_are_searched() {
    const PIECE: usize = 4 << 20;
    let key = JobKey::new([5; 32]);
    let source = noise(64 * 32, 12);
    let windows: Vec<&[u8]> = source.chunks_exact(32).collect();
    let lengths = [
        PIECE,
        PIECE + 32,
        PIECE + 77,
        PIECE + 4095,
        PIECE + 4096,
        PIECE + 4097,
        2 * PIECE + 77,
        3 * PIECE + 4000,
    ];
    for length in lengths {
        let mut image = noise(length, 13);
        let mut places = vec![length - 32];
        for border in (PIECE..length).step_by(PIECE) {
            for at in [border - 100, border - 64, border - 31, border + 1] {
                let apart = places.iter().all(|p| p.abs_diff(at) >= 32);
                places.extend((apart && at + 32 <= length).then_some(at));
            }
        }
        for (window, at) in windows.iter().zip(&places) {
            image[*at..*at + 32].copy_from_slice(window);
        }
        let needles: Vec<(What, &[u8])> = (windows.iter().zip(&places))
            .map(|(w, _)| (What::Window, *w))
            .collect();
        let wanted: Vec<(u32, u64)> = (0..).zip(&places).map(|(n, at)| (n, *at as u64)).collect();
        for threads in [1, 2, 5] {
            let mut found = found_in(&image, &needles, &key, threads);
            found.sort_unstable();
            assert_eq!(found, wanted, "{length}, {threads} threads");
        }
    }
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let key = JobKey::new([9; 32]);
    let source = noise(100 * 32, 2);
    let needles: Vec<(What, &[u8])> = source.chunks_exact(32).map(|w| (What::Window, w)).collect();
    assert!(found_in(&noise(1 << 20, 3), &needles, &key, 2).is_empty());
    assert!(found_in(&vec![0; 1 << 20], &needles, &key, 2).is_empty());
    assert!(
        found_in(&[], &needles, &key, 1).is_empty()
            && found_in(b"abc", &needles, &key, 1).is_empty()
    );
}

#[test]
fn short_stretches_and_names_are_found_whole() {
    let key = JobKey::new([4; 32]);
    let mut image = noise(100_000, 5);
    let (short, name) = (&b"6222020200112233"[..], "客户张三对账单.xlsx".as_bytes());
    image[777..777 + short.len()].copy_from_slice(short);
    image[50_001..50_001 + name.len()].copy_from_slice(name);
    // The beginning alone is not the thing.
    image[60_000..60_012].copy_from_slice(&name[..12]);
    let needles = [(What::Short, short), (What::Name, name)];
    let found = found_in(&image, &needles, &key, 1);
    assert_eq!(found, [(0, 777), (1, 50_001)]);
    // At the very end; of several places the first is told.
    let end = image.len() - short.len();
    image[end..].copy_from_slice(short);
    assert_eq!(found_in(&image, &needles, &key, 2), [(0, 777), (1, 50_001)]);
    image[777] ^= 1;
    assert_eq!(
        found_in(&image, &needles, &key, 2),
        [(1, 50_001), (0, end as u64)]
    );
}

/// Zeros and other runs of one byte are passed over whole; what stands among them, or over their edges, is not.
#[test]
fn stretches_at_the_edges_of_runs_are_found() {
    let key = JobKey::new([6; 32]);
    let mut stretch = [0; 32];
    stretch[20..28].copy_from_slice(b"6222abcd");
    for at in [0, 4096 - 32, 4096 - 20, 4096 - 27, 4096, 9000, 20_000 - 32] {
        for run in [0, 0xFF] {
            let mut image = vec![run; 20_000];
            image[at..at + 32].copy_from_slice(&stretch);
            let found = found_in(&image, &[(What::Window, &stretch)], &key, 1);
            assert_eq!(found, [(0, at as u64)], "{at} {run}");
        }
    }
}

/// Many files begin with the same header: each of them is told, and the places do not depend on the threads.
#[test]
fn what_several_files_have_is_found_for_each() {
    let key = JobKey::new([8; 32]);
    let header = &noise(32, 9)[..];
    let other = &noise(32, 10)[..];
    let mut image = noise(9 << 20, 11);
    for at in [100, (5 << 20) + 1, (8 << 20) + 3] {
        image[at..at + 32].copy_from_slice(header);
    }
    let needles = [
        (What::Window, header),
        (What::Window, other),
        (What::Window, header),
    ];
    for threads in [1, 2, 4] {
        let found = found_in(&image, &needles, &key, threads);
        assert_eq!(found, [(0, 100), (2, 100)]);
    }
}

#[test]
fn prints_are_stored_and_read() {
    let key = JobKey::new([1; 32]);
    let anchors = Anchors::new(&key);
    let print = Print::of(7, What::Name, b"0123456789", anchors, &key).unwrap();
    assert_eq!(Print::from_bytes(&print.to_bytes()), Some(print));
    assert_eq!(Print::from_bytes(&print.to_bytes()[1..]), None);
    assert!(Print::of(7, What::Name, b"short", anchors, &key).is_none());
    assert!(Print::of(7, What::Name, &[7; 513], anchors, &key).is_none());
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
