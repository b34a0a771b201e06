//! Making a package: hashed, boxed, opened again, compared, and only then given its name.

use super::{
    HandoverError, Manifest, ManifestFile, Missing, PART_LIST, PartList, Redaction,
    SIGNED_MANIFEST, TagFile, bag, manifest::written,
};
use crate::{
    containers::{
        self, ContainerError, Entry, Key, Kind, Lock, Part, Source, Volumes,
        staging::{self, Staging, Step},
    },
    digest::{Digests, Hashes, sha256},
    keys::{Signer, Stamp},
};
use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Folder of the bag in the box.
pub(super) const BAG: &str = "bag";
/// Where the manifest is in the bag.
pub(super) const MANIFEST: &str = "inkout/manifest.json";
/// Where its signatures are.
pub(super) const SIGNATURES: &str = "inkout/signatures.json";
/// The word for a package that is a plain bag.
pub const NO_BOX: &str = "none";

/// A file that is to go into a package.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Number of the item in the plan.
    pub item: u32,
    /// Its path in the bag, with `data/` before it.
    pub path: String,
    /// Where its bytes are: the original, or a copy that was checked.
    pub source: PathBuf,
    /// SHA-256 that the bytes must have.
    pub sha256: String,
    /// SHA-256 of the original, as the plan has it.
    pub source_sha256: String,
    /// Time of its last change, seconds since 1970.
    pub modified: Option<u64>,
    /// `full` or `redacted`.
    pub copy: &'static str,
    /// What was masked.
    pub redactions: Vec<Redaction>,
    /// Its name at the sender, escaped, when it has another one here.
    pub named: Option<String>,
}

/// How a package is made.
pub struct Order<'a> {
    /// Folder in which it is to appear.
    pub out: &'a Path,
    /// Id of the plan, `sha256:…`.
    pub plan: &'a str,
    /// The box, what locks it, and what opens it again for the check; `None` for a plain bag.
    pub boxed: Option<(Kind, Lock<'a>, Key<'a>)>,
    /// Bytes of a part.
    pub volume: Option<u64>,
    /// 32 random bytes.
    pub seed: [u8; 32],
    /// The sender's key.
    pub signer: &'a Signer,
    /// Texts inside the bag: paths and bytes.
    pub texts: BTreeMap<String, Vec<u8>>,
    /// Texts beside the box.
    pub beside: BTreeMap<String, Vec<u8>>,
    /// Lines of `bag-info.txt` but for those that are counted here.
    pub info: Vec<(&'static str, String)>,
    /// Told before each step.
    pub step: Step<'a>,
    /// Told of the checked package before it gets its name: what must be remembered of it is written then.
    pub ready: &'a dyn Fn(&Manifest, &str) -> Result<(), HandoverError>,
}

impl std::fmt::Debug for Order<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order(..)")
    }
}

/// A finished package.
#[derive(Debug)]
pub struct Made {
    /// Its folder.
    pub folder: PathBuf,
    /// Its id, `sha256:` and the digest of its manifest.
    pub package: String,
    /// What is in it.
    pub manifest: Manifest,
    /// The parts of its box.
    pub parts: Vec<Part>,
}

/// The folders of a package that is being made. Copies go into [`Work::copies`].
#[derive(Debug)]
pub struct Work {
    staging: Staging,
}

impl Work {
    /// Begins, clearing what an interrupted run of the same plan left.
    ///
    /// # Errors
    /// `InUse` when another run is at it, `Exists` when the plan has its package already.
    pub fn begin(out: &Path, plan: &str) -> Result<Self, HandoverError> {
        if find(out, plan).is_some() {
            return Err(ContainerError::Exists.into());
        }
        let staging = Staging::begin(out, short(plan))?;
        Ok(Self { staging })
    }

    /// Whether interrupted runs had left something, which is taken away now.
    pub fn cleared(&self) -> bool {
        self.staging.cleared()
    }

    /// A folder for copies, for the owner alone. It is taken away before the package gets its name.
    pub fn copies(&self) -> PathBuf {
        self.staging.work()
    }
}

/// The first digits of an id.
fn short(id: &str) -> &str {
    let digits = id.rsplit(':').next().unwrap_or(id);
    digits.get(..16).unwrap_or(digits)
}

/// The finished package of a plan in a folder. What an interrupted run left has another name and is none.
pub fn find(out: &Path, plan: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(out).ok()?;
    let named = entries
        .filter_map(Result::ok)
        .filter(|e| e.file_name().as_encoded_bytes().starts_with(b"handover-"))
        .map(|e| e.path());
    named.into_iter().find(|path| {
        let list = std::fs::read(path.join(PART_LIST)).ok();
        let list = list.and_then(|b| super::manifest::read::<PartList>("parts", &b).ok());
        list.is_some_and(|l| l.plan == plan)
    })
}

