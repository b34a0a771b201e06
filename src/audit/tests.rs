use super::*;
use crate::model::{Actor, EventObject};
use tempfile::TempDir;

const TIME: &str = "2026-11-29T00:00:00Z";

fn signer() -> Signer {
    Signer::new([3; 32]).with_sm2([4; 32]).unwrap()
}

fn event(n: u64) -> Event {
    Event {
        ticket: Some(format!("OPS-{n}")),
        reason: Some("注销".into()),
        operator: Some(Actor {
            key: signer().id(),
            role: "executor".into(),
        }),
        object: Some(EventObject {
            path_fp: Some(format!("{n:032x}")),
            bytes: Some(n),
            ..EventObject::default()
        }),
        ..Event::new(
            if n.is_multiple_of(2) {
                "erase.done"
            } else {
                "hold.added"
            },
            TIME,
        )
    }
}

fn trail(lines: u64) -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let mut trail = Trail::open(dir.path()).unwrap();
    for n in 1..=lines {
        assert_eq!(trail.append(&event(n)).unwrap(), n);
    }
    let note = trail.checkpoint(&signer(), TIME).unwrap();
    (dir, note)
}

fn checked(dir: &TempDir, note: &str) -> Report {
    verify(dir.path(), &[("outside".into(), note.into())]).unwrap()
}

#[test]
fn a_trail_holds_and_goes_on() {
    let (dir, note) = trail(5);
    let report = checked(&dir, &note);
    assert!(report.is_good(), "{:?}", report.faults);
    assert_eq!(
        (
            report.size,
            report.checkpoints,
            report.outside,
            report.covered
        ),
        (5, 1, 1, 5)
    );
    let mut again = Trail::open(dir.path()).unwrap();
    assert!(matches!(Trail::open(dir.path()), Err(AuditError::Locked)));
    assert_eq!(again.append(&event(6)).unwrap(), 6);
    drop(again);
    // An older checkpoint still holds for the first lines.
    let report = checked(&dir, &note);
    assert!(report.is_good());
    assert_eq!((report.size, report.covered), (6, 5));
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, _) = trail(1);
    let mode = |below: &str| {
        fs::metadata(dir.path().join(below))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(TRAIL), 0o600);
    assert_eq!(mode(CHECKPOINTS), 0o700);
    assert_eq!(mode("checkpoints/000000000001.note"), 0o600);
}

#[test]
fn a_torn_last_line_is_cut_and_told() {
    let (dir, note) = trail(3);
    let path = dir.path().join(TRAIL);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"event\":\"era");
    fs::write(&path, &bytes).unwrap();
    assert_eq!(checked(&dir, &note).faults, [Fault::Torn(13)]);
    let mut trail = Trail::open(dir.path()).unwrap();
    assert_eq!(trail.torn(), Some(13));
    assert_eq!(trail.append(&event(4)).unwrap(), 4);
    drop(trail);
    assert!(checked(&dir, &note).is_good());
}

#[test]
fn a_write_that_fails_leaves_no_half_line() {
    let (dir, _) = trail(3);
    let path = dir.path().join(TRAIL);
    let before = fs::read(&path).unwrap();
    let mut open = Trail::open(dir.path()).unwrap();
    // Neither written nor cut off again: as on a disk that failed.
    let writable = std::mem::replace(&mut open.file, fs::File::open(&path).unwrap());
    assert!(open.append(&event(4)).is_err());
    assert_eq!(open.size(), 3, "none of it counts");
    open.file = writable;
    assert!(
        open.append(&event(4)).is_err(),
        "nobody knows what lies there"
    );
    drop(open);
    assert_eq!(fs::read(&path).unwrap(), before);
    let mut open = Trail::open(dir.path()).unwrap();
    open.append(&event(4)).unwrap();
    drop(open);
    assert_eq!(Trail::open(dir.path()).unwrap().size(), 4);
}

#[test]
fn what_is_gone_by_is_whole_or_refused() {
    let (dir, _) = trail(3);
    let path = dir.path().join(TRAIL);
    assert_eq!(confirmed(dir.path()).unwrap().len(), 3);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, [&whole[..], b"{\"torn\":"].concat()).unwrap();
    assert_eq!(confirmed(dir.path()).unwrap().len(), 3, "never confirmed");
    fs::write(&path, [&whole[..], b"no line of ours\n"].concat()).unwrap();
    assert!(matches!(confirmed(dir.path()), Err(AuditError::Broken(4))));
    fs::remove_file(&path).unwrap();
    assert!(confirmed(dir.path()).unwrap().is_empty());
}

#[test]
fn a_trail_that_does_not_hold_is_not_continued() {
    let (dir, _) = trail(4);
    let path = dir.path().join(TRAIL);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("OPS-2", "OPS-9", 1)).unwrap();
    assert!(matches!(
        Trail::open(dir.path()),
        Err(AuditError::Broken(3))
    ));
    // Cut at a line: the chain holds, the checkpoint does not.
    let cut: String = text.split_inclusive('\n').take(3).collect();
    fs::write(&path, cut).unwrap();
    assert!(matches!(
        Trail::open(dir.path()),
        Err(AuditError::Checkpoint)
    ));
}

