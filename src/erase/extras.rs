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
    for (number, (name, value)) in (0_u32..).zip(all) {
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
        let set = value.is_empty() || sys::set_attribute(file, &name, &new).is_ok();
        whole &= set && value.len() < LARGE;
    }
    whole
}

/// Removes the attributes. What cannot be removed was overwritten before.
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
