use super::*;
use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    os::unix::{ffi::OsStrExt, fs::symlink},
};
use tempfile::TempDir;

fn walk(roots: &[&Path], options: &Options) -> Vec<Item> {
    let mut walker = Walker::new(roots.iter().map(|r| r.to_path_buf()).collect(), options).unwrap();
    drain(&mut walker)
}

fn drain(walker: &mut Walker) -> Vec<Item> {
    let mut items = Vec::new();
    let mut seq = walker.seq;
    while let Some(batch) = walker.next_batch() {
        assert_eq!(batch.seq, seq);
        assert!((1..=BATCH).contains(&batch.items.len()));
        seq += 1;
        items.extend(batch.items);
    }
    items
}

fn files(items: &[Item]) -> Vec<String> {
    let shown = |i: &Item| match i {
        Item::File(f) => Some(f.path().to_string()),
        Item::Skipped(_) => None,
    };
    items.iter().filter_map(shown).collect()
}

fn gaps(items: &[Item]) -> Vec<(String, GapKind)> {
    let shown = |i: &Item| match i {
        Item::File(_) => None,
        Item::Skipped(s) => Some((s.path.to_string(), s.kind)),
    };
    items.iter().filter_map(shown).collect()
}

fn tree(paths: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for path in paths {
        let full = dir.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, path).unwrap();
    }
    dir
}

#[test]
fn goes_depth_first_in_the_order_of_name_bytes() {
    let dir = tree(&[
        "b.txt", "a.txt", "a/z", "a/y/1", "a/y/0", "B", "中.txt", "a0", ".hidden",
    ]);
    let items = walk(&[dir.path()], &Options::default());
    assert_eq!(
        files(&items),
        [
            ".hidden", "B", "a/y/0", "a/y/1", "a/z", "a.txt", "a0", "b.txt", "中.txt"
        ]
    );
    assert_eq!(gaps(&items), []);
}

#[test]
fn opens_what_it_found() {
    let dir = tree(&["a/b/c", "d"]);
    for item in walk(&[dir.path()], &Options::default()) {
        let Item::File(found) = item else { panic!() };
        let mut text = String::new();
        let mut file = found.open().unwrap();
        assert_eq!(not_regular(&file), None);
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, found.path().to_string());
    }
}

