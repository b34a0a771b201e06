//! Boxes of zip: one member with a neutral name under AES-256, a tar stream inside.

use super::{BUFFER, ContainerError, Each, Entry, Passphrase, Volumes, VolumesReader, Writer, tar};
use ::zip::{
    AesMode, CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions,
};
use std::io::{BufReader, Read};

/// The one member. A zip shows names without the pass phrase, so this one says nothing.
const MEMBER: &str = "payload.tar";

/// A box that is being written.
pub(super) struct Packer(tar::Writer<ZipWriter<Volumes>>);

impl Packer {
    pub(super) fn new(out: Volumes, passphrase: &Passphrase) -> Result<Self, ContainerError> {
        let mut zip = ZipWriter::new(out);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(true)
            .unix_permissions(0o600)
            .with_aes_encryption(AesMode::Aes256, passphrase.reveal());
        zip.start_file(MEMBER, options)
            .map_err(|e| said(e, "write the box"))?;
        Ok(Self(tar::Writer::new(zip)))
    }
}

fn said(error: ZipError, what: &'static str) -> ContainerError {
    match error {
        ZipError::Io(e) => ContainerError::io(what)(e),
        ZipError::InvalidPassword => ContainerError::WrongKey,
        _ => ContainerError::Damaged(what),
    }
}

impl Writer for Packer {
    fn add(&mut self, entry: &Entry, reader: &mut dyn Read) -> Result<(), ContainerError> {
        self.0.add(entry, reader)
    }

    fn finish(self: Box<Self>) -> Result<(), ContainerError> {
        let zip = self.0.finish()?;
        let volumes = zip.finish().map_err(|e| said(e, "end the box"))?;
        volumes.sync()
    }
}

pub(super) fn read(
    input: VolumesReader,
    passphrase: &Passphrase,
    each: &mut Each<'_>,
) -> Result<(), ContainerError> {
    let mut zip = ZipArchive::new(BufReader::with_capacity(BUFFER, input))
        .map_err(|e| said(e, "the directory of the box"))?;
    if zip.len() != 1 {
        return Err(ContainerError::Damaged("the directory of the box"));
    }
    let mut member = zip
        .by_index_decrypt(0, passphrase.reveal().as_bytes())
        .map_err(|e| said(e, "the head of the box"))?;
    tar::read(&mut member, each)
}
