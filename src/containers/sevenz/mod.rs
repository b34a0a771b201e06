//! Boxes of 7z: each file packed and encrypted by itself, the list of names encrypted too.
//!
//! Files are packed with LZMA2 unless their first bytes say that they are packed already, then encrypted
//! with AES-256 in CBC mode; the key comes from the pass phrase by 2^19 rounds of SHA-256, as 7-Zip makes it.
//! A file by itself costs some space against a solid archive, but a damaged byte harms that file alone, and
//! its name can be said. Standard: 7zFormat.txt and Methods.txt of 7-Zip's sources.

mod cipher;
mod header;

use super::{
    BUFFER, ContainerError, Each, Entry, Passphrase, Volumes, VolumesReader, Writer, copy_exactly,
};
use cipher::{Cbc, Keys};
use header::{Folder, Item};
use lzma_rust2::{Lzma2Options, Lzma2Writer};
use sevenz_rust2::{Archive, BlockDecoder, Password};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

/// Bytes before the packed streams.
const START: u64 = 32;
/// Speed before size: the boxes hold documents that are mostly packed already.
const PRESET: u32 = 1;
/// Largest dictionary, as a power of two; smaller files get a smaller one.
const DICTIONARY: u32 = 20;

/// A box that is being written.
#[derive(Debug)]
pub(super) struct Packer {
    out: BufWriter<Volumes>,
    keys: Keys,
    /// Bytes of packed streams so far.
    packed: u64,
    folders: Vec<Folder>,
    items: Vec<Item>,
}

impl Packer {
    pub(super) fn new(
        out: Volumes,
        passphrase: &Passphrase,
        seed: [u8; 32],
    ) -> Result<Self, ContainerError> {
        let mut out = BufWriter::with_capacity(BUFFER, out);
        out.write_all(&[0; 32])
            .map_err(ContainerError::io("write the box"))?;
        Ok(Self {
            out,
            keys: Keys::new(passphrase, seed),
            packed: 0,
            folders: Vec::new(),
            items: Vec::new(),
        })
    }

    /// Packs one stream and says what it became.
    fn pack(
        &mut self,
        reader: &mut dyn Read,
        size: u64,
        squeeze: bool,
    ) -> Result<Folder, ContainerError> {
        let failed = ContainerError::io("write the box");
        let iv = self.keys.next_iv();
        let mut crc = crc32fast::Hasher::new();
        let mut cbc = Cbc::new(&mut self.out, self.keys.key(), iv);
        let mut dictionary = None;
        if squeeze {
            let bits = dictionary_bits(size);
            let mut options = Lzma2Options::with_preset(PRESET);
            options.lzma_options.dict_size = 1 << bits;
            let mut packer = Lzma2Writer::new(&mut cbc, options);
            copy_exactly(reader, size, |bytes| {
                crc.update(bytes);
                packer.write_all(bytes).map_err(&failed)
            })?;
            packer.finish().map_err(&failed)?;
            // Code of 2^n: bits 2(n - 12).
            dictionary = Some(u8::try_from(2 * (bits - 12)).unwrap_or(0));
        } else {
            copy_exactly(reader, size, |bytes| {
                crc.update(bytes);
                cbc.write_all(bytes).map_err(&failed)
            })?;
        }
        let (plain, packed) = cbc.finish().map_err(&failed)?;
        self.packed += packed;
        Ok(Folder {
            properties: self.keys.properties(iv),
            dictionary,
            packed,
            encrypted: plain,
            size,
            crc: crc.finalize(),
        })
    }
}

/// The smallest dictionary that holds the whole file, as a power of two.
fn dictionary_bits(size: u64) -> u32 {
    let bits = u64::BITS - size.saturating_sub(1).leading_zeros();
    bits.clamp(12, DICTIONARY)
}

/// Whether packing a file that begins like this would be for nothing.
fn is_packed(head: &[u8]) -> bool {
    const STARTS: [&[u8]; 10] = [
        b"PK\x03\x04",
        b"\xFF\xD8\xFF",
        b"\x89PNG",
        b"7z\xBC\xAF\x27\x1C",
        b"Rar!",
        b"\x1F\x8B",
        b"BZh",
        b"\xFD7zXZ",
        b"\x28\xB5\x2F\xFD",
        b"GIF8",
    ];
    STARTS.iter().any(|s| head.starts_with(s))
}