#[test]
fn finds_the_same_files_as_walkdir() {
    // A tree from a fixed seed: odd names, several levels, more than a batch in a folder.
    let dir = tempfile::tempdir().unwrap();
    let mut state = 42_u64;
    let mut next = move |n: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % n
    };
    let mut folders = vec![dir.path().to_path_buf()];
    for i in 0..2_000 {
        let at = usize::try_from(next(folders.len() as u64)).unwrap();
        let mut name = format!("{}", next(1_000_000)).into_bytes();
        if next(4) == 0 {
            name.extend_from_slice(&[0xff, b'\n', b' ', 0xe4]);
        }
        let path = folders[at].join(std::ffi::OsStr::from_bytes(&name));
        if path.exists() {
            continue;
        }
        match next(8) {
            0 if folders.len() < 60 => {
                fs::create_dir(&path).unwrap();
                folders.push(path);
            }
            1 => symlink(dir.path(), &path).unwrap(),
            _ => fs::write(&path, format!("{i}")).unwrap(),
        }
    }
    let expected: BTreeSet<Vec<u8>> = walkdir::WalkDir::new(dir.path())
        .into_iter()
        .map(Result::unwrap)
        .filter(|e| !e.file_type().is_dir())
        .map(|e| {
            e.path()
                .strip_prefix(dir.path())
                .unwrap()
                .as_os_str()
                .as_bytes()
                .to_vec()
        })
        .collect();
    let items = walk(&[dir.path()], &Options::default());
    let got: Vec<Vec<u8>> = items
        .iter()
        .map(|i| match i {
            Item::File(f) => f.path().bytes().to_vec(),
            Item::Skipped(s) => s.path.bytes().to_vec(),
        })
        .collect();
    assert!(expected.len() > 1_500);
    assert_eq!(got.len(), expected.len(), "each once");
    assert_eq!(got.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn links_fifos_and_sockets_are_told_and_never_opened() {
    let dir = tree(&["file"]);
    symlink("file", dir.path().join("link")).unwrap();
    symlink("/", dir.path().join("root")).unwrap();
    symlink("nowhere", dir.path().join("broken")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
    let fifo = std::process::Command::new("mkfifo")
        .arg(dir.path().join("fifo"))
        .status();
    let items = walk(&[dir.path()], &Options::default());
    assert_eq!(files(&items), ["file"]);
    let gaps = gaps(&items);
    for (name, kind) in [
        ("link", GapKind::Link),
        ("root", GapKind::Link),
        ("broken", GapKind::Link),
        ("socket", GapKind::Special),
    ] {
        assert!(gaps.contains(&(name.to_owned(), kind)), "{name}");
    }
    if fifo.is_ok_and(|s| s.success()) {
        assert!(gaps.contains(&("fifo".to_owned(), GapKind::Special)));
    }
}

#[test]
fn what_takes_the_place_of_a_file_is_not_followed() {
    let dir = tree(&["a", "b", "c", "d"]);
    let items = walk(&[dir.path()], &Options::default());
    for name in ["a", "b", "c"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    symlink("d", dir.path().join("a")).unwrap();
    fs::create_dir(dir.path().join("b")).unwrap();
    let kinds: Vec<Result<Option<GapKind>, GapKind>> = items
        .iter()
        .map(|i| match i {
            Item::File(f) => match f.open() {
                Ok(file) => Ok(not_regular(&file).map(|r| r.0)),
                Err(s) => Err(s.kind),
            },
            Item::Skipped(_) => panic!(),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            Err(GapKind::Link),
            Ok(Some(GapKind::Changed)),
            Err(GapKind::Changed),
            Ok(None)
        ]
    );
}

#[test]
fn a_fifo_in_the_place_of_a_file_does_not_block() {
    let dir = tree(&["a"]);
    let items = walk(&[dir.path()], &Options::default());
    fs::remove_file(dir.path().join("a")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(dir.path().join("a"))
        .status();
    if !made.is_ok_and(|s| s.success()) {
        return; // skipped: no mkfifo here
    }
    let Item::File(found) = &items[0] else {
        panic!()
    };
    let file = found.open().unwrap();
    assert_eq!(not_regular(&file).map(|r| r.0), Some(GapKind::Special));
}

#[test]
fn folders_that_vanish_are_told() {
    let dir = tree(&["a", "b/c", "d/e", "f"]);
    let mut walker = Walker::new(vec![dir.path().to_path_buf()], &Options::default()).unwrap();
    // The first item makes it list the root.
    let first = walker.next_item().unwrap();
    fs::remove_dir_all(dir.path().join("b")).unwrap();
    fs::remove_dir_all(dir.path().join("d")).unwrap();
    fs::write(dir.path().join("d"), "").unwrap();
    let mut items = vec![first];
    items.extend(drain(&mut walker));
    assert_eq!(files(&items), ["a", "f"]);
    let all = gaps(&items);
    assert_eq!(
        all.iter().map(|g| g.1).collect::<Vec<_>>(),
        [GapKind::Changed; 2]
    );
}

#[test]
fn unreadable_folders_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tree(&["shut/a", "b"]);
    let shut = dir.path().join("shut");
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o0)).unwrap();
    let is_root = fs::read_dir(&shut).is_ok();
    let items = walk(&[dir.path()], &Options::default());
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o700)).unwrap();
    if is_root {
        return; // skipped: nothing is unreadable for root
    }
    assert_eq!(files(&items), ["b"]);
    assert_eq!(gaps(&items), [("shut".to_owned(), GapKind::Unreadable)]);
}

#[test]
fn missing_roots_are_told() {
    let items = walk(&[Path::new("/nonexistent/here")], &Options::default());
    assert_eq!(gaps(&items), [(String::new(), GapKind::Unreadable)]);
}

#[test]
fn a_root_may_be_a_file_or_a_link_to_a_folder() {
    let dir = tree(&["a", "b/c"]);
    symlink("b", dir.path().join("to-b")).unwrap();
    let items = walk(
        &[&dir.path().join("a"), &dir.path().join("to-b")],
        &Options::default(),
    );
    assert_eq!(files(&items), ["a", "c"]);
    let roots: Vec<u32> = items
        .iter()
        .map(|i| match i {
            Item::File(f) => f.root(),
            Item::Skipped(s) => s.root,
        })
        .collect();
    assert_eq!(roots, [0, 1]);
    let Item::File(found) = &items[0] else {
        panic!()
    };
    assert!(found.open().is_ok());
}

