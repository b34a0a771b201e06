//! What a file has beside its content: extended attributes, and the hidden streams of NTFS.

use super::{
    grade::ReadBack,
    overwrite::{self, Plan},
};
use crate::{
    digest::{JobKey, KeyStream},
    sys::{self, Folder},
};
use std::{fs::File, io};

/// Values of this length and more may lie in an inode of their own, which a new value replaces.
const LARGE: usize = 4000;

/// Attributes that hold what people put there. The others are the system's: rights, labels, streams' list.
fn is_content(name: &[u8]) -> bool {
    name.starts_with(b"user.") || name.starts_with(b"trusted.")
}

/// Name and value; no value when it cannot be read.
type Attribute = (Vec<u8>, Option<Vec<u8>>);

/// Names and values of the attributes with content; those that cannot be read without value.
pub(super) fn values(file: &File) -> io::Result<Vec<Attribute>> {
    let mut out = Vec::new();
    for name in sys::attribute_names(file)? {
        if is_content(&name) {
            let value = sys::read_attribute(file, &name).ok().flatten();
            out.push((name, value));
        }
    }
    Ok(out)
}

/// Overwrites the values of all attributes with others of the same length; whether each could be.
pub(super) fn overwrite_values(file: &File, key: &JobKey, item: u32) -> bool {
    let Ok(all) = values(file) else {
        return false;
    };
    let mut whole = true;
    for (number, (name, value)) in (0_u32..).zip(&all) {
        let Some(value) = value else {
            whole = false;
            continue;
        };
        let mut new = vec![0; value.len()];
        let purpose = [
            &b"attribute"[..],
            &item.to_le_bytes(),
            &number.to_le_bytes(),
        ]
        .concat();
        KeyStream::new(key, &purpose).fill(0, &mut new);
        let set = value.is_empty() || sys::set_attribute(file, name, &new).is_ok();
        whole &= set && value.len() < LARGE;
    }
    whole
}

/// Stands in for attributes until the file goes.
const PLACEHOLDER: &[u8] = b"user.i";

/// Whether a file has attributes whose names are people's.
pub(super) fn has_names(file: &File) -> bool {
    let names = sys::attribute_names(file).unwrap_or_default();
    names.iter().any(|n| is_content(n) && n != PLACEHOLDER)
}

/// Takes the names of attributes away, whose values are overwritten on the disk by now; whether each could be.
///
/// ext4 gives the block of attributes away as it is when the last of them goes, names and all. So one that takes half a
/// block is put in before: too large for the inode, and other in every file, since equal blocks are kept only once and the
/// others given away.
pub(super) fn take_names(file: &File, block: u64, key: &JobKey, item: u32) -> bool {
    let Ok(mut all) = values(file) else {
        return false;
    };
    all.retain(|(name, _)| name != PLACEHOLDER);
    if all.is_empty() {
        return true;
    }
    let half = usize::try_from(block / 2).unwrap_or(0).clamp(256, 2048);
    let mut filler = vec![0; half];
    let purpose = [&b"placeholder"[..], &item.to_le_bytes()].concat();
    KeyStream::new(key, &purpose).fill(0, &mut filler);
    let put = || sys::add_attribute(file, PLACEHOLDER, &filler).is_ok();
    // When there is no room, the largest keeps the block until there is.
    all.sort_by_key(|(_, value)| value.as_ref().map_or(0, Vec::len));
    let last = all.len() - 1;
    let mut there = put();
    let mut whole = true;
    for (at, (name, _)) in all.iter().enumerate() {
        there = there || (at == last && put());
        if at == last && !there {
            return false;
        }
        whole &= sys::remove_attribute(file, name).is_ok();
    }
    whole
}

/// Removes the attributes that are still there. What cannot be removed was overwritten before.
pub(super) fn remove(file: &File) {
    for (name, _) in values(file).unwrap_or_default() {
        let _ = sys::remove_attribute(file, &name);
    }
}

/// Names of hidden streams, as ntfs-3g tells them.
pub(super) fn streams(file: &File) -> Vec<Vec<u8>> {
    let list = sys::read_attribute(file, b"ntfs.streams.list")
        .ok()
        .flatten();
    let list = list.unwrap_or_default();
    list.split(|&b| b == 0)
        .filter(|n| !n.is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

/// Overwrites the hidden streams; whether each could be. That is so with the interface of ntfs-3g in which
/// they are files named `file:stream` (mount option `streams_interface=windows`). In the other they are
/// attributes: setting those gives a stream new clusters and leaves the old ones.
pub(super) fn overwrite_streams(
    file: &File,
    folder: &Folder,
    name: &[u8],
    key: &JobKey,
    item: u32,
) -> bool {
    let mut whole = true;
    for (number, stream) in (0_u32..).zip(streams(file)) {
        let path = [name, b":", &stream].concat();
        let purpose = [&b"stream"[..], &item.to_le_bytes(), &number.to_le_bytes()].concat();
        whole &= one_stream(folder, &path, &mut KeyStream::new(key, &purpose)).is_ok();
    }
    whole
}

fn one_stream(folder: &Folder, path: &[u8], stream: &mut KeyStream) -> io::Result<()> {
    let file = folder.open_to_overwrite(path)?;
    let size = sys::facts(&file)?.size;
    let plan = Plan {
        exact: (size > 0).then_some(size),
        blocks: Vec::new(),
        direct: false,
    };
    overwrite::exactly(&file, &plan, stream)?;
    sys::sync_file(&file)?;
    let read = overwrite::read_back(&file, &plan, stream, &mut overwrite::buffer());
    if read.0 == ReadBack::Failed {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(())
}
