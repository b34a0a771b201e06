//! What must be said beside a grade, as words in files.

use serde::{Deserialize, Serialize};

/// What must be said beside a grade, or why there is none. The words stand in run results and journals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// Names and attributes may stand in the journal or log.
    JournalNames,
    /// Names may stand in blocks of the folders.
    FolderNames,
    /// Extended attributes were not all overwritten.
    AttributesLeft,
    /// A hidden stream was not overwritten.
    StreamsLeft,
    /// Content went through the journal too.
    DataJournal,
    /// Content lay within the metadata.
    InlineData,
    /// Compressed or encrypted below the system's addresses.
    Encoded,
    /// The file system writes elsewhere.
    CopyOnWrite,
    /// Parts lay elsewhere after overwriting.
    Moved,
    /// The system does not show where bytes lie.
    MappingUnknown,
    /// Reading back may have been answered from memory.
    CachedReadBack,
    /// What was read back was not what was written.
    ReadBackFailed,
    /// The folder of the run, with the names in it, lies on the same volume.
    RunOnVolume,
    /// Pages may stand in a swap area.
    SwapClear,
    /// Not searched for residue yet.
    NotScanned,
    /// A search found something of it.
    ResidueFound,
    /// A search found its name or an attribute; it may be that of another file too.
    NamesFound,
    /// The searched device could not be told to be that of the volume.
    DeviceUnproved,
    /// It was open elsewhere and could not be fully checked.
    UseUnproved,
    /// Shared with another file or a snapshot.
    SharedExtents,
    /// A snapshot below the file system keeps old blocks.
    KeptVersions,
    /// On an overlay.
    Overlay,
    /// On a file system that passes it to another one, which is not seen.
    Layered,
    /// On another machine.
    Network,
    /// Names that are not in the plan.
    OtherNames,
    /// Not the file of the plan any more.
    Changed,
    /// Not there any more.
    Gone,
    /// The folder that it was in is not there any more, or something else stands for it.
    FolderGone,
    /// No regular file.
    NotAFile,
    /// A link or mount on the way.
    Way,
    /// Something else took its name at the last moment.
    Swapped,
    /// Open or mapped in some program.
    InUse,
    /// Immutable or append-only.
    Locked,
    /// No permission.
    Denied,
    /// The file system is read-only.
    ReadOnly,
    /// The forecast is below the grade that was asked for.
    BelowAccepted,
    /// An input or output error.
    Io,
    /// No space left.
    NoSpace,
    /// A hold keeps it.
    Hold,
    /// The plan refuses it.
    Plan,
    /// Put back where it was.
    Returned,
    /// No checked copy could be made that would stand in for it.
    NoCopy,
    /// It holds nothing to be masked: it is its own copy.
    NothingToMask,
    /// Still in quarantine.
    Quarantined,
}

impl Note {
    /// All of them.
    pub const ALL: [Self; 44] = [
        Self::JournalNames,
        Self::FolderNames,
        Self::AttributesLeft,
        Self::StreamsLeft,
        Self::DataJournal,
        Self::InlineData,
        Self::Encoded,
        Self::CopyOnWrite,
        Self::Moved,
        Self::MappingUnknown,
        Self::CachedReadBack,
        Self::ReadBackFailed,
        Self::RunOnVolume,
        Self::SwapClear,
        Self::NotScanned,
        Self::ResidueFound,
        Self::NamesFound,
        Self::DeviceUnproved,
        Self::UseUnproved,
        Self::SharedExtents,
        Self::KeptVersions,
        Self::Overlay,
        Self::Layered,
        Self::Network,
        Self::OtherNames,
        Self::Changed,
        Self::Gone,
        Self::FolderGone,
        Self::NotAFile,
        Self::Way,
        Self::Swapped,
        Self::InUse,
        Self::Locked,
        Self::Denied,
        Self::ReadOnly,
        Self::BelowAccepted,
        Self::Io,
        Self::NoSpace,
        Self::Hold,
        Self::Plan,
        Self::Returned,
        Self::NoCopy,
        Self::NothingToMask,
        Self::Quarantined,
    ];

    /// The word in files: `journal-names`.
    pub fn id(self) -> String {
        let text = serde_json::to_value(self).ok();
        text.and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}