#[test]
fn roots_in_roots_are_walked_once() {
    let dir = tree(&["a", "b/c", "b/d/e", "f"]);
    let (top, b, f) = (dir.path(), dir.path().join("b"), dir.path().join("f"));
    for roots in [
        vec![top, &b, &f],
        vec![&b, top, &f],
        vec![&f, &b, &b, top],
        vec![top, top, &f, &b],
    ] {
        let items = walk(&roots, &Options::default());
        let mut names: Vec<String> = files(&items)
            .iter()
            .map(|p| p.rsplit('/').next().unwrap().to_owned())
            .collect();
        names.sort();
        assert_eq!(names, ["a", "c", "e", "f"]);
        assert!(gaps(&items).is_empty(), "nothing is listed twice");
    }
    // Two names of one folder.
    let twice = walk(&[top, &b.join("..")], &Options::default());
    assert_eq!(files(&twice).len(), 4);
    assert!(gaps(&twice).is_empty());
}

#[test]
fn globs_leave_out_and_are_counted() {
    let dir = tree(&[
        "a.csv",
        "b.log",
        "old/x.csv",
        "old/y/z.csv",
        "new/1.log",
        "new/2.log",
        "new/3.csv",
    ]);
    let options = Options {
        include: vec!["*.csv".to_owned()],
        exclude: vec!["old".to_owned()],
        ..Options::default()
    };
    let items = walk(&[dir.path()], &options);
    assert_eq!(files(&items), ["a.csv", "new/3.csv"]);
    let notes: Vec<(String, String)> = items
        .iter()
        .filter_map(|i| match i {
            Item::Skipped(s) => Some((s.path.to_string(), s.note.clone())),
            Item::File(_) => None,
        })
        .collect();
    assert_eq!(
        notes,
        [
            (
                String::new(),
                "1 files in this folder left out by globs".to_owned()
            ),
            (
                "old".to_owned(),
                "left out by a glob, with all it holds".to_owned()
            ),
            (
                "new".to_owned(),
                "2 files in this folder left out by globs".to_owned()
            ),
        ]
    );
}

#[test]
fn own_folders_are_left_out_also_when_they_come_later() {
    let dir = tree(&["a", "job/store", "z/keep"]);
    let options = Options {
        leave_out: vec![
            dir.path().join("job"),
            dir.path().join("z/out"),
            dir.path().join("y/deep/er/out"),
            dir.path().join("a"),
        ],
        ..Options::default()
    };
    let mut walker = Walker::new(vec![dir.path().to_path_buf()], &options).unwrap();
    fs::create_dir(dir.path().join("z/out")).unwrap();
    fs::write(dir.path().join("z/out/copy"), "").unwrap();
    fs::create_dir_all(dir.path().join("y/deep/er/out")).unwrap();
    fs::write(dir.path().join("y/deep/er/out/copy"), "").unwrap();
    let items = drain(&mut walker);
    assert_eq!(files(&items), ["z/keep"]);
    assert_eq!(
        gaps(&items),
        [
            ("a".to_owned(), GapKind::Excluded),
            ("job".to_owned(), GapKind::Excluded),
            ("y".to_owned(), GapKind::Excluded),
            ("z/out".to_owned(), GapKind::Excluded)
        ]
    );
}

#[test]
fn a_folder_that_holds_itself_ends() {
    let dir = tree(&["a/b/c"]);
    let mut walker = Walker::new(vec![dir.path().to_path_buf()], &Options::default()).unwrap();
    walker.begin_root();
    // As a bind mount of the root over a/b would make it.
    walker.stack[0].place = Folder::open(&dir.path().join("a/b"))
        .unwrap()
        .inode()
        .unwrap();
    let items = drain(&mut walker);
    assert_eq!(gaps(&items), [("a/b".to_owned(), GapKind::Loop)]);
}

