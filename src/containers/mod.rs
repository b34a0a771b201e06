//! Sealed boxes: zip, 7z, age; writing them, and opening them to check.
//!
//! A box holds files, one after the other, and is written and read as a stream: memory does not grow with
//! their sizes. `sevenz` writes 7z archives with AES-256 whose list of names is encrypted too; `age` and
//! `zip` put a tar stream into an age file or into one member with a neutral name of an AES-256 zip,
//! because a zip shows the names of its members to everybody. [`Volumes`] cuts what is written into parts.
//! Boxes of 7z are written here and read by a library: what one gets wrong the other does not repeat.

mod age;
mod pack;
mod passphrase;
mod sevenz;
pub mod staging;
mod tar;
mod volumes;
mod zip;

pub use age::{Identity, Recipient};
pub use pack::{Part, Sink, Source, compare, described, pack, parts_in};
pub use passphrase::Passphrase;
pub use tar::MAX_TAR_NAME;
pub use volumes::{Volumes, VolumesReader, part_name};

use std::io::{self, Read};

/// Bytes moved at a time.
const BUFFER: usize = 256 << 10;

/// Kinds of boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 7z, AES-256, names encrypted.
    SevenZ,
    /// An age file around a tar stream. Standard: age-encryption.org/v1.
    Age,
    /// A zip with one member, `payload.tar`, under AES-256 (AE-2). Standard: APPNOTE 7.2 and `WinZip` AE-2.
    ZipAes,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::SevenZ, Self::Age, Self::ZipAes];

    /// The word for it on the command line and in records.
    pub fn id(self) -> &'static str {
        match self {
            Self::SevenZ => "7z",
            Self::Age => "age",
            Self::ZipAes => "zip-aes",
        }
    }

    /// The kind with this word.
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }

    /// Ending of its files, without a dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::SevenZ => "7z",
            Self::Age => "age",
            Self::ZipAes => "zip",
        }
    }
}

/// A file in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path in the box, `/` between folders.
    pub name: String,
    /// Bytes. A reader that gives fewer or more is an error when the box is written.
    pub size: u64,
    /// Time of its last change, in seconds since 1970.
    pub modified: Option<u64>,
}

