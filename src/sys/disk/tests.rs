use super::*;
use crate::sys::Folder;
use std::{fs::File, io::Write, os::fd::AsFd};

#[test]
fn facts_of_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    std::fs::write(&path, b"12345").unwrap();
    std::fs::hard_link(&path, dir.path().join("b")).unwrap();
    let file = File::open(&path).unwrap();
    let facts = facts(&file).unwrap();
    assert_eq!((facts.size, facts.links, facts.kind), (5, 2, Kind::File));
    assert!(facts.block >= 512 && !facts.locked);
    let stamp = crate::sys::stamp(&file).unwrap();
    assert_eq!((facts.inode, facts.modified), (stamp.inode, stamp.modified));
    let folder = Folder::open(dir.path()).unwrap();
    assert_eq!(folder.facts().unwrap().kind, Kind::Folder);
    assert_eq!(folder.inode_of(b"b").unwrap(), Some(facts.inode));
    assert_eq!(folder.inode_of(b"c").unwrap(), None);
}

#[test]
fn paths_below_stay_below() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
    std::os::unix::fs::symlink("a", dir.path().join("link")).unwrap();
    std::fs::write(dir.path().join("a/b/f"), b"x").unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    assert!(
        folder
            .beneath(b"a/b")
            .unwrap()
            .open_to_overwrite(b"f")
            .is_ok()
    );
    assert_eq!(
        folder.beneath(b"").unwrap().inode().unwrap(),
        folder.inode().unwrap()
    );
    let inner = folder.beneath(b"a").unwrap();
    for bad in [&b".."[..], b"b/../..", b"/tmp"] {
        assert!(inner.beneath(bad).is_err(), "{bad:?}");
    }
    assert!(folder.beneath(b"link").is_err() && folder.beneath(b"link/b").is_err());
    // /proc is another file system.
    let root = Folder::open(std::path::Path::new("/")).unwrap();
    assert_eq!(
        root.beneath(b"proc").unwrap_err().kind(),
        std::io::ErrorKind::CrossesDevices
    );
}

#[test]
fn links_and_pipes_are_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("f"), b"x").unwrap();
    std::os::unix::fs::symlink("f", dir.path().join("l")).unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    assert!(folder.open_to_overwrite(b"l").is_err() && folder.open_to_look(b"l").is_err());
    assert!(folder.open_to_look(b"../x").is_err());
    assert!(folder.open_to_overwrite(b"f").is_ok());
}

#[test]
fn moving_replaces_nothing() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["x", "y"] {
        std::fs::create_dir(dir.path().join(name)).unwrap();
        std::fs::write(dir.path().join(name).join("f"), name).unwrap();
    }
    let x = Folder::open(&dir.path().join("x")).unwrap();
    let y = Folder::open(&dir.path().join("y")).unwrap();
    let taken = x.move_new(b"f", &y, b"f").unwrap_err();
    assert_eq!(taken.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(dir.path().join("y/f")).unwrap(), b"y");
    x.move_new(b"f", &y, b"g").unwrap();
    assert_eq!(std::fs::read(dir.path().join("y/g")).unwrap(), b"x");
    let above = Folder::open(dir.path()).unwrap();
    assert!(above.remove_folder(b"y").is_err());
    above.remove_folder(b"x").unwrap();
    assert!(above.lock().unwrap());
    assert!(!Folder::open(dir.path()).unwrap().lock().unwrap());
    above.sync_strictly().unwrap();
    above.sync_volume().unwrap();
    assert!(above.free().unwrap() > 0);
}

#[test]
fn a_lease_tells_readers_writers_and_maps() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    std::fs::write(&path, vec![7; 8192]).unwrap();
    let folder = Folder::open(dir.path()).unwrap();
    let own = folder.open_to_overwrite(b"f").unwrap();
    match lease(&own) {
        Ok(got) => assert!(got),
        Err(e) => {
            let _ = writeln!(
                std::io::stderr(),
                "skipped, not passed: no leases here: {e}"
            );
            return;
        }
    }
    release_lease(&own);
    let reader = File::open(&path).unwrap();
    assert!(!lease(&own).unwrap());
    let inode = facts(&own).unwrap().inode;
    assert_eq!(is_elsewhere_open(inode, &own), Some(true));
    drop(reader);
    assert!(lease(&own).unwrap());
    release_lease(&own);
    let writer = File::options().write(true).open(&path).unwrap();
    assert!(!lease(&own).unwrap());
    drop(writer);
    assert_ne!(is_elsewhere_open(inode, &own), Some(true));
}

