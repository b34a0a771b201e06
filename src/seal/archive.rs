//! Making an archive: packed, opened again, compared, and only then given its name.

use super::{
    Check, Index, IndexFile, LeftOut, Purpose, RECORD, Record, SealError, contents,
    open::{INDEX, written},
};
use crate::{
    containers::{
        self, Entry, Identity, Key, Kind, Lock, Recipient, Source, Volumes,
        staging::{self, Staging, Step},
    },
    digest::{Hashes, sha256},
    keys::Signer,
    model::Name,
};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A file that is to go into an archive.
#[derive(Debug, Clone)]
pub struct Thing {
    /// Number of the item in the plan.
    pub item: u32,
    /// Number of its root in the plan.
    pub root: u32,
    /// Path under the root.
    pub path: Name,
    /// Where it is.
    pub source: PathBuf,
    /// SHA-256 that the plan has.
    pub sha256: String,
    /// Time of its last change, nanoseconds since 1970.
    pub modified: i64,
}

/// How an archive is made.
pub struct Order<'a> {
    /// Folder in which its folder is to appear.
    pub archives: &'a Path,
    /// Its id: the name of its folder.
    pub id: &'a str,
    /// What it is for.
    pub purpose: Purpose,
    /// Id of the plan.
    pub plan: &'a str,
    /// Its own key; kept by the caller before anything is written.
    pub identity: &'a Identity,
    /// Others who can open it.
    pub recipients: &'a [Recipient],
    /// Bytes of a part.
    pub volume: Option<u64>,
    /// The operator's key.
    pub signer: &'a Signer,
    /// Now, RFC 3339 in UTC.
    pub created: &'a str,
    /// The day by which somebody must look again, `YYYY-MM-DD`.
    pub next_check: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The law that it rests on.
    pub legal_basis: &'a str,
    /// Number of the business case.
    pub ticket: &'a str,
    /// Items whose source is a copy without what must no longer be kept.
    pub redacted: &'a [u32],
    /// Told before each step.
    pub step: Step<'a>,
}

impl std::fmt::Debug for Order<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order(..)")
    }
}

/// A finished archive.
#[derive(Debug)]
pub struct Made {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is.
    pub record: Record,
    /// Digests of the files in it, sorted, a line each.
    pub contents: String,
    /// Whether the folder and the box are closed to everyone but their owner: not every file system can.
    pub is_closed: bool,
}

/// The folders of an archive that is being made. Copies go into [`Work::copies`].
#[derive(Debug)]
pub struct Work {
    staging: Staging,
}

impl Work {
    /// Begins, clearing what interrupted runs left.
    ///
    /// # Errors
    /// `Box` with `InUse` when another run is at it; those of the system.
    pub fn begin(archives: &Path, id: &str) -> Result<Self, SealError> {
        let staging = Staging::begin(archives, id)?;
        Ok(Self { staging })
    }

    /// Whether interrupted runs had left something, which is taken away now.
    pub fn cleared(&self) -> bool {
        self.staging.cleared()
    }

    /// A folder for copies, for the owner alone. It is taken away before the archive gets its name.
    pub fn copies(&self) -> PathBuf {
        self.staging.work()
    }
}

/// Makes an archive of files. What is no longer what the plan says is left out and stands in the record.
///
/// # Errors
/// `Empty` when nothing is left; `Box` with `Exists`, `NotTheSame` and those of writing. There is then
/// nothing under the archive's name.
pub fn create(
    work: &Work,
    order: &Order<'_>,
    things: Vec<Thing>,
    mut left_out: Vec<LeftOut>,
) -> Result<Made, SealError> {
    let staging = &work.staging;
    if order.archives.join(order.id).exists() {
        return Err(containers::ContainerError::Exists.into());
    }
    let mut sources = Vec::with_capacity(things.len());
    let mut kept = Vec::with_capacity(things.len());
    for thing in things {
        match looked_at(&thing) {
            Ok(source) => {
                sources.push(source);
                kept.push(thing);
            }
            Err(why) => left_out.push(LeftOut {
                item: thing.item,
                why: why.into(),
            }),
        }
    }
    (order.step)("seal.hashed");
    loop {
        if sources.is_empty() {
            return Err(SealError::Empty);
        }
        staging.empty()?;
        left_out.sort_by_key(|l| l.item);
        match attempt(order, staging, &sources, &kept, &left_out)? {
            Ok(made) => return Ok(made),
            Err(at) => {
                sources.remove(at);
                left_out.push(LeftOut {
                    item: kept.remove(at).item,
                    why: "changed".into(),
                });
            }
        }
    }
}

