use super::*;
use tempfile::TempDir;

fn place(dir: &TempDir) -> Place {
    Place::new(&dir.path().join("out"), &[], "1").unwrap()
}

fn all(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = walkdir::WalkDir::new(dir)
        .into_iter()
        .map(Result::unwrap)
        .filter(|e| e.file_type().is_file())
        .map(|e| {
            e.path()
                .strip_prefix(dir)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .filter(|n| n != ".inkout-job")
        .collect();
    names.sort();
    names
}

#[test]
fn a_released_output_is_whole_and_in_place() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir);
    let mut out = place.begin(&Name::from("a/b/c.txt")).unwrap();
    assert_eq!(all(place.path()), ["a/b/.inkout-0000.part"]);
    out.write_all(b"first second").unwrap();
    out.seek(SeekFrom::Start(6)).unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "second");
    let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    assert_eq!(out.release(Some(time)).unwrap(), Name::from("a/b/c.txt"));
    assert_eq!(all(place.path()), ["a/b/c.txt"]);
    let path = place.path().join("a/b/c.txt");
    assert_eq!(fs::read(&path).unwrap(), b"first second");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), time);
}

#[cfg(unix)]
#[test]
fn outputs_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir);
    place
        .begin(&Name::from("d/a"))
        .unwrap()
        .release(None)
        .unwrap();
    for name in ["", "d", "d/a"] {
        let mode = fs::metadata(place.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

#[test]
fn a_dropped_output_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir);
    let mut out = place.begin(&Name::from("a")).unwrap();
    out.write_all(b"secret").unwrap();
    drop(out);
    assert!(all(place.path()).is_empty());
}

#[test]
fn names_that_become_one_get_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir);
    for _ in 0..3 {
        place
            .begin(&Name::from("***.txt"))
            .unwrap()
            .release(None)
            .unwrap();
    }
    assert_eq!(all(place.path()), ["*** (2).txt", "*** (3).txt", "***.txt"]);
}

#[test]
fn nothing_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir);
    let out = place.begin(&Name::from("a")).unwrap();
    fs::write(place.path().join("a"), "other").unwrap();
    assert!(matches!(out.release(None), Err(PlaceError::Exists)));
    assert_eq!(fs::read(place.path().join("a")).unwrap(), b"other");
    fs::write(place.path().join("b"), "other").unwrap();
    assert!(matches!(
        place.begin(&Name::from("b")),
        Err(PlaceError::Exists)
    ));
    assert_eq!(all(place.path()), ["a", "b"]);
}