#[test]
fn extents_cover_what_is_written_and_no_holes() {
    let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let path = dir.path().join("sparse");
    let file = File::options()
        .create_new(true)
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    file.set_len(64 << 20).unwrap();
    write_full_at(&file, &[1; 4096], 32 << 20).unwrap();
    let Some(map) = extents(&file).unwrap() else {
        let _ = writeln!(std::io::stderr(), "skipped, not passed: no FIEMAP here");
        return;
    };
    let bytes: u64 = map.iter().map(|e| e.length).sum();
    assert!((4096..1 << 20).contains(&bytes), "{map:?}");
    assert!(
        map.iter()
            .any(|e| e.logical <= 32 << 20 && e.end() > 32 << 20)
    );
    assert!(!map[0].is_shared() && !map[0].is_encoded() && !map[0].is_unknown());
    assert_eq!(length(&file).unwrap(), 64 << 20);
    shrink(&file).unwrap();
    assert_eq!(extents(&file).unwrap(), Some(Vec::new()));
}

#[test]
fn writing_past_the_cache_and_reading_back() {
    let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let file = File::options()
        .create_new(true)
        .read(true)
        .write(true)
        .open(dir.path().join("f"))
        .unwrap();
    let mut buffer = Aligned::new(8192);
    assert_eq!(buffer.bytes().as_ptr() as usize % Aligned::TO, 0);
    buffer.bytes_mut().fill(9);
    if !direct(&file, true).unwrap() {
        let _ = writeln!(std::io::stderr(), "skipped, not passed: no O_DIRECT here");
        return;
    }
    write_full_at(&file, buffer.bytes(), 0).unwrap();
    direct(&file, false).unwrap();
    file.sync_all().unwrap();
    discard_cache(&file).unwrap();
    assert_eq!(std::fs::read(dir.path().join("f")).unwrap(), vec![9; 8192]);
}

#[test]
fn attributes_are_read_changed_and_removed() {
    let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let file = File::create_new(dir.path().join("f")).unwrap();
    let made = rustix::fs::fsetxattr(&file, "user.t", b"abc", rustix::fs::XattrFlags::CREATE);
    if made.is_err() {
        let _ = writeln!(
            std::io::stderr(),
            "skipped, not passed: no user attributes here"
        );
        return;
    }
    assert!(
        attribute_names(&file)
            .unwrap()
            .contains(&b"user.t".to_vec())
    );
    assert_eq!(read_attribute(&file, b"user.t").unwrap().unwrap(), b"abc");
    set_attribute(&file, b"user.t", b"xyz").unwrap();
    assert_eq!(read_attribute(&file, b"user.t").unwrap().unwrap(), b"xyz");
    remove_attribute(&file, b"user.t").unwrap();
    assert_eq!(read_attribute(&file, b"user.t").unwrap(), None);
    assert!(set_attribute(&file, b"user.t", b"q").is_err());
}

#[test]
fn the_file_system_of_a_path_is_known() {
    let proc = mount(std::path::Path::new("/proc")).unwrap();
    assert_eq!((proc.fs.as_str(), proc.magic), ("proc", 0x9fa0));
    assert_eq!(device(&proc).disks, Vec::<String>::new());
    let here = mount(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    assert!(!here.fs.is_empty() && here.magic != 0);
    assert!(!kernel().is_empty());
    let _ = is_swap_clear();
}

#[test]
fn checkpoint_and_trim_say_what_they_cannot() {
    // procfs has neither.
    let folder = Folder::open(std::path::Path::new("/proc")).unwrap();
    assert!(folder.checkpoint().is_err() && folder.trim().is_err());
    assert!(facts(folder.as_fd()).is_ok());
}

#[test]
fn an_interrupt_is_noted() {
    catch_signals();
    let me = rustix::process::getpid();
    rustix::process::kill_process(me, rustix::process::Signal::IO).unwrap();
    rustix::process::kill_process(me, rustix::process::Signal::HUP).unwrap();
    let start = std::time::Instant::now();
    while !(interrupted() && break_signals() > 0) {
        assert!(start.elapsed() < std::time::Duration::from_secs(10));
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let mut sink = std::io::sink();
    sink.write_all(b"alive").unwrap();
}