/// The file as the box takes it, when it is still what the plan says.
fn looked_at(thing: &Thing) -> Result<Source, &'static str> {
    let said = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => "gone",
        _ => "unreadable",
    };
    let mut file = staging::open(&thing.source).map_err(said)?;
    let size = file.metadata().map_err(said)?.len();
    if sha256(&mut file).map_err(said)? != thing.sha256 {
        return Err("changed");
    }
    Ok(Source {
        entry: Entry {
            name: format!("files/{:08}", thing.item),
            size,
            modified: u64::try_from(thing.modified / 1_000_000_000).ok(),
        },
        path: thing.source.clone(),
        sha256: thing.sha256.clone(),
    })
}

/// One try; the number of a file that changed meanwhile.
fn attempt(
    order: &Order<'_>,
    staging: &Staging,
    sources: &[Source],
    things: &[Thing],
    left_out: &[LeftOut],
) -> Result<Result<Made, usize>, SealError> {
    let list = Index {
        schema: Index::SCHEMA,
        files: sources.iter().zip(things).map(listed).collect(),
    };
    let text = written(&list)?;
    let folder = staging.boxed();
    let name = format!("{}.{}", order.id, Kind::Age.ending());
    let mut lock = vec![order.identity.recipient()];
    lock.extend(order.recipients.iter().cloned());
    let volumes = Volumes::create(&folder, &name, order.volume)?;
    let mut writer = containers::create(Kind::Age, volumes, Lock::Recipients(&lock), [0; 32])?;
    let entry = Entry {
        name: INDEX.to_owned(),
        size: text.len() as u64,
        modified: None,
    };
    writer.add(&entry, &mut text.as_slice())?;
    let mut sink = |entry: &Entry, reader: &mut dyn Read| writer.add(entry, reader);
    if let Some(at) = containers::pack(sources, &mut sink)? {
        return Ok(Err(at));
    }
    writer.finish()?;
    (order.step)("seal.boxed");
    let index = Hashes::of(&text).sha256;
    let mut wanted: BTreeMap<String, String> = sources
        .iter()
        .map(|s| (s.entry.name.clone(), s.sha256.clone()))
        .collect();
    wanted.insert(INDEX.to_owned(), index.clone());
    let text_of_contents = contents(sources.iter().map(|s| s.sha256.as_str()));
    let paths = containers::parts_in(&folder)?;
    let key = [order.identity.clone()];
    containers::compare(Kind::Age, &paths, Key::Identities(&key), wanted)?;
    let mut record = Record {
        schema: Record::SCHEMA,
        id: order.id.to_owned(),
        purpose: order.purpose,
        plan: order.plan.to_owned(),
        created: order.created.to_owned(),
        reason: order.reason.to_owned(),
        legal_basis: order.legal_basis.to_owned(),
        ticket: order.ticket.to_owned(),
        files: sources.len() as u64,
        bytes: sources.iter().map(|s| s.entry.size).sum(),
        index,
        contents: Hashes::of(text_of_contents.as_bytes()).sha256,
        key: order.identity.recipient().to_string(),
        recipients: order.recipients.iter().map(ToString::to_string).collect(),
        parts: containers::described(&paths)?,
        left_out: left_out.to_vec(),
        redacted: in_it(order.redacted, things),
        checks: vec![Check {
            time: order.created.to_owned(),
            by: order.signer.id(),
            whole: true,
            next: order.next_check.to_owned(),
        }],
        destroyed: None,
        stamp: None,
    };
    let bytes = record.signed(order.signer)?;
    staging::put(&folder.join(RECORD), &bytes).map_err(SealError::io("write the record"))?;
    let is_closed = close(&folder, &paths);
    (order.step)("seal.checked");
    let folder = staging.publish(order.id)?;
    (order.step)("seal.published");
    Ok(Ok(Made {
        folder,
        record,
        contents: text_of_contents,
        is_closed,
    }))
}

fn listed((source, thing): (&Source, &Thing)) -> IndexFile {
    IndexFile {
        name: source.entry.name.clone(),
        item: thing.item,
        root: thing.root,
        path: thing.path.clone(),
        bytes: source.entry.size,
        sha256: source.sha256.clone(),
        modified: thing.modified,
    }
}

/// Cuts access: the box may be read by its owner alone and written by nobody. Whether the file system did it.
#[cfg(unix)]
fn close(folder: &Path, parts: &[PathBuf]) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let set = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).is_ok()
            && fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o777 == mode)
    };
    let all = parts.iter().all(|part| set(part, 0o400));
    all && set(folder, 0o700)
}

#[cfg(not(unix))]
fn close(_: &Path, _: &[PathBuf]) -> bool {
    false
}

/// Of these items those that are in the archive.
fn in_it(items: &[u32], kept: &[Thing]) -> Vec<u32> {
    let is_kept = |item: &&u32| kept.iter().any(|t| t.item == **item);
    items.iter().filter(is_kept).copied().collect()
}
