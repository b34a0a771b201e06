//! Elsewhere nothing can be proved, so everything is refused.

use super::{Device, Extent, Facts, InodeFlags, Mount};
use crate::sys::{Folder, Inode};
use std::{fs::File, io, path::Path};

fn refused<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Refused.
///
/// # Errors
/// Always.
pub fn extents(_: &File) -> io::Result<Option<Vec<Extent>>> {
    refused()
}

/// Refused.
///
/// # Errors
/// Always.
pub fn lease(_: &File) -> io::Result<bool> {
    refused()
}

/// Nothing to give back.
pub fn release_lease(_: &File) {}

/// Nothing is caught.
pub fn catch_signals() {}

/// Nothing is caught.
#[derive(Debug)]
pub struct Caught;

impl Caught {
    /// Begins.
    pub fn begin() -> Self {
        Self
    }
}

/// Not known.
pub fn interrupted() -> bool {
    false
}

/// Not known.
pub fn break_signals() -> u64 {
    0
}

/// Refused.
///
/// # Errors
/// Always.
pub fn facts(_: &File) -> io::Result<Facts> {
    refused()
}

/// Not known.
pub fn inode_flags(_: &File) -> Option<InodeFlags> {
    None
}

/// There is no such way.
///
/// # Errors
/// Never.
pub fn direct(_: &File, _: bool) -> io::Result<bool> {
    Ok(false)
}

/// Refused.
///
/// # Errors
/// Always.
pub fn discard_cache(_: &File) -> io::Result<()> {
    refused()
}

/// Refused.
///
/// # Errors
/// Always.
pub fn write_full_at(_: &File, _: &[u8], _: u64) -> io::Result<()> {
    refused()
}

/// Refused.
///
/// # Errors
/// Always.
pub fn shrink(_: &File) -> io::Result<()> {
    refused()
}

/// Bytes of a file.
///
/// # Errors
/// Those of the system.
pub fn length(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.len())
}

/// Refused.
///
/// # Errors
/// Always.
pub fn attribute_names(_: &File) -> io::Result<Vec<Vec<u8>>> {
    refused()
}

/// Refused.
///
/// # Errors
/// Always.
pub fn read_attribute(_: &File, _: &[u8]) -> io::Result<Option<Vec<u8>>> {
    refused()
}

/// Refused.
///
/// # Errors
/// Always.
pub fn add_attribute(_: &File, _: &[u8], _: &[u8]) -> io::Result<()> {
    refused()
}

/// Refused.
///
/// # Errors
/// Always.
pub fn set_attribute(_: &File, _: &[u8], _: &[u8]) -> io::Result<()> {
    refused()
}

/// Refused.
///
/// # Errors
/// Always.
pub fn remove_attribute(_: &File, _: &[u8]) -> io::Result<()> {
    refused()
}

/// Not known.
pub fn can_administer() -> bool {
    false
}

/// Not known.
pub fn is_elsewhere_open(_: Inode, _: &File) -> Option<bool> {
    None
}

/// Refused.
///
/// # Errors
/// Always.
pub fn mount(_: &Path) -> io::Result<Mount> {
    refused()
}

/// Not known.
pub fn device(_: &Mount) -> Device {
    Device::default()
}

/// Not known, so it may be.
pub fn is_swap_clear() -> bool {
    true
}

/// Not known.
pub fn kernel() -> String {
    String::new()
}

/// Not known.
pub fn reserved_clusters(_: &Mount) -> Option<u64> {
    None
}

/// Refused.
///
/// # Errors
/// Always.
pub fn reserve_clusters(_: &Mount, _: u64) -> io::Result<()> {
    refused()
}

impl Folder {
    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn unnamed(&self) -> io::Result<File> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn space(&self) -> io::Result<super::Space> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn mount(&self) -> io::Result<Mount> {
        refused()
    }

    /// Not known.
    pub fn flags(&self) -> Option<InodeFlags> {
        None
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn beneath(&self, _: &[u8]) -> io::Result<Self> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn open_to_overwrite(&self, _: &[u8]) -> io::Result<File> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn open_to_look(&self, _: &[u8]) -> io::Result<File> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn facts(&self) -> io::Result<Facts> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn inode_of(&self, _: &[u8]) -> io::Result<Option<Inode>> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn move_new(&self, _: &[u8], _: &Self, _: &[u8]) -> io::Result<()> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn remove_folder(&self, _: &[u8]) -> io::Result<()> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn lock(&self) -> io::Result<bool> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn sync_volume(&self) -> io::Result<()> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn sync_strictly(&self) -> io::Result<()> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn checkpoint(&self) -> io::Result<()> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn trim(&self) -> io::Result<u64> {
        refused()
    }

    /// Refused.
    ///
    /// # Errors
    /// Always.
    pub fn free(&self) -> io::Result<u64> {
        refused()
    }
}