/// Takes away what interrupted runs left beside a plan's finished package; whether there was something.
///
/// # Errors
/// `InUse` when another run is at it; those of the system.
pub fn tidy(out: &Path, plan: &str) -> Result<bool, HandoverError> {
    Ok(Staging::begin(out, short(plan))?.cleared())
}

/// Makes the package. `manifest` comes with what is known before: files, missing ones and tags are filled
/// in here. Pieces whose source is no longer what it was are left out and stand under `missing`.
///
/// # Errors
/// `Empty` when nothing is left, `NotTheSame` when the box, opened again, does not hold what was put in;
/// those of writing. There is then nothing under the package's name.
pub fn make(
    work: &Work,
    order: &Order<'_>,
    pieces: Vec<Piece>,
    mut manifest: Manifest,
) -> Result<Made, HandoverError> {
    let mut hashed = hashed(pieces, &mut manifest.missing);
    (order.step)("handover.hashed");
    loop {
        if hashed.is_empty() {
            return Err(HandoverError::Empty);
        }
        work.staging.empty()?;
        match attempt(work, order, &hashed, &mut manifest)? {
            Attempt::Made(made) => return Ok(*made),
            Attempt::Changed(at) => {
                let (piece, _) = hashed.remove(at);
                manifest.missing.push(Missing {
                    item: piece.item,
                    why: "changed".into(),
                });
            }
        }
    }
}

enum Attempt {
    Made(Box<Made>),
    /// This piece changed while it was packed.
    Changed(usize),
}

type Hashed = Vec<(Piece, Digests)>;

fn hashed(pieces: Vec<Piece>, missing: &mut Vec<Missing>) -> Hashed {
    let mut out = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let read = staging::open(&piece.source).and_then(|mut f| Hashes::read(&mut f));
        let why = match read {
            Ok(digests) if digests.sha256 == piece.sha256 => {
                out.push((piece, digests));
                continue;
            }
            Ok(_) => "changed",
            Err(e) if e.kind() == io::ErrorKind::NotFound => "gone",
            Err(_) => "unreadable",
        };
        missing.push(Missing {
            item: piece.item,
            why: why.into(),
        });
    }
    out.sort_by(|a, b| a.0.path.cmp(&b.0.path));
    out
}

/// Every file of the bag that is a text, and the package's id.
fn texts(
    order: &Order<'_>,
    hashed: &Hashed,
    manifest: &mut Manifest,
) -> Result<(BTreeMap<String, Vec<u8>>, String), HandoverError> {
    manifest.files = hashed.iter().map(|(p, d)| file_of(p, d)).collect();
    manifest.missing.sort_by_key(|m| m.item);
    manifest.tags = order
        .texts
        .iter()
        .map(|(path, bytes)| TagFile {
            path: path.clone(),
            sha256: Hashes::of(bytes).sha256,
        })
        .collect();
    let text = written(MANIFEST, manifest)?;
    let package = format!("sha256:{}", Hashes::of(&text).sha256);
    let signature = Stamp::make(order.signer, SIGNED_MANIFEST, manifest)?;
    let mut others = order.texts.clone();
    others.insert(MANIFEST.into(), text);
    others.insert(SIGNATURES.into(), written(SIGNATURES, &signature)?);
    let payload: BTreeMap<String, Digests> = hashed
        .iter()
        .map(|(p, d)| (p.path.clone(), d.clone()))
        .collect();
    let mut lines = order.info.clone();
    lines.push(("External-Identifier", package.clone()));
    lines.push(("Payload-Oxum", bag::oxum(&payload)));
    Ok((
        bag::tag_files(&payload, bag::info(&lines), &others),
        package,
    ))
}

fn file_of(piece: &Piece, digests: &Digests) -> ManifestFile {
    ManifestFile {
        path: piece.path.clone(),
        item: piece.item,
        bytes: digests.bytes,
        sha256: digests.sha256.clone(),
        sm3: digests.sm3.clone(),
        source_sha256: piece.source_sha256.clone(),
        copy: piece.copy.to_owned(),
        redactions: piece.redactions.clone(),
        named: piece.named.clone(),
    }
}