#[test]
fn texts_are_composed_and_lines_are_canonical() {
    let dir = tempfile::tempdir().unwrap();
    let mut trail = Trail::open(dir.path()).unwrap();
    let mut e = Event::new("plan.made", TIME);
    e.reason = Some("Cafe\u{301}".into());
    trail.append(&e).unwrap();
    let text = fs::read_to_string(dir.path().join(TRAIL)).unwrap();
    assert!(text.contains("Caf\u{e9}"));
    assert!(text.starts_with("{\"event\":\"plan.made\",\"prev\":\"000000"));
    assert!(text.ends_with("\"v\":1}\n"));
}

#[test]
fn notes_hold_for_their_text_and_keys() {
    let (_dir, note) = trail(2);
    let read = Checkpoint::parse(&note).unwrap();
    assert_eq!((read.size, read.key), (2, signer().id()));
    assert!(
        Checkpoint::parse(&note.replace('\n', "\r\n")).is_ok(),
        "as mailed from Windows"
    );
    for (from, to) in [("\n2\n", "\n3\n"), ("2026", "2027"), ("+sm2 ", "+sm3 ")] {
        assert!(
            Checkpoint::parse(&note.replacen(from, to, 1)).is_err(),
            "{from:?}"
        );
    }
    assert_eq!(Checkpoint::parse("hello").unwrap_err(), NoteError::Form);
    // Signed by another, even when it says the same.
    let mut other = read_back(&note);
    other.key = Signer::new([9; 32]).id();
    assert!(Checkpoint::parse(&other.sign(&signer())).is_err());
}

fn read_back(note: &str) -> Checkpoint {
    Checkpoint::parse(note).unwrap()
}

/// What can be done to a trail; `n` varies it.
fn attack(kind: usize, lines: &[Vec<u8>], n: usize) -> Vec<u8> {
    let mut lines = lines.to_vec();
    let at = n * 7 % lines.len();
    let joined = |lines: &[Vec<u8>]| {
        let mut out = Vec::new();
        for line in lines {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        out
    };
    // As someone would who knows how the chain is made.
    let rechained = |lines: &[Vec<u8>]| {
        let mut last = NOTHING;
        let mut out = Vec::new();
        for (i, line) in lines.iter().enumerate() {
            let (_, event) = event_of(line).unwrap();
            let line = record(&event, i as u64 + 1, &last).unwrap();
            last = sha256_of(&line);
            out.push(line);
        }
        out
    };
    match kind {
        0 => {
            let mut bytes = joined(&lines);
            let at = n * 7919 % bytes.len();
            bytes[at] ^= 1 << (n % 8);
            bytes
        }
        1 => {
            lines.remove(at);
            joined(&lines)
        }
        2 => {
            let copy = lines[at].clone();
            lines.insert((at + n) % lines.len(), copy);
            joined(&lines)
        }
        3 => {
            let with = (at + 1 + n % (lines.len() - 1)) % lines.len();
            lines.swap(at, with);
            joined(&lines)
        }
        4 => {
            lines.truncate(lines.len() - 1 - n % (lines.len() - 1));
            joined(&lines)
        }
        5 => {
            lines.remove(at);
            joined(&rechained(&lines))
        }
        _ => {
            let (seq, mut event) = event_of(&lines[at]).unwrap();
            event.reason = Some(format!("another reason {n}"));
            lines[at] = record(&event, seq, &NOTHING).unwrap();
            joined(&rechained(&lines))
        }
    }
}

/// A1 of the acceptance list: seven kinds of attack, 200 each, all found with a checkpoint kept elsewhere,
/// even when whoever changed the trail also took away the checkpoints beside it.
#[test]
fn attacks_are_found_with_a_checkpoint_from_elsewhere() {
    let (dir, note) = trail(40);
    let path = dir.path().join(TRAIL);
    let good = fs::read(&path).unwrap();
    let lines: Vec<Vec<u8>> = good
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .map(<[u8]>::to_vec)
        .collect();
    fs::remove_dir_all(dir.path().join(CHECKPOINTS)).unwrap();
    assert!(checked(&dir, &note).is_good());
    let mut found = [0; 7];
    let mut by_chain = [0; 7];
    for (kind, (found, by_chain)) in found.iter_mut().zip(&mut by_chain).enumerate() {
        for n in 0..200 {
            let bad = attack(kind, &lines, n);
            assert_ne!(bad, good, "attack {kind} {n} changes something");
            fs::write(&path, &bad).unwrap();
            *found += usize::from(!checked(&dir, &note).is_good());
            *by_chain += usize::from(!verify(dir.path(), &[]).unwrap().is_good());
        }
    }
    assert_eq!(found, [200; 7]);
    // What the chain alone cannot show is what the documentation says it cannot.
    assert_eq!(by_chain[4..], [0, 0, 0]);
}

#[test]
fn queries_take_what_was_asked_for() {
    let (dir, _) = trail(6);
    let count = |query: &Query| rows(dir.path(), query).unwrap().0.len();
    assert_eq!(count(&Query::default()), 6);
    let some = |text: &str| Some(text.to_owned());
    let event = Query {
        event: some("erase"),
        ..Query::default()
    };
    assert_eq!(count(&event), 3);
    assert_eq!(
        count(&Query {
            ticket: some("OPS-4"),
            ..Query::default()
        }),
        1
    );
    assert_eq!(
        count(&Query {
            from: some("2026-12"),
            ..Query::default()
        }),
        0
    );
    assert_eq!(
        count(&Query {
            to: some("2026-11-29"),
            ..Query::default()
        }),
        6
    );
    let fp = Query {
        fingerprint: some(&format!("{:032x}", 5)),
        ..Query::default()
    };
    assert_eq!(rows(dir.path(), &fp).unwrap().0[0].seq, 5);
}
