//! The look on the recipient's side: parts, box, bag, signatures, counts; and the receipt.

use super::{
    HandoverError, Manifest, PART_LIST, PartList, SIGNED_MANIFEST,
    bag::{self, BagFault},
    manifest,
    package::{BAG, MANIFEST, NO_BOX, SIGNATURES},
};
use crate::{
    containers::{self, Key, Kind, VolumesReader, staging},
    digest::{Digests, Hashes, sha256},
    keys::{PublicKey, Signatures, Signer, Stamp},
    model::{RECEIPT_SCHEMA, Receipt, ReceivedFile},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
    path::{Path, PathBuf},
};

/// What the signature over a receipt is for.
pub const SIGNED_RECEIPT: &str = "receipt";
/// Bytes of a text of the bag that is held at most; a manifest of a million files is smaller.
const LARGEST_TEXT: u64 = 512 << 20;

/// What is wrong with a package. Paths are those in the package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A part of the box is not there.
    PartMissing(String),
    /// A part has another size or digest than the list says.
    PartChanged(String),
    /// The list of parts is not there or not readable: parts cannot be told to be whole.
    NoPartList,
    /// A signature does not hold; over what.
    Signature(&'static str),
    /// The signer is another one than was expected.
    Signer(String),
    /// The box could be read up to here only.
    Broken(&'static str),
    /// The bag does not hold.
    Bag(BagFault),
    /// The manifest and the bag do not say the same of this file.
    Manifest(String),
    /// List of parts and manifest are not of the same package.
    Mixed,
}

/// A package that was looked at.
#[derive(Debug)]
pub struct Checked {
    /// Its manifest, when it could be read.
    pub manifest: Option<Manifest>,
    /// Its id, `sha256:…`, when the manifest could be read.
    pub package: Option<String>,
    /// The sender's key id, when a signature over the manifest holds.
    pub signer: Option<String>,
    /// Parts of the box.
    pub parts: u64,
    /// Files below `data/` that were read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Digests of all files of the bag.
    digests: BTreeMap<String, Digests>,
    /// All that is wrong.
    pub faults: Vec<Fault>,
}

impl Checked {
    /// Whether everything holds.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty() && self.manifest.is_some()
    }

    /// The receipt, unsigned; `None` when the manifest could not be read.
    pub fn receipt(&self, received: &str, key: &str) -> Option<Receipt> {
        let manifest = self.manifest.as_ref()?;
        let package = self.package.clone()?;
        // A fault that is not one file's is every file's: the box may be another one.
        let general = self.faults.iter().any(|f| {
            !matches!(
                f,
                Fault::PartChanged(_) | Fault::Bag(_) | Fault::Manifest(_) | Fault::Broken(_)
            )
        });
        let files = manifest.files.iter().map(|f| ReceivedFile {
            sha256: f.sha256.clone(),
            source_sha256: f.source_sha256.clone(),
            bytes: f.bytes,
            ok: !general
                && self
                    .digests
                    .get(&f.path)
                    .is_some_and(|d| d.sha256 == f.sha256 && d.sm3 == f.sm3 && d.bytes == f.bytes),
        });
        Some(Receipt {
            schema: RECEIPT_SCHEMA,
            plan: manifest.plan.clone(),
            manifest: package.clone(),
            package,
            recipient: manifest.to.clone(),
            received: received.to_owned(),
            files: files.collect(),
            key: key.to_owned(),
            signature: String::new(),
            signature_sm2: String::new(),
        })
    }
}

/// Signs a receipt.
///
/// # Errors
/// When it has no canonical form.
pub fn sign(mut receipt: Receipt, signer: &Signer) -> Result<Receipt, HandoverError> {
    receipt.key = signer.id();
    receipt.signature = String::new();
    receipt.signature_sm2 = String::new();
    let made = signer.sign_value(SIGNED_RECEIPT, &receipt)?;
    receipt.signature = made.ed25519;
    receipt.signature_sm2 = made.sm2;
    Ok(receipt)
}

