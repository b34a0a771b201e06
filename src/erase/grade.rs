//! From what was observed to a grade: pure, and never more than was proved.

use super::note::Note;
use crate::{
    model::{Grade, Medium},
    sys::{Device, Extent, InodeFlags, Mount},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a file system does with a write, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// ext2, ext3, ext4.
    Ext,
    /// XFS.
    Xfs,
    /// btrfs: in place only for files with the flag for it.
    Btrfs,
    /// Never writes in place: ZFS, bcachefs, F2FS, NILFS.
    CopyOnWrite,
    /// Upper and lower layer.
    Overlay,
    /// Lives on another machine, or on the machine around this one.
    Network,
    /// A program of the user's side on a block device: ntfs-3g, exFAT.
    Fuse,
    /// Passes what it is given to another file system, which is not seen: bindfs, encfs, an image file in FUSE,
    /// eCryptfs.
    Layered,
    /// FAT, exFAT and NTFS of the kernel.
    Windows,
    /// Memory.
    Memory,
    /// Anything else.
    Other,
}

impl Family {
    /// Of a mounted file system. Standard: `statfs(2)`, list of types.
    pub fn of(mount: &Mount) -> Self {
        const NETWORK: [&str; 21] = [
            "virtiofs",
            "smb",
            "nfs",
            "juicefs",
            "seadrive",
            "ossfs",
            "cosfs",
            "obsfs",
            "blobfuse",
            "sshfs",
            "rclone",
            "s3fs",
            "davfs",
            "gvfsd",
            "gluster",
            "curlftpfs",
            "goofys",
            "vmhgfs",
            "ceph",
            "onedriver",
            "google-drive",
        ];
        // Their upper layer takes what is written; what lies below stays.
        const LAYERS: [&str; 3] = ["overlay", "unionfs", "aufs"];
        let kind = mount.fs.strip_prefix("fuse.").unwrap_or(&mount.fs);
        match mount.magic {
            0xEF53 => Self::Ext,
            0x5846_5342 => Self::Xfs,
            0x9123_683E => Self::Btrfs,
            0x2FC1_2FC1 | 0xCA45_1A4E | 0xF2F5_2010 | 0x3434 => Self::CopyOnWrite,
            // overlayfs, aufs.
            0x794C_7630 | 0x6175_6673 => Self::Overlay,
            0x0102_1994 | 0x8584_58F6 => Self::Memory,
            0x4D44 | 0x2011_BAB0 | 0x7366_746E => Self::Windows,
            // NFS, SMB, CIFS, SMB2, 9P, Ceph, AFS, Coda, VirtualBox, VMware, Lustre, GPFS, BeeGFS, OrangeFS.
            0x6969 | 0x517B | 0xFF53_4D42 | 0xFE53_4D42 | 0x0102_1997 | 0x00C3_6400
            | 0x5346_414F | 0x7375_7245 | 0x786F_4256 | 0xBACB_ACBC | 0x0BD0_0BD0 | 0x4750_4653
            | 0x1983_0326 | 0x2003_0528 => Self::Network,
            0x6573_5546 if NETWORK.iter().any(|n| kind.starts_with(n)) => Self::Network,
            0x6573_5546 if LAYERS.iter().any(|n| kind.contains(n)) => Self::Overlay,
            // The kernel says so of those that have a block device to themselves.
            0x6573_5546 if mount.fs == "fuseblk" => Self::Fuse,
            // eCryptfs, and programs without one.
            0xF15F | 0x6573_5546 => Self::Layered,
            _ => Self::Other,
        }
    }
}

/// How content was read back after overwriting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadBack {
    /// Past the cache.
    Direct,
    /// After the cache was told to forget.
    Dropped,
    /// Perhaps from the cache.
    Cached,
    /// It was not what was written, or not read.
    Failed,
}

/// Where the bytes lay after overwriting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mapping {
    /// Where they lay before.
    Same,
    /// This many bytes elsewhere.
    Moved(u64),
    /// The system does not say.
    Unknown,
}