fn attempt(
    work: &Work,
    order: &Order<'_>,
    hashed: &Hashed,
    manifest: &mut Manifest,
) -> Result<Attempt, HandoverError> {
    let (texts, package) = texts(order, hashed, manifest)?;
    let folder = work.staging.boxed();
    let name = format!("handover-{}", short(&package));
    let sources = sources(hashed);
    let (kind, parts) = if let Some((kind, lock, key)) = order.boxed {
        let file = format!("{name}.{}", kind.ending());
        let volumes = Volumes::create(&folder, &file, order.volume)?;
        let mut writer = containers::create(kind, volumes, lock, order.seed)?;
        let mut sink = |entry: &Entry, reader: &mut dyn Read| writer.add(entry, reader);
        if let Some(at) = fill(&texts, &sources, &mut sink)? {
            return Ok(Attempt::Changed(at));
        }
        writer.finish()?;
        (order.step)("handover.boxed");
        let paths = containers::parts_in(&folder)?;
        containers::compare(kind, &paths, key, wanted(&texts, hashed))?;
        (kind.id(), paths)
    } else {
        let mut sink = |entry: &Entry, reader: &mut dyn Read| place(&folder, entry, reader);
        if let Some(at) = fill(&texts, &sources, &mut sink)? {
            return Ok(Attempt::Changed(at));
        }
        (order.step)("handover.boxed");
        compare_folder(&folder, &wanted(&texts, hashed))?;
        (NO_BOX, Vec::new())
    };
    let mut list = PartList {
        schema: PartList::SCHEMA,
        package: package.clone(),
        plan: order.plan.to_owned(),
        container: kind.to_owned(),
        parts: containers::described(&parts)?,
        signature: None,
    };
    list.sign(order.signer)?;
    let failed = HandoverError::io("write the package");
    for (name, bytes) in &order.beside {
        staging::put(&folder.join(name), bytes).map_err(&failed)?;
    }
    staging::put(&folder.join(PART_LIST), &written(PART_LIST, &list)?).map_err(&failed)?;
    (order.ready)(manifest, &package)?;
    (order.step)("handover.checked");
    let folder = work.staging.publish(&name)?;
    (order.step)("handover.published");
    Ok(Attempt::Made(Box::new(Made {
        folder,
        package,
        manifest: manifest.clone(),
        parts: list.parts,
    })))
}

/// The pieces as a box takes them.
fn sources(hashed: &Hashed) -> Vec<Source> {
    let of = |(piece, digests): &(Piece, Digests)| Source {
        entry: Entry {
            name: format!("{BAG}/{}", piece.path),
            size: digests.bytes,
            modified: piece.modified,
        },
        path: piece.source.clone(),
        sha256: digests.sha256.clone(),
    };
    hashed.iter().map(of).collect()
}

/// Gives every file of the bag to `sink`; the number of a piece that is no longer what it was.
fn fill(
    texts: &BTreeMap<String, Vec<u8>>,
    sources: &[Source],
    sink: &mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), ContainerError>,
) -> Result<Option<usize>, ContainerError> {
    for (path, bytes) in texts {
        let entry = Entry {
            name: format!("{BAG}/{path}"),
            size: bytes.len() as u64,
            modified: None,
        };
        sink(&entry, &mut bytes.as_slice())?;
    }
    containers::pack(sources, sink)
}

/// Writes a file of a plain bag.
fn place(folder: &Path, entry: &Entry, reader: &mut dyn Read) -> Result<(), ContainerError> {
    let failed = ContainerError::io("write the package");
    let path = folder.join(&entry.name);
    if let Some(above) = path.parent() {
        staging::make_folder(above).map_err(&failed)?;
    }
    let mut file = staging::new_file(&path).map_err(&failed)?;
    io::copy(reader, &mut file).map_err(&failed)?;
    if let Some(seconds) = entry.modified {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        file.set_modified(time).map_err(&failed)?;
    }
    crate::sys::sync_file(&file).map_err(&failed)
}

/// SHA-256 of every file of the bag, by its path in the box.
fn wanted(texts: &BTreeMap<String, Vec<u8>>, hashed: &Hashed) -> BTreeMap<String, String> {
    let texts = texts
        .iter()
        .map(|(path, bytes)| (format!("{BAG}/{path}"), Hashes::of(bytes).sha256));
    let data = hashed
        .iter()
        .map(|(p, d)| (format!("{BAG}/{}", p.path), d.sha256.clone()));
    texts.chain(data).collect()
}

fn compare_folder(folder: &Path, wanted: &BTreeMap<String, String>) -> Result<(), HandoverError> {
    let failed = HandoverError::io("read the package again");
    for (number, (path, want)) in wanted.iter().enumerate() {
        let mut file = staging::open(&folder.join(path)).map_err(&failed)?;
        if sha256(&mut file).map_err(&failed)? != *want {
            return Err(ContainerError::NotTheSame(number as u64 + 1).into());
        }
    }
    Ok(())
}