/// What locks a box when it is written.
#[derive(Debug, Clone, Copy)]
pub enum Lock<'a> {
    /// A pass phrase: every kind.
    Passphrase(&'a Passphrase),
    /// Public keys, any of whose owners can open it: age alone.
    Recipients(&'a [Recipient]),
}

/// What opens a box.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// A pass phrase.
    Passphrase(&'a Passphrase),
    /// Private keys: age alone.
    Identities(&'a [Identity]),
}

/// Why a box cannot be written or read. Names inside are not quoted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// The pass phrase or key does not open it.
    #[error("the pass phrase or key does not open it")]
    WrongKey,
    /// This kind of box is not locked in this way.
    #[error("boxes of this kind are not locked in this way")]
    WrongLock,
    /// No public or private key of age.
    #[error("not an age key")]
    BadKey,
    /// Too short for a pass phrase.
    #[error("the pass phrase has fewer than {0} characters")]
    WeakPassphrase(usize),
    /// It is damaged, or not what it claims to be.
    #[error("the box is damaged: {0}")]
    Damaged(&'static str),
    /// A file did not have the bytes that were announced.
    #[error("a file did not have the size announced")]
    Size,
    /// A name that a box cannot hold.
    #[error("a name that the box cannot hold")]
    Name,
    /// More parts than names for them, or a part that the file system cannot hold.
    #[error("more than 999 parts, or a part too large for the file system")]
    Parts,
    /// Another run is writing there.
    #[error("another run is writing it")]
    InUse,
    /// There is one already.
    #[error("there is one already")]
    Exists,
    /// What was read back is not what was put in; the number of the first such file.
    #[error("what was read back is not what was put in (file {0})")]
    NotTheSame(u64),
    /// The disk, or the quota, is full.
    #[error("no space left")]
    NoSpace,
    /// What was being put in or taken out failed on its own side.
    #[error("{0}")]
    Inside(String),
    /// The system failed.
    #[error("{0}: {1}")]
    Io(&'static str, io::ErrorKind),
}

impl ContainerError {
    /// An error of the system while doing this.
    pub fn io(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |e| match e.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            io::ErrorKind::FileTooLarge => Self::Parts,
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Self::Damaged(what),
            kind => Self::Io(what, kind),
        }
    }
}

/// A box that is being written.
pub trait Writer {
    /// Puts a file in.
    ///
    /// # Errors
    /// `Size` when the reader gives other than `entry.size` bytes, `Name`, and those of reading and writing.
    /// After one the box must be thrown away.
    fn add(&mut self, entry: &Entry, reader: &mut dyn Read) -> Result<(), ContainerError>;

    /// Ends the box and writes it through to the disk.
    ///
    /// # Errors
    /// Those of writing.
    fn finish(self: Box<Self>) -> Result<(), ContainerError>;
}

/// Begins a box. `seed` is 32 random bytes that were never used for another; from it come the salt and
/// the initialization vectors of 7z (age and zip draw their own).
///
/// # Errors
/// `WrongLock`, and those of writing.
pub fn create(
    kind: Kind,
    out: Volumes,
    lock: Lock<'_>,
    seed: [u8; 32],
) -> Result<Box<dyn Writer>, ContainerError> {
    match (kind, lock) {
        (Kind::SevenZ, Lock::Passphrase(p)) => Ok(Box::new(sevenz::Packer::new(out, p, seed)?)),
        (Kind::ZipAes, Lock::Passphrase(p)) => Ok(Box::new(zip::Packer::new(out, p)?)),
        (Kind::Age, lock) => Ok(Box::new(age::Packer::new(out, lock)?)),
        (Kind::SevenZ | Kind::ZipAes, Lock::Recipients(_)) => Err(ContainerError::WrongLock),
    }
}

/// What a reader of a box is given: the file, and its bytes or why they could not be read to the end.
pub type Each<'a> = dyn FnMut(&Entry, &mut dyn Read) -> Result<(), ContainerError> + 'a;

/// Opens a box and gives every file in it, in order. Bytes that are damaged show as an error of the
/// reader that `each` is given. 7z goes on with the next file when `each` gives `Ok` all the same; the
/// streams of age and zip end there, with `Damaged`.
///
/// # Errors
/// `WrongKey`, `Damaged`, what `each` gives, and those of the system.
pub fn read(
    kind: Kind,
    input: VolumesReader,
    key: Key<'_>,
    each: &mut Each<'_>,
) -> Result<(), ContainerError> {
    match (kind, key) {
        (Kind::SevenZ, Key::Passphrase(p)) => sevenz::read(input, p, each),
        (Kind::ZipAes, Key::Passphrase(p)) => zip::read(input, p, each),
        (Kind::Age, key) => age::read(input, key, each),
        (Kind::SevenZ | Kind::ZipAes, Key::Identities(_)) => Err(ContainerError::WrongLock),
    }
}

/// Copies exactly `size` bytes.
fn copy_exactly(
    reader: &mut dyn Read,
    size: u64,
    mut to: impl FnMut(&[u8]) -> Result<(), ContainerError>,
) -> Result<(), ContainerError> {
    let mut buf = vec![0; BUFFER];
    let mut left = size;
    loop {
        let n = match reader.read(&mut buf) {
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(ContainerError::io("read a file")(e)),
        };
        if n == 0 {
            return if left == 0 {
                Ok(())
            } else {
                Err(ContainerError::Size)
            };
        }
        left = left.checked_sub(n as u64).ok_or(ContainerError::Size)?;
        to(buf.get(..n).unwrap_or_default())?;
    }
}

#[cfg(test)]
mod tests;