/// What was observed of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one observation; all combinations occur"
)]
pub struct Evidence {
    /// The file system.
    pub family: Family,
    /// Names go through a journal or log.
    pub journal: bool,
    /// Where the bytes lay.
    pub mapping: Mapping,
    /// Another file or a snapshot has some of them too.
    pub shared: bool,
    /// Compressed or encrypted.
    pub encoded: bool,
    /// Within the metadata.
    pub inline: bool,
    /// Content goes through the journal.
    pub data_journal: bool,
    /// btrfs writes this file in place.
    pub in_place: bool,
    /// Something below the file system keeps old blocks.
    pub kept_versions: bool,
    /// How it was read back.
    pub read_back: ReadBack,
    /// The journal was emptied after overwriting and after removing.
    pub checkpointed: bool,
    /// All attributes were overwritten, or there were none.
    pub attributes: bool,
    /// All hidden streams were overwritten, or there were none.
    pub streams: bool,
    /// The folders were filled with other names.
    pub scrubbed: bool,
    /// The run's own folder is on the volume.
    pub run_on_volume: bool,
    /// Nobody else had it open, as far as everything could be looked at.
    pub use_proved: bool,
}

impl Evidence {
    /// What is known before anything is done: all that can go well does.
    pub fn forecast(mount: &Mount, device: &Device, flags: Option<InodeFlags>) -> Self {
        let family = Family::of(mount);
        let flags = flags.unwrap_or_default();
        Self {
            family,
            journal: match family {
                Family::Ext => mount.journal.unwrap_or(true),
                Family::Memory => false,
                // FAT has none; NTFS written by ntfs-3g or exFAT neither, but that is not shown.
                Family::Windows => mount.magic == 0x7366_746E,
                _ => true,
            },
            mapping: Mapping::Same,
            shared: false,
            encoded: flags.is_compressed()
                || flags.is_encrypted()
                || (family == Family::Btrfs && mount.has_prefix("compress")),
            inline: flags.is_inline(),
            data_journal: family == Family::Ext
                && (mount.has("data=journal") || flags.is_data_journalled()),
            in_place: flags.is_in_place(),
            kept_versions: device.keeps_versions,
            read_back: ReadBack::Direct,
            checkpointed: false,
            attributes: true,
            streams: true,
            scrubbed: true,
            run_on_volume: false,
            use_proved: true,
        }
    }

    /// With what a map of the file says.
    #[must_use]
    pub fn with_map(mut self, map: Option<&[Extent]>) -> Self {
        let Some(map) = map else {
            self.mapping = Mapping::Unknown;
            return self;
        };
        self.shared |= map.iter().any(|e| e.is_shared());
        self.encoded |= map.iter().any(|e| e.is_encoded());
        self.inline |= map.iter().any(|e| e.is_inline());
        if map.iter().any(|e| e.is_unknown()) {
            self.mapping = Mapping::Unknown;
        }
        self
    }
}

/// Bytes of a map that lie elsewhere in a later one, or nowhere.
pub fn moved(before: &[Extent], after: &[Extent]) -> u64 {
    let mut same: u64 = 0;
    let mut at = 0;
    for old in before {
        while after.get(at).is_some_and(|n| n.end() <= old.logical) {
            at += 1;
        }
        for new in after.get(at..).unwrap_or_default() {
            if new.logical >= old.end() {
                break;
            }
            let start = old.logical.max(new.logical);
            let end = old.end().min(new.end());
            let old_at = old.physical.wrapping_add(start - old.logical);
            let new_at = new.physical.wrapping_add(start - new.logical);
            if old_at == new_at && end > start {
                same += end - start;
            }
        }
    }
    let all = before.iter().fold(0_u64, |n, e| n.saturating_add(e.length));
    all.saturating_sub(same)
}

/// A grade and what must be said beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graded {
    /// The grade.
    pub grade: Grade,
    /// What must be said.
    pub notes: BTreeSet<Note>,
    /// Names and attributes were dealt with: with a search that finds nothing it is an A.
    pub names: bool,
}

