use super::*;
use std::{
    fs::{self, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt,
};

const NOBODY: u32 = 65_534;

fn skipped(why: &str) {
    writeln!(std::io::stderr(), "skipped, not passed: {why}").unwrap();
}

fn mode(file: &File) -> u32 {
    file.metadata().unwrap().permissions().mode() & 0o777
}

fn pair(dir: &std::path::Path, rights: u32) -> (File, File) {
    let file = File::create(dir.join("file")).unwrap();
    file.set_permissions(Permissions::from_mode(rights))
        .unwrap();
    let copy = File::create(dir.join("copy")).unwrap();
    copy.set_permissions(Permissions::from_mode(0o600)).unwrap();
    (file, copy)
}

/// A list that lets another user read, with these rights for the group and as the upper bound.
fn list(group: u16, bound: u16) -> Vec<u8> {
    let entries: [(u16, u16, u32); 5] = [
        (0x01, 6, u32::MAX),
        (0x02, 4, 1),
        (0x04, group, u32::MAX),
        (0x10, bound, u32::MAX),
        (0x20, 0, u32::MAX),
    ];
    let mut out = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(rights.to_le_bytes());
        out.extend(id.to_le_bytes());
    }
    out
}

#[test]
fn a_copy_gets_the_rights_of_its_file() {
    let dir = tempfile::tempdir().unwrap();
    for rights in [0o600, 0o640, 0o444, 0o666, 0o750] {
        let (file, copy) = pair(dir.path(), rights);
        assert!(like(&copy, &file).unwrap());
        assert_eq!(mode(&copy), rights);
        fs::remove_file(dir.path().join("copy")).unwrap();
    }
}

/// What the rights of the group say with a list is only its upper bound: without the list they would be wider.
#[test]
fn a_list_goes_with_the_copy_and_one_that_is_handed_down_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let (file, copy) = pair(dir.path(), 0o600);
    let name = LISTS[0];
    if sys::add_attribute(&file, name, &list(0, 6)).is_err() {
        skipped("no access lists here");
        return;
    }
    assert_eq!(mode(&file), 0o660);
    assert!(like(&copy, &file).unwrap());
    assert_eq!(sys::read_attribute(&copy, name).unwrap(), Some(list(0, 6)));
    assert_eq!(mode(&copy), 0o660);
    // The copy has a list from its folder, the file has none.
    sys::remove_attribute(&file, name).unwrap();
    file.set_permissions(Permissions::from_mode(0o640)).unwrap();
    assert!(like(&copy, &file).unwrap());
    assert_eq!(sys::read_attribute(&copy, name).unwrap(), None);
    assert_eq!(mode(&copy), 0o640);
}

/// Whoever may not give files away keeps the copy to themselves.
#[test]
fn without_the_owner_and_group_of_its_file_a_copy_is_for_its_owner_alone() {
    use rustix::{
        process::{Uid, geteuid},
        thread::set_thread_res_uid,
    };
    if !geteuid().is_root() {
        skipped("giving files away needs root");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o777)).unwrap();
    let (file, _) = pair(dir.path(), 0o664);
    let path = dir.path().join("own");
    // The user of a thread of its own: the others stay what they are.
    let told = std::thread::spawn(move || {
        let nobody = Uid::from_raw(NOBODY);
        set_thread_res_uid(nobody, nobody, nobody).unwrap();
        let copy = File::create(path).unwrap();
        copy.set_permissions(Permissions::from_mode(0o644)).unwrap();
        (like(&copy, &file).unwrap(), mode(&copy))
    });
    assert_eq!(told.join().unwrap(), (false, 0o600));
}
