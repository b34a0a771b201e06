//! What erasing could prove at a place, without touching anything.

use super::{
    EraseError, extras,
    grade::{Evidence, Family, Graded, Mapping, ReadBack, grade, medium},
    note::Note,
};
use crate::{
    model::{Grade, Medium},
    sys::{self, Device, Folder, Kind, Mount},
};
use std::path::Path;

/// What is known of a file or folder, and what erasing it, or a file in it, could reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// File system and the options that matter: `ext4 (data=ordered)`.
    pub file_system: String,
    /// Its kind.
    pub family: Family,
    /// What it lies on.
    pub medium: Medium,
    /// The disks.
    pub device: Device,
    /// Whether the journal can be emptied: ext4, and the process may.
    pub checkpoint: bool,
    /// The grade of overwriting alone.
    pub graded: Graded,
    /// The best grade, when a search of raw storage finds nothing afterwards.
    pub best: Grade,
    /// Names that the file has; 0 for a folder.
    pub links: u64,
    /// Extended attributes.
    pub attributes: u64,
    /// Hidden streams.
    pub streams: u64,
}

/// A file system as it is shown: its type and the options that matter, without paths.
pub(super) fn described(mount: &Mount) -> String {
    const MATTER: [&str; 9] = [
        "ro",
        "discard",
        "compress",
        "nodatacow",
        "data=",
        "fast_commit",
        "autodefrag",
        "flushoncommit",
        "async",
    ];
    let mut options: Vec<&str> = mount
        .options
        .split(',')
        .filter(|o| {
            MATTER.iter().any(|m| {
                if m.ends_with('=') || *m == "compress" || *m == "discard" {
                    o.starts_with(m)
                } else {
                    o == m
                }
            })
        })
        .collect();
    options.sort_unstable();
    options.dedup();
    if mount.journal == Some(false) {
        options.push("no journal");
    }
    if options.is_empty() {
        mount.fs.clone()
    } else {
        format!("{} ({})", mount.fs, options.join(","))
    }
}

/// What can be told of a mount before a file is looked at.
pub(super) fn expected(mount: &Mount, device: &Device, folder: &Folder, admin: bool) -> Evidence {
    let flags = folder.flags();
    let mut evidence = Evidence::forecast(mount, device, flags);
    // The flags of a folder are not those of what is in it, but for what is handed down.
    evidence.inline = false;
    evidence.checkpointed = evidence.family == Family::Ext && admin;
    if matches!(
        evidence.family,
        Family::Fuse | Family::Layered | Family::Memory | Family::Network | Family::Other
    ) {
        evidence.mapping = Mapping::Unknown;
    }
    evidence
}

/// Looks at a path. A link is not followed.
///
/// # Errors
/// What the system says.
pub fn probe(path: &Path) -> Result<Probe, EraseError> {
    let wrong = EraseError::Device;
    let mount = sys::mount(path).map_err(wrong)?;
    let device = sys::device(&mount);
    let admin = sys::can_administer();
    let family = Family::of(&mount);
    let real = std::fs::symlink_metadata(path).map_err(wrong)?;
    let (dir, name) = if real.is_dir() {
        (path, None)
    } else {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
        (parent.unwrap_or(Path::new(".")), path.file_name())
    };
    let folder = Folder::open(dir).map_err(wrong)?;
    let mut out = Probe {
        file_system: described(&mount),
        family,
        medium: medium(family, &device),
        checkpoint: family == Family::Ext && mount.journal != Some(false) && admin,
        graded: grade(&expected(&mount, &device, &folder, admin)),
        device: device.clone(),
        best: Grade::F,
        links: 0,
        attributes: 0,
        streams: 0,
    };
    if let Some(name) = name {
        let name = name.as_encoded_bytes();
        file(&mut out, &mount, &folder, name, admin)?;
    }
    if mount.has("ro") {
        out.graded.notes.insert(Note::ReadOnly);
        out.graded.grade = Grade::F;
    }
    out.best = match out.graded.grade {
        Grade::B if out.graded.names => Grade::A,
        other => other,
    };
    Ok(out)
}

fn file(
    out: &mut Probe,
    mount: &Mount,
    folder: &Folder,
    name: &[u8],
    admin: bool,
) -> Result<(), EraseError> {
    let mut refuse = |note| {
        out.graded.notes.insert(note);
        out.graded.grade = Grade::F;
    };
    if folder.kind(name).map_err(EraseError::Device)? != Kind::File {
        refuse(Note::NotAFile);
        return Ok(());
    }
    if matches!(out.family, Family::Overlay | Family::Network) {
        return Ok(());
    }
    let opened = match folder.open_to_look(name) {
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
            refuse(Note::Denied);
            return Ok(());
        }
        other => other.map_err(EraseError::Device)?,
    };
    let facts = sys::facts(&opened).map_err(EraseError::Device)?;
    let flags = sys::inode_flags(&opened);
    let map = sys::extents(&opened).map_err(EraseError::Device)?;
    let mut evidence = Evidence::forecast(mount, &out.device, flags).with_map(map.as_deref());
    evidence.checkpointed = out.family == Family::Ext && admin;
    evidence.read_back = ReadBack::Direct;
    out.graded = grade(&evidence);
    out.links = facts.links;
    out.attributes = sys::attribute_names(&opened).map_or(0, |a| a.len() as u64);
    out.streams = extras::streams(&opened).len() as u64;
    let mut refuse = |note| {
        out.graded.notes.insert(note);
        out.graded.grade = Grade::F;
    };
    if facts.links > 1 {
        refuse(Note::OtherNames);
    }
    if facts.locked || flags.is_some_and(sys::InodeFlags::is_locked) {
        refuse(Note::Locked);
    }
    if matches!(sys::lease(&opened), Ok(false)) {
        refuse(Note::InUse);
    }
    sys::release_lease(&opened);
    Ok(())
}