/// The grade of what was observed, before any search for residue: B at best.
///
/// F stands for what must not be called erased at all: other names, snapshots or layers still show it.
pub fn grade(evidence: &Evidence) -> Graded {
    let mut notes = BTreeSet::new();
    let mut lowest = Grade::B;
    let mut lower = |to: Grade, note: Note| {
        notes.insert(note);
        lowest = lowest.max(to);
    };
    match evidence.family {
        Family::Overlay => lower(Grade::F, Note::Overlay),
        Family::Network => lower(Grade::F, Note::Network),
        Family::CopyOnWrite => lower(Grade::D, Note::CopyOnWrite),
        Family::Layered => lower(Grade::D, Note::Layered),
        // What it does with a write is not known, so its map proves nothing.
        Family::Other => lower(Grade::C, Note::MappingUnknown),
        Family::Btrfs if !evidence.in_place => lower(Grade::D, Note::CopyOnWrite),
        _ => {}
    }
    if evidence.shared {
        lower(Grade::F, Note::SharedExtents);
    }
    if evidence.kept_versions {
        lower(Grade::F, Note::KeptVersions);
    }
    if evidence.encoded {
        lower(Grade::D, Note::Encoded);
    }
    match evidence.mapping {
        Mapping::Same => {}
        Mapping::Moved(_) => lower(Grade::D, Note::Moved),
        Mapping::Unknown => lower(Grade::C, Note::MappingUnknown),
    }
    match evidence.read_back {
        ReadBack::Direct | ReadBack::Dropped => {}
        ReadBack::Cached => lower(Grade::C, Note::CachedReadBack),
        ReadBack::Failed => lower(Grade::F, Note::ReadBackFailed),
    }
    // What lay in the metadata or went through the journal has a second copy there until the journal is
    // emptied; only ext4 can be told to.
    let emptied = evidence.family == Family::Ext && (evidence.checkpointed || !evidence.journal);
    if evidence.data_journal && !emptied {
        lower(Grade::D, Note::DataJournal);
    }
    if evidence.inline && !emptied {
        lower(Grade::D, Note::InlineData);
    }
    if !evidence.streams {
        lower(Grade::D, Note::StreamsLeft);
    }
    let unjournalled = !evidence.journal || emptied;
    let mut say = |ok: bool, note: Note| {
        if !ok {
            notes.insert(note);
        }
        ok
    };
    let names = [
        say(unjournalled, Note::JournalNames),
        say(evidence.attributes, Note::AttributesLeft),
        say(evidence.scrubbed, Note::FolderNames),
        say(!evidence.run_on_volume, Note::RunOnVolume),
        say(evidence.use_proved, Note::UseUnproved),
    ];
    Graded {
        grade: lowest,
        notes,
        names: names.iter().all(|n| *n),
    }
}

/// What a search of the volume said of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// Fingerprints of content searched for.
    pub windows: u64,
    /// How many of them were found.
    pub hits: u64,
    /// Forms of the name and fingerprints of attributes searched for.
    pub names: u64,
    /// How many of them were found.
    pub name_hits: u64,
    /// The device was proved to be that of the volume.
    pub proved: bool,
    /// The file was empty: there is no content to search for.
    pub empty: bool,
}

/// The grade after a search of the volume for residue.
///
/// Only a B whose names were dealt with becomes an A. A C becomes one too: its place was not shown, but
/// the whole device was read and has nothing of it, names included. Content that was found makes a D of
/// anything better; a name that was found only keeps it from becoming an A.
pub fn searched(before: &Graded, traces: &Traces) -> Graded {
    let mut after = before.clone();
    if traces.hits > 0 {
        after.notes.insert(Note::ResidueFound);
        after.grade = after.grade.max(Grade::D);
        return after;
    }
    if !traces.proved {
        after.notes.insert(Note::DeviceUnproved);
        return after;
    }
    if traces.name_hits > 0 {
        after.notes.insert(Note::NamesFound);
        return after;
    }
    let all = traces.windows > 0 || traces.empty;
    let by_scan = before.grade == Grade::C
        && traces.names > 0
        && before.notes.iter().all(|n| {
            matches!(
                n,
                Note::MappingUnknown | Note::JournalNames | Note::NotScanned
            )
        });
    if all {
        after.notes.remove(&Note::NotScanned);
        if (before.grade == Grade::B && before.names) || by_scan {
            after.grade = Grade::A;
        }
    }
    after
}

/// What a volume lies on.
pub fn medium(family: Family, device: &Device) -> Medium {
    match family {
        Family::Network => Medium::Network,
        Family::Memory => Medium::Virtual,
        _ if device.is_virtual => Medium::Virtual,
        _ => match device.rotational {
            Some(true) => Medium::Rotational,
            Some(false) => Medium::Flash,
            None => Medium::Unknown,
        },
    }
}

#[cfg(test)]
mod tests;