/// Whether a receipt's signature holds under a key, which must be the one that it names.
pub fn holds(receipt: &Receipt, key: &PublicKey) -> bool {
    let bare = Receipt {
        signature: String::new(),
        signature_sm2: String::new(),
        ..receipt.clone()
    };
    let signatures = Signatures {
        ed25519: receipt.signature.clone(),
        sm2: receipt.signature_sm2.clone(),
    };
    receipt.key == key.id() && key.check_value(SIGNED_RECEIPT, &bare, &signatures).is_ok()
}

/// Where a package is and what it is.
#[derive(Debug)]
enum Found {
    /// A box with its list of parts.
    Boxed(PathBuf, PartList),
    /// Files of a box without a list.
    Loose(Kind, Vec<PathBuf>),
    /// The folder of a bag, with the list beside it when there is one.
    Bag(PathBuf, Option<PartList>),
}

/// Looks at a package: its folder, a file of its box, its list of parts, or the folder of an unpacked bag.
/// Everything that is wrong is gathered, not only the first.
///
/// # Errors
/// `Box` with `WrongKey` when the key does not open it (and no part is damaged); when there is no package;
/// those of the system.
pub fn check(
    path: &Path,
    key: Option<Key<'_>>,
    expected: Option<&str>,
) -> Result<Checked, HandoverError> {
    let mut out = Checked {
        manifest: None,
        package: None,
        signer: None,
        parts: 0,
        files: 0,
        bytes: 0,
        digests: BTreeMap::new(),
        faults: Vec::new(),
    };
    let found = locate(path)?;
    let mut texts = BTreeMap::new();
    let mut list = None;
    match found {
        Found::Bag(folder, parts) => {
            read_folder(&folder, &mut out, &mut texts)?;
            list = parts;
        }
        Found::Loose(kind, paths) => {
            out.faults.push(Fault::NoPartList);
            out.parts = paths.len() as u64;
            read_box(kind, &paths, key, &mut out, &mut texts)?;
        }
        Found::Boxed(folder, parts) => {
            let (kind, paths) = of_list(&folder, &parts, &mut out)?;
            let is_missing = out
                .faults
                .iter()
                .any(|f| matches!(f, Fault::PartMissing(_)));
            if !is_missing {
                read_box(kind, &paths, key, &mut out, &mut texts)?;
            }
            list = Some(parts);
        }
    }
    let was_opened = !out.digests.is_empty();
    if let Some(list) = &list {
        match list.checked() {
            Ok(signer) => signed_by(&signer, expected, &mut out),
            Err(_) => out.faults.push(Fault::Signature("parts")),
        }
    }
    if was_opened {
        look_inside(&mut out, &texts, list.as_ref(), expected);
    }
    out.faults.dedup();
    Ok(out)
}

fn signed_by(signer: &str, expected: Option<&str>, out: &mut Checked) {
    let fault = Fault::Signer(signer.to_owned());
    if expected.is_some_and(|e| e != signer) && !out.faults.contains(&fault) {
        out.faults.push(fault);
    }
}

