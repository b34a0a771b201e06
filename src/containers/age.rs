//! Boxes of age: a tar stream under a pass phrase or public keys.

use super::{BUFFER, ContainerError, Each, Entry, Key, Lock, Volumes, VolumesReader, Writer, tar};
use ::age::{
    DecryptError, Decryptor, Encryptor, scrypt,
    secrecy::{ExposeSecret, SecretString},
    stream::StreamWriter,
    x25519,
};
use std::{
    fmt,
    io::{BufReader, BufWriter, Read, Write},
    str::FromStr,
};

/// Work factor of scrypt, as a power of two: 64 MiB and some hundred milliseconds. Pass phrases that are
/// made here need none of it; it serves those of a person's own.
const WORK: u8 = 16;
/// Most work that is done to open a box of somebody else: 1 GiB of memory.
const MOST_WORK: u8 = 20;

/// A public key of age, `age1…`.
#[derive(Clone)]
pub struct Recipient(x25519::Recipient);

impl Recipient {
    /// Reads a public key.
    ///
    /// # Errors
    /// `BadKey`.
    pub fn parse(text: &str) -> Result<Self, ContainerError> {
        x25519::Recipient::from_str(text.trim())
            .map(Self)
            .map_err(|_| ContainerError::BadKey)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.0)
    }
}

/// A private key of age.
#[derive(Clone)]
pub struct Identity(x25519::Identity);

impl Identity {
    /// A new one, from the system's randomness.
    pub fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// Reads the first `AGE-SECRET-KEY-…` line of a key file; lines with `#` are comments.
    ///
    /// # Errors
    /// `BadKey`.
    pub fn parse(text: &str) -> Result<Self, ContainerError> {
        let line = text
            .lines()
            .map(str::trim)
            .find(|l| !l.is_empty() && !l.starts_with('#'))
            .ok_or(ContainerError::BadKey)?;
        x25519::Identity::from_str(line)
            .map(Self)
            .map_err(|_| ContainerError::BadKey)
    }

    /// The line of a key file. It opens every box that is locked to [`Identity::recipient`].
    pub fn reveal(&self) -> String {
        self.0.to_string().expose_secret().to_owned()
    }

    /// Its public key.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

fn secret(passphrase: &super::Passphrase) -> SecretString {
    SecretString::from(passphrase.reveal().to_owned())
}

type Out = StreamWriter<BufWriter<Volumes>>;

/// A box that is being written.
pub(super) struct Packer(tar::Writer<Out>);

impl Packer {
    pub(super) fn new(out: Volumes, lock: Lock<'_>) -> Result<Self, ContainerError> {
        let encryptor = match lock {
            Lock::Passphrase(p) => {
                let mut recipient = scrypt::Recipient::new(secret(p));
                recipient.set_work_factor(WORK);
                Encryptor::with_recipients(std::iter::once(&recipient as _))
            }
            Lock::Recipients(all) => {
                Encryptor::with_recipients(all.iter().map(|r| &r.0 as &dyn ::age::Recipient))
            }
        };
        let encryptor = encryptor.map_err(|_| ContainerError::BadKey)?;
        let out = encryptor
            .wrap_output(BufWriter::with_capacity(BUFFER, out))
            .map_err(ContainerError::io("write the box"))?;
        Ok(Self(tar::Writer::new(out)))
    }
}

impl Writer for Packer {
    fn add(&mut self, entry: &Entry, reader: &mut dyn Read) -> Result<(), ContainerError> {
        self.0.add(entry, reader)
    }

    fn finish(self: Box<Self>) -> Result<(), ContainerError> {
        let failed = ContainerError::io("write the box");
        let mut out = self.0.finish()?.finish().map_err(&failed)?;
        out.flush().map_err(&failed)?;
        out.get_ref().sync()
    }
}

pub(super) fn read(
    input: VolumesReader,
    key: Key<'_>,
    each: &mut Each<'_>,
) -> Result<(), ContainerError> {
    let said = |e: DecryptError| match e {
        DecryptError::NoMatchingKeys
        | DecryptError::DecryptionFailed
        | DecryptError::KeyDecryptionFailed => ContainerError::WrongKey,
        DecryptError::ExcessiveWork { .. } => {
            ContainerError::Damaged("opening it would take too much work")
        }
        DecryptError::Io(e) => ContainerError::io("read the head of the box")(e),
        _ => ContainerError::Damaged("the head of the box"),
    };
    let decryptor =
        Decryptor::new_buffered(BufReader::with_capacity(BUFFER, input)).map_err(said)?;
    let mut stream = match key {
        Key::Passphrase(p) => {
            let mut identity = scrypt::Identity::new(secret(p));
            identity.set_max_work_factor(MOST_WORK);
            decryptor.decrypt(std::iter::once(&identity as _))
        }
        Key::Identities(all) => decryptor.decrypt(all.iter().map(|i| &i.0 as &dyn ::age::Identity)),
    }
    .map_err(said)?;
    tar::read(&mut stream, each)
}
