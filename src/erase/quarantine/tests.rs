use super::*;
use crate::{
    erase::index::{self, quarantine_of},
    model::Name,
};
use std::fs;

/// Between the look and the move somebody puts another file there: it goes back at once.
#[test]
fn what_turns_out_to_be_another_file_goes_back() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("share");
    fs::create_dir_all(root.join("a")).unwrap();
    fs::write(root.join("a/file"), "somebody's").unwrap();
    let folder = Folder::open(&root).unwrap();
    let path = Name::new(std::os::unix::ffi::OsStrExt::as_bytes(root.as_os_str()));
    let described = index::root(0, &path, "0123456789abcdef", &folder).unwrap();
    let place = Place::open(0, &described).unwrap();
    let no = || false;
    let steps = Steps::new(&no);
    let inside = place.make_quarantine(&steps).unwrap();
    let real = folder.beneath(b"a").unwrap().inode_of(b"file").unwrap();
    let leaving = |inode| Leaving {
        target: Target {
            number: 1,
            root: 0,
            path: "a/file".into(),
            name: "neutral".to_owned(),
            inode,
            links: 1,
            size: 10,
            modified: 0,
            sha256: String::new(),
        },
        folder: Rc::new(folder.beneath(b"a").unwrap()),
        file: None,
    };
    let real = real.unwrap().inode;
    let swapped = one(&place, &inside, &leaving(real + 1), &steps).unwrap();
    assert_eq!(swapped, Err(Note::Swapped));
    assert_eq!(fs::read(root.join("a/file")).unwrap(), b"somebody's");
    let moved = one(&place, &inside, &leaving(real), &steps).unwrap();
    assert_eq!(moved, Ok(()));
    let there = root.join(quarantine_of("0123456789abcdef")).join("neutral");
    assert_eq!(fs::read(there).unwrap(), b"somebody's");
}
