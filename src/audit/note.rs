//! Checkpoints: where a trail stood, as a signed note that people can print and programs can check.

use super::{AuditError, CHECKPOINTS};
use crate::{
    digest::{base64, sha256_joined, sha256_of, unbase64},
    keys::{PublicKey, Signatures, Signer},
};
use std::{fs, io, path::Path};

/// What the lines of signatures begin with.
const DASH: &str = "\u{2014} ";
/// Longest note that is read, in bytes.
const LONGEST: usize = 8 << 10;

/// Where a trail stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which trail: a name made from the key that signs it.
    pub origin: String,
    /// Number of lines.
    pub size: u64,
    /// Root of the tree over them, with SHA-256.
    pub root: [u8; 32],
    /// The same with SM3.
    pub sm3: [u8; 32],
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// Id of the key that signs.
    pub key: String,
    /// Id of its SM2 half.
    pub sm2: Option<String>,
}

/// Why a note is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Another form.
    #[error("it is not a checkpoint of an audit trail")]
    Form,
    /// A signature does not hold.
    #[error("the signature of the checkpoint does not hold")]
    Signature,
}

/// The name of a key's trail.
pub(super) fn origin(key: &PublicKey) -> String {
    let digest = crate::digest::hex(&sha256_of(key.ed25519()));
    format!("inkout/audit/{}", digest.get(..16).unwrap_or_default())
}

impl Checkpoint {
    /// The text that is signed.
    fn body(&self) -> String {
        let mut out = format!(
            "{}\n{}\n{}\nsm3 {}\ntime {}\nkey {}\n",
            self.origin,
            self.size,
            base64(&self.root),
            base64(&self.sm3),
            self.time,
            self.key
        );
        if let Some(sm2) = &self.sm2 {
            out.push_str("key ");
            out.push_str(sm2);
            out.push('\n');
        }
        out
    }

    /// The whole note: text, empty line, one line for each signature.
    pub(super) fn sign(&self, signer: &Signer) -> String {
        let body = self.body();
        let signatures = signer.sign(body.as_bytes());
        let mut out = format!("{body}\n");
        let public = signer.public();
        let ed = crate::digest::unhex(&signatures.ed25519).unwrap_or_default();
        let hash = key_hash(&self.origin, 0x01, public.ed25519());
        push_line(&mut out, &self.origin, hash, &ed);
        if let Some(sm2) = public.sm2_id() {
            let signature = crate::digest::unhex(&signatures.sm2).unwrap_or_default();
            push_line(
                &mut out,
                &sm2_name(&self.origin),
                sm2_hash(&self.origin, &sm2),
                &signature,
            );
        }
        out
    }

    /// Reads a note and checks its signatures under the keys that it names. Whether those are the right
    /// keys is for the reader to know: a note that was kept elsewhere is trusted for where it was kept.
    ///
    /// # Errors
    /// `Form`, `Signature`.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        if text.len() > LONGEST {
            return Err(NoteError::Form);
        }
        let text = text.replace("\r\n", "\n");
        let (body, signatures) = text.split_once("\n\n").ok_or(NoteError::Form)?;
        let checkpoint = fields(body).ok_or(NoteError::Form)?;
        if checkpoint.body() != format!("{body}\n") {
            return Err(NoteError::Form);
        }
        let mut key = PublicKey::from_id(&checkpoint.key).map_err(|_| NoteError::Form)?;
        if origin(&key) != checkpoint.origin {
            return Err(NoteError::Form);
        }
        let of = |name: &str, hash: &[u8; 4]| {
            signatures.lines().find_map(|line| {
                let (found, signature) = line.strip_prefix(DASH)?.split_once(' ')?;
                let bytes = unbase64(signature.trim_end())?;
                let rest = bytes.strip_prefix(hash)?;
                (found == name).then(|| crate::digest::hex(rest))
            })
        };
        let ed25519 = of(
            &checkpoint.origin,
            &key_hash(&checkpoint.origin, 0x01, key.ed25519()),
        )
        .ok_or(NoteError::Signature)?;
        let mut sm2 = String::new();
        if let Some(id) = &checkpoint.sm2 {
            sm2 = of(
                &sm2_name(&checkpoint.origin),
                &sm2_hash(&checkpoint.origin, id),
            )
            .ok_or(NoteError::Signature)?;
            key = key.with_sm2(id).map_err(|_| NoteError::Form)?;
        }
        key.check(checkpoint.body().as_bytes(), &Signatures { ed25519, sm2 })
            .map_err(|_| NoteError::Signature)?;
        Ok(checkpoint)
    }
}

fn push_line(out: &mut String, name: &str, hash: [u8; 4], signature: &[u8]) {
    let mut bytes = hash.to_vec();
    bytes.extend_from_slice(signature);
    out.push_str(DASH);
    out.push_str(name);
    out.push(' ');
    out.push_str(&base64(&bytes));
    out.push('\n');
}

fn sm2_name(origin: &str) -> String {
    format!("{origin}+sm2")
}

/// Standard: C2SP signed-note, "Signatures": type 0xff is for kinds that have no number.
fn sm2_hash(origin: &str, id: &str) -> [u8; 4] {
    key_hash(&sm2_name(origin), 0xff, id.as_bytes())
}

fn key_hash(name: &str, kind: u8, key: &[u8]) -> [u8; 4] {
    let digest = sha256_joined(&[name.as_bytes(), b"\n", &[kind], key]);
    let mut out = [0; 4];
    out.copy_from_slice(&digest[..4]);
    out
}

fn fields(body: &str) -> Option<Checkpoint> {
    let mut lines = body.lines();
    let mut digest = |prefix: &str| {
        let text = lines.next()?.strip_prefix(prefix)?;
        Some(text.to_owned())
    };
    let origin = digest("")?;
    let size = digest("")?.parse().ok()?;
    let bytes = |text: String| <[u8; 32]>::try_from(unbase64(&text)?).ok();
    let root = bytes(digest("")?)?;
    let sm3 = bytes(digest("sm3 ")?)?;
    let time = digest("time ")?;
    let key = digest("key ")?;
    let sm2 = lines
        .next()
        .and_then(|l| l.strip_prefix("key "))
        .map(str::to_owned);
    Some(Checkpoint {
        origin,
        size,
        root,
        sm3,
        time,
        key,
        sm2,
    })
}

/// All checkpoints that lie beside a trail, by size; with `None` for a file that is none.
pub(super) fn all(dir: &Path) -> io::Result<Vec<(String, Result<Checkpoint, NoteError>)>> {
    let mut out = Vec::new();
    let entries = match fs::read_dir(dir.join(CHECKPOINTS)) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(out),
        Err(e) => return Err(e),
    };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "note") {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).map_err(|_| NoteError::Form);
            out.push((name, text.and_then(|t| Checkpoint::parse(&t))));
        }
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(out)
}

/// The newest checkpoint beside a trail.
pub(super) fn last(dir: &Path) -> Result<Option<Checkpoint>, AuditError> {
    match all(dir)?.pop() {
        None => Ok(None),
        Some((_, Ok(checkpoint))) => Ok(Some(checkpoint)),
        Some((_, Err(_))) => Err(AuditError::Checkpoint),
    }
}