#[test]
fn hostile_names_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir);
    for bad in ["../x", "/etc/x", "a/../../x", "", "a\0", "a//b", "."] {
        assert!(
            matches!(place.begin(&Name::from(bad)), Err(PlaceError::BadName)),
            "{bad:?}"
        );
    }
    assert!(all(place.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn links_on_the_way_are_refused() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let place = place(&dir);
    symlink(elsewhere.path(), place.path().join("l")).unwrap();
    symlink(elsewhere.path().join("f"), place.path().join("m")).unwrap();
    assert!(matches!(
        place.begin(&Name::from("l/a")),
        Err(PlaceError::Blocked)
    ));
    assert!(matches!(
        place.begin(&Name::from("m")),
        Err(PlaceError::Exists)
    ));
    fs::write(place.path().join("f"), "").unwrap();
    assert!(matches!(
        place.begin(&Name::from("f/a")),
        Err(PlaceError::Blocked)
    ));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn the_output_folder_keeps_away_from_sources() {
    let dir = tempfile::tempdir().unwrap();
    let (source, top) = (dir.path().join("source"), dir.path());
    fs::create_dir_all(source.join("in")).unwrap();
    fs::write(top.join("file"), "").unwrap();
    let new = |out: &Path, sources: &[&Path]| {
        let sources: Vec<PathBuf> = sources.iter().map(|s| s.to_path_buf()).collect();
        Place::new(out, &sources, "1").map(|_| ())
    };
    for inside in [
        "source",
        "source/in",
        "source/new",
        "source/new/deep",
        "source/in/../x",
    ] {
        let refused = new(&top.join(inside), &[&source]);
        assert!(
            matches!(refused, Err(PlaceError::InsideSource)),
            "{inside}: {refused:?}"
        );
    }
    assert!(matches!(
        new(top, &[&source]),
        Err(PlaceError::ContainsSource)
    ));
    assert!(matches!(
        new(top, &[&top.join("file")]),
        Err(PlaceError::ContainsSource)
    ));
    assert!(
        !source.join("new").exists(),
        "nothing is made where it is refused"
    );
    new(
        &top.join("source2"),
        &[&source, &top.join("file"), &top.join("missing")],
    )
    .unwrap();
}

#[cfg(unix)]
#[test]
fn links_do_not_hide_where_the_output_folder_is() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    fs::create_dir_all(source.join("in")).unwrap();
    symlink(source.join("in"), dir.path().join("link")).unwrap();
    symlink(dir.path().join("nowhere"), dir.path().join("broken")).unwrap();
    let new = |out: &str| Place::new(&dir.path().join(out), std::slice::from_ref(&source), "1");
    assert!(matches!(new("link"), Err(PlaceError::Link)));
    assert!(matches!(new("link/x"), Err(PlaceError::InsideSource)));
    assert!(matches!(new("broken"), Err(PlaceError::Link)));
    assert!(matches!(new("broken/x"), Err(PlaceError::Link)));
    assert!(!dir.path().join("nowhere").exists());
}

#[test]
fn only_an_empty_folder_or_the_same_jobs_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    fs::create_dir(&out).unwrap();
    let first = Place::new(&out, &[], "1").unwrap();
    assert!(!first.is_resumed());
    assert!(matches!(Place::new(&out, &[], "1"), Err(PlaceError::InUse)));
    drop(first);
    assert!(Place::new(&out, &[], "1").unwrap().is_resumed());
    assert!(matches!(
        Place::new(&out, &[], "2"),
        Err(PlaceError::NotEmpty)
    ));
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("a"), "").unwrap();
    assert!(matches!(
        Place::new(&other, &[], "1"),
        Err(PlaceError::NotEmpty)
    ));
    assert!(matches!(
        Place::new(&other.join("a"), &[], "1"),
        Err(PlaceError::NotAFolder)
    ));
}

#[test]
fn a_crash_leaves_parts_and_the_next_run_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let first = Place::new(&out, &[], "1").unwrap();
    first
        .begin(&Name::from("done"))
        .unwrap()
        .release(None)
        .unwrap();
    first
        .begin(&Name::from("a/unrecorded"))
        .unwrap()
        .release(None)
        .unwrap();
    let mut half = first.begin(&Name::from("a/b/half")).unwrap();
    half.write_all(b"ha").unwrap();
    half.part = None; // as a kill leaves it
    drop(half);
    drop(first);
    let second = Place::new(&out, &[], "1").unwrap();
    assert_eq!(all(&out), ["a/b/.inkout-0002.part", "a/unrecorded", "done"]);
    assert_eq!(second.sweep().unwrap(), 1);
    assert_eq!(all(&out), ["a/unrecorded", "done"]);
    second.claim(&Name::from("done")).unwrap();
    let again = second.begin(&Name::from("done")).unwrap();
    assert_eq!(again.name(), &Name::from("done (2)"));
    let mut again = second.begin(&Name::from("a/unrecorded")).unwrap();
    again.write_all(b"new").unwrap();
    again.release(None).unwrap();
    assert_eq!(fs::read(out.join("a/unrecorded")).unwrap(), b"new");
}

#[test]
fn a_full_disk_is_said_and_leaves_nothing() {
    // The only full disk that every Linux has: /dev/full fails each write with ENOSPC.
    let full = PlaceError::of("x")(io::ErrorKind::StorageFull.into());
    assert!(matches!(full, PlaceError::NoSpace));
    let Ok(device) = File::options().write(true).open("/dev/full") else {
        return; // skipped: no such device
    };
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir);
    let mut out = place.begin(&Name::from("a")).unwrap();
    out.file = device;
    let error = out.write_all(&vec![0; 100_000]).unwrap_err();
    assert!(matches!(PlaceError::of("x")(error), PlaceError::NoSpace));
    drop(out);
    assert!(all(place.path()).is_empty());
    assert!(place.free().unwrap() > 0);
}

#[test]
fn workers_share_a_place() {
    let dir = tempfile::tempdir().unwrap();
    let place = place(&dir);
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                for i in 0..25 {
                    let name = format!("d{}/x", i % 3);
                    place
                        .begin(&Name::from(&*name))
                        .unwrap()
                        .release(None)
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(all(place.path()).len(), 100);
}