#[test]
fn another_file_system_is_left_out() {
    let mut device = None;
    for (top, below) in [("/", "proc"), ("/dev", "shm"), ("/", "sys"), ("/", "dev")] {
        let place = |p: &Path| {
            Folder::open(p)
                .and_then(|f| f.inode())
                .ok()
                .map(|p| p.device)
        };
        let (a, b) = (place(Path::new(top)), place(&Path::new(top).join(below)));
        if a.is_some() && b.is_some() && a != b {
            device = Some((top, below));
            break;
        }
    }
    let Some((top, below)) = device else { return }; // skipped: one file system
    let options = Options {
        one_file_system: true,
        ..Options::default()
    };
    let mut walker = Walker::new(vec![top.into()], &options).unwrap();
    walker.begin_root();
    let dir = walker.stack[0].dir.clone().unwrap();
    walker.waiting.clear();
    walker.enter(&dir, below.as_bytes());
    let item = walker.next_item().unwrap();
    assert_eq!(
        gaps(&[item]),
        [(below.to_owned(), GapKind::OtherFileSystem)]
    );
}

/// A chain of folders, each with one file, without ever using a long path.
fn chain(top: &Path, depth: usize) {
    use std::io::Write;
    let mut at = Folder::open(top).unwrap();
    for _ in 0..depth {
        at.create(b"z").unwrap().write_all(b"x").unwrap();
        at.create_folder(b"d").unwrap();
        at = at.folder(b"d").unwrap();
    }
}

/// `rm -r` walks with descriptors; the standard library's recursion is not made for this.
fn remove(dir: TempDir) {
    let path = dir.keep();
    let _ = std::process::Command::new("rm")
        .arg("-rf")
        .arg(path)
        .status();
}

#[test]
fn very_deep_folders_are_walked_with_few_open() {
    let dir = tempfile::tempdir().unwrap();
    chain(dir.path(), 3_000);
    let mut walker = Walker::new(vec![dir.path().to_path_buf()], &Options::default()).unwrap();
    let mut count = 0;
    let mut most = 0;
    while let Some(batch) = walker.next_batch() {
        most = most.max(walker.stack.iter().filter(|f| f.dir.is_some()).count());
        for item in batch.items {
            let Item::File(found) = item else {
                panic!("{item:?}")
            };
            assert!(found.open().is_ok());
            count += 1;
        }
    }
    assert_eq!(count, 3_000);
    assert!(most <= HELD + 1, "{most}");
    remove(dir);
}

#[test]
fn folders_moved_away_below_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    chain(dir.path(), 100);
    let mut walker = Walker::new(vec![dir.path().to_path_buf()], &Options::default()).unwrap();
    let first = walker.next_item().unwrap();
    assert_eq!(files(std::slice::from_ref(&first)).len(), 1);
    // The walk is now at the bottom; the folders near the top are closed.
    fs::rename(dir.path().join("d/d/d"), other.path().join("moved")).unwrap();
    let items = drain(&mut walker);
    let told = gaps(&items);
    assert!(told.iter().any(|g| g.1 == GapKind::Changed), "{told:?}");
    assert_eq!(files(&items).len() + 1 + told.len(), 100);
    remove(dir);
    remove(other);
}

#[test]
fn a_batch_keeps_few_folders_open() {
    let paths: Vec<String> = (0..100).map(|i| format!("{i:03}/file")).collect();
    let dir = tree(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let mut walker = Walker::new(vec![dir.path().to_path_buf()], &Options::default()).unwrap();
    let mut n = 0;
    while let Some(batch) = walker.next_batch() {
        assert!(batch.items.len() <= BATCH_FOLDERS);
        n += batch.items.len();
    }
    assert_eq!(n, 100);
}

#[test]
fn workers_share_a_walker() {
    let paths: Vec<String> = (0..1_000).map(|i| format!("{}/{i}", i % 7)).collect();
    let dir = tree(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let walker = Walker::new(vec![dir.path().to_path_buf()], &Options::default()).unwrap();
    let walker = std::sync::Mutex::new(walker);
    let all = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                loop {
                    let Some(batch) = walker.lock().unwrap().next_batch() else {
                        break;
                    };
                    all.lock().unwrap().push((batch.seq, files(&batch.items)));
                }
            });
        }
    });
    let mut all = all.into_inner().unwrap();
    all.sort();
    let joined: Vec<String> = all.into_iter().flat_map(|b| b.1).collect();
    assert_eq!(joined, files(&walk(&[dir.path()], &Options::default())));
}