impl Writer for Packer {
    fn add(&mut self, entry: &Entry, reader: &mut dyn Read) -> Result<(), ContainerError> {
        if entry.name.is_empty() || entry.name.contains('\0') {
            return Err(ContainerError::Name);
        }
        if entry.size > 0 {
            let mut head = [0; 8];
            let mut filled = 0;
            while let Some(rest) = head.get_mut(filled..).filter(|r| !r.is_empty()) {
                match reader.read(rest) {
                    Ok(0) => break,
                    Ok(n) => filled += n,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(ContainerError::io("read a file")(e)),
                }
            }
            let head = head.get(..filled).unwrap_or_default();
            let mut whole = head.chain(reader);
            let folder = self.pack(&mut whole, entry.size, !is_packed(head))?;
            self.folders.push(folder);
        } else {
            copy_exactly(reader, 0, |_| Ok(()))?;
        }
        self.items.push(Item {
            name: entry.name.clone(),
            filled: entry.size > 0,
            modified: entry.modified,
        });
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ContainerError> {
        let failed = ContainerError::io("write the box");
        let list = header::list(&self.folders, &self.items);
        let at = self.packed;
        let size = list.len() as u64;
        let folder = self.pack(&mut list.as_slice(), size, true)?;
        let end = header::encoded(&folder, at);
        self.out.write_all(&end).map_err(&failed)?;
        let start = header::start(self.packed, &end);
        self.out.seek(SeekFrom::Start(0)).map_err(&failed)?;
        self.out.write_all(&start).map_err(&failed)?;
        self.out.flush().map_err(&failed)?;
        self.out.get_ref().sync()
    }
}

fn said(error: sevenz_rust2::Error, what: &'static str) -> ContainerError {
    use sevenz_rust2::Error;
    match error {
        Error::Io(e, _) | Error::FileOpen(e, _) => ContainerError::io(what)(e),
        Error::PasswordRequired => ContainerError::WrongKey,
        _ => ContainerError::Damaged(what),
    }
}

/// What was read of the list of files went through the cipher, so nonsense in it means a wrong key: the
/// digest of the list as it lies on the disk is checked before.
fn opened(error: sevenz_rust2::Error) -> ContainerError {
    use sevenz_rust2::Error;
    match error {
        Error::BadSignature(_)
        | Error::UnsupportedVersion { .. }
        | Error::NextHeaderCrcMismatch => ContainerError::Damaged("the head of the box"),
        Error::Io(e, _)
            if !matches!(
                e.kind(),
                io::ErrorKind::InvalidData
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::Other
            ) =>
        {
            ContainerError::io("read the box")(e)
        }
        _ => ContainerError::WrongKey,
    }
}

pub(super) fn read(
    input: VolumesReader,
    passphrase: &Passphrase,
    each: &mut Each<'_>,
) -> Result<(), ContainerError> {
    let password = Password::from(passphrase.reveal());
    let mut input = BufReader::with_capacity(BUFFER, input);
    whole(&mut input)?;
    let archive = Archive::read(&mut input, &password).map_err(opened)?;
    let mut seen = 0_usize;
    for index in 0..archive.blocks.len() {
        let decoder = BlockDecoder::new(1, index, &archive, &password, &mut input);
        let mut failed = None;
        let read = decoder.for_each_entries(&mut |file, reader| {
            if !file.has_stream || file.size == 0 {
                return Ok(true);
            }
            seen += 1;
            failed = each(&entry_of(file), reader).err();
            Ok(failed.is_none())
        });
        if let Some(e) = failed {
            return Err(e);
        }
        read.map_err(|e| said(e, "a file in it"))?;
    }
    for file in archive
        .files
        .iter()
        .filter(|f| !f.has_stream || f.size == 0)
    {
        if file.is_directory {
            continue;
        }
        each(&entry_of(file), &mut io::empty())?;
        seen += 1;
    }
    if seen == archive.files.iter().filter(|f| !f.is_directory).count() {
        Ok(())
    } else {
        Err(ContainerError::Damaged("the list of files"))
    }
}

/// Whether the end of the box, where its list lies, is there: a part that was cut off must not look like a
/// wrong pass phrase.
fn whole(input: &mut BufReader<VolumesReader>) -> Result<(), ContainerError> {
    let damaged = ContainerError::Damaged("the head of the box");
    let mut start = [0; 32];
    input
        .read_exact(&mut start)
        .map_err(ContainerError::io("the head of the box"))?;
    let number = |at: usize| {
        start
            .get(at..at + 8)
            .and_then(|b| b.try_into().ok())
            .map_or(u64::MAX, u64::from_le_bytes)
    };
    let (offset, size) = (number(12), number(20));
    let end = offset.checked_add(size).and_then(|n| n.checked_add(START));
    let is_whole = end.is_some_and(|end| end <= input.get_ref().len());
    input
        .rewind()
        .map_err(ContainerError::io("the head of the box"))?;
    if is_whole { Ok(()) } else { Err(damaged) }
}

fn entry_of(file: &sevenz_rust2::ArchiveEntry) -> Entry {
    let modified = file
        .has_last_modified_date
        .then(|| header::unix_time(u64::from(file.last_modified_date)));
    Entry {
        name: file.name.clone(),
        size: file.size,
        modified,
    }
}