fn locate(path: &Path) -> Result<Found, HandoverError> {
    let failed = HandoverError::io("find the package");
    let is_folder = std::fs::metadata(path).map_err(&failed)?.is_dir();
    let folder = if is_folder {
        path.to_path_buf()
    } else {
        path.parent().unwrap_or(Path::new(".")).to_path_buf()
    };
    let list = match std::fs::read(folder.join(PART_LIST)) {
        Ok(bytes) => Some(manifest::read::<PartList>(PART_LIST, &bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(failed(e)),
    };
    if let Some(Ok(list)) = list {
        if list.container == NO_BOX {
            return Ok(Found::Bag(folder.join(BAG), Some(list)));
        }
        return Ok(Found::Boxed(folder, list));
    }
    if is_folder && folder.join("bagit.txt").exists() {
        return Ok(Found::Bag(folder, None));
    }
    if is_folder && folder.join(BAG).join("bagit.txt").exists() {
        return Ok(Found::Bag(folder.join(BAG), None));
    }
    let given = (!is_folder).then(|| path.to_path_buf());
    loose(&folder, given).ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
}

/// A box without its list: the file given with the parts that follow it, or the only one in the folder.
fn loose(folder: &Path, given: Option<PathBuf>) -> Option<Found> {
    let kind_of = |name: &str| {
        let name = name.strip_suffix(".001").unwrap_or(name);
        Kind::ALL
            .into_iter()
            .find(|k| name.ends_with(&format!(".{}", k.ending())))
    };
    let name_of = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned());
    let first = if let Some(path) = given {
        path
    } else {
        let all = std::fs::read_dir(folder).ok()?;
        let mut boxes: Vec<PathBuf> = all
            .filter_map(|e| Some(e.ok()?.path()))
            .filter(|p| name_of(p).as_deref().and_then(kind_of).is_some())
            .collect();
        boxes.sort();
        boxes.into_iter().next()?
    };
    let name = name_of(&first)?;
    let kind = kind_of(&name)?;
    let mut paths = vec![first];
    if let Some(stem) = name.strip_suffix(".001") {
        for number in 2..1000 {
            let next = folder.join(containers::part_name(stem, number));
            if !next.exists() {
                break;
            }
            paths.push(next);
        }
    }
    Some(Found::Loose(kind, paths))
}

/// Looks at the parts that a list names.
fn of_list(
    folder: &Path,
    list: &PartList,
    out: &mut Checked,
) -> Result<(Kind, Vec<PathBuf>), HandoverError> {
    let kind = Kind::find(&list.container).ok_or(containers::ContainerError::Damaged(
        "a kind of box that this program does not know",
    ))?;
    let mut paths = Vec::new();
    for part in &list.parts {
        // A name is one component: a list cannot point outside its folder.
        let is_name =
            !part.name.is_empty() && !part.name.contains(['/', '\\', '\0']) && part.name != "..";
        let path = folder.join(&part.name);
        let opened = if is_name {
            staging::open(&path)
        } else {
            Err(io::ErrorKind::NotFound.into())
        };
        match opened {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                out.faults.push(Fault::PartMissing(part.name.clone()));
            }
            Err(e) => return Err(HandoverError::io("open a part")(e)),
            Ok(mut file) => {
                let size = file.metadata().map_or(0, |m| m.len());
                let same = size == part.bytes && sha256(&mut file).is_ok_and(|s| s == part.sha256);
                if !same {
                    out.faults.push(Fault::PartChanged(part.name.clone()));
                }
                out.parts += 1;
                paths.push(path);
            }
        }
    }
    Ok((kind, paths))
}

fn read_box(
    kind: Kind,
    paths: &[PathBuf],
    key: Option<Key<'_>>,
    out: &mut Checked,
    texts: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), HandoverError> {
    let key = key.ok_or(containers::ContainerError::WrongKey)?;
    let is_damaged = !out.faults.is_empty();
    let read = containers::read(
        kind,
        VolumesReader::open(paths)?,
        key,
        &mut |entry, reader| {
            let name = entry.name.replace('\\', "/");
            let path = name.strip_prefix("bag/").unwrap_or(&name).to_owned();
            one(path, entry.size, reader, out, texts);
            Ok(())
        },
    );
    match read {
        Ok(()) => Ok(()),
        Err(containers::ContainerError::Damaged(why)) => {
            out.faults.push(Fault::Broken(why));
            Ok(())
        }
        // Of a damaged box nobody can tell whether the key is the wrong one.
        Err(containers::ContainerError::WrongKey) if is_damaged => {
            out.faults.push(Fault::Broken("the list of files"));
            Ok(())
        }
        Err(e) => Err(e.into()),
    }
}

fn one(
    path: String,
    size: u64,
    reader: &mut dyn Read,
    out: &mut Checked,
    texts: &mut BTreeMap<String, Vec<u8>>,
) {
    let is_text = !path.starts_with("data/");
    let digests = if is_text && size <= LARGEST_TEXT {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map(|_| {
            let digests = Hashes::of(&bytes);
            texts.insert(path.clone(), bytes);
            digests
        })
    } else {
        Hashes::read(reader)
    };
    // What cannot be read to its end has a digest that no manifest lists.
    let digests = digests.unwrap_or(Digests {
        bytes: 0,
        sha256: String::new(),
        sha512: String::new(),
        sm3: String::new(),
    });
    if !is_text {
        out.files += 1;
        out.bytes += digests.bytes;
    }
    if out.digests.insert(path.clone(), digests).is_some() {
        out.faults.push(Fault::Bag(BagFault::Extra(path)));
    }
}

fn read_folder(
    folder: &Path,
    out: &mut Checked,
    texts: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), HandoverError> {
    let failed = HandoverError::io("read the bag");
    let mut to_do = vec![(folder.to_path_buf(), String::new())];
    while let Some((at, below)) = to_do.pop() {
        for entry in std::fs::read_dir(&at).map_err(&failed)? {
            let entry = entry.map_err(&failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if below.is_empty() {
                name
            } else {
                format!("{below}/{name}")
            };
            if entry.file_type().map_err(&failed)?.is_dir() {
                to_do.push((entry.path(), path));
            } else {
                match staging::open(&entry.path()) {
                    Ok(mut file) => {
                        let size = file.metadata().map_or(0, |m| m.len());
                        one(path, size, &mut file, out, texts);
                    }
                    Err(_) => out.faults.push(Fault::Bag(BagFault::Unreadable(path))),
                }
            }
        }
    }
    Ok(())
}

/// The bag, its manifest and the signatures.
fn look_inside(
    out: &mut Checked,
    texts: &BTreeMap<String, Vec<u8>>,
    list: Option<&PartList>,
    expected: Option<&str>,
) {
    let faults = bag::check(&out.digests, texts);
    out.faults.extend(faults.into_iter().map(Fault::Bag));
    let Some(bytes) = texts.get(MANIFEST) else {
        return;
    };
    let Ok(read) = manifest::read::<Manifest>(MANIFEST, bytes) else {
        out.faults.push(Fault::Manifest(MANIFEST.to_owned()));
        return;
    };
    let package = format!("sha256:{}", Hashes::of(bytes).sha256);
    if list.is_some_and(|l| l.package != package || l.plan != read.plan) {
        out.faults.push(Fault::Mixed);
    }
    let signature = texts
        .get(SIGNATURES)
        .and_then(|b| manifest::read::<Stamp>(SIGNATURES, b).ok());
    match signature.map(|s| (s.check(SIGNED_MANIFEST, &read), s.key)) {
        Some((Ok(()), key)) => {
            signed_by(&key, expected, out);
            out.signer = Some(key);
        }
        _ => out.faults.push(Fault::Signature("manifest")),
    }
    if let (Some(list), Some(signer)) = (list, &out.signer)
        && list.signature.as_ref().is_some_and(|s| s.key != *signer)
    {
        out.faults.push(Fault::Mixed);
    }
    let mut others: BTreeSet<&String> = out
        .digests
        .keys()
        .filter(|p| p.starts_with("data/"))
        .collect();
    let mut wrong = Vec::new();
    for file in &read.files {
        others.remove(&file.path);
        let same = out
            .digests
            .get(&file.path)
            .is_some_and(|d| d.sha256 == file.sha256 && d.sm3 == file.sm3 && d.bytes == file.bytes);
        if !same {
            wrong.push(file.path.clone());
        }
    }
    wrong.extend(others.into_iter().cloned());
    for tag in &read.tags {
        if out
            .digests
            .get(&tag.path)
            .is_none_or(|d| d.sha256 != tag.sha256)
        {
            wrong.push(tag.path.clone());
        }
    }
    let said: BTreeSet<String> = out
        .faults
        .iter()
        .filter_map(|f| match f {
            Fault::Bag(fault) => Some(fault.path().to_owned()),
            _ => None,
        })
        .collect();
    wrong.retain(|path| !said.contains(path));
    out.faults.extend(wrong.into_iter().map(Fault::Manifest));
    out.manifest = Some(read);
    out.package = Some(package);
}
