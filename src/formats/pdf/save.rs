//! The bytes of a copy.

use super::{document::withheld, strings, work::End};
use crate::formats::FormatError;
use lopdf::{Document, Object, ObjectId, StringFormat};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Objects inside objects.
const DEPTH: u32 = 200;
/// Stands for the identifier until the copy is written.
const NO_ID: &[u8; 16] = b"\xea\x1b no id yet  \xb1\xae";

/// The bytes of what the root reaches, numbered in the order it is reached in.
pub(super) fn save(doc: &mut Document) -> Result<Vec<u8>, End> {
    let root = strings::reference(&doc.trailer, b"Root")
        .ok_or_else(|| withheld("the file has no root"))?;
    let mut numbers: BTreeMap<ObjectId, ObjectId> = BTreeMap::new();
    let mut order = VecDeque::from([root]);
    numbers.insert(root, (1, 0));
    let mut next = 2;
    let mut copy = Document::with_version(version(&doc.version));
    while let Some(id) = order.pop_front() {
        let mut object = doc.objects.remove(&id).unwrap_or(Object::Null);
        renumber(&mut object, 0, &mut |old| {
            *numbers.entry(old).or_insert_with(|| {
                let new = (next, 0);
                next += 1;
                order.push_back(old);
                new
            })
        });
        if let Object::Stream(stream) = &mut object {
            let _ = stream.compress();
        }
        let new = numbers.get(&id).copied().unwrap_or(id);
        copy.objects.insert(new, object);
    }
    copy.max_id = next - 1;
    copy.trailer.set("Root", Object::Reference((1, 0)));
    let none = || Object::String(NO_ID.to_vec(), StringFormat::Hexadecimal);
    copy.trailer.set("ID", Object::Array(vec![none(), none()]));
    let mut out = Vec::new();
    copy.save_to(&mut out)
        .map_err(|e| End::Failed(FormatError::Io(e.kind())))?;
    identify(&mut out);
    Ok(out)
}

/// Takes away what the root does not reach.
pub(super) fn reached(doc: &mut Document) {
    let mut all: BTreeSet<ObjectId> = strings::reference(&doc.trailer, b"Root")
        .into_iter()
        .collect();
    let mut open: Vec<ObjectId> = all.iter().copied().collect();
    while let Some(id) = open.pop() {
        if let Some(object) = doc.objects.get(&id) {
            references(object, 0, &mut |id| {
                if all.insert(id) {
                    open.push(id);
                }
            });
        }
    }
    doc.objects.retain(|id, _| all.contains(id));
}

fn references(object: &Object, depth: u32, found: &mut dyn FnMut(ObjectId)) {
    if depth > DEPTH {
        return;
    }
    let dict = match object {
        Object::Reference(id) => return found(*id),
        Object::Array(items) => {
            for item in items {
                references(item, depth + 1, found);
            }
            return;
        }
        Object::Dictionary(dict) => dict,
        Object::Stream(stream) => &stream.dict,
        _ => return,
    };
    for (_, value) in dict {
        references(value, depth + 1, found);
    }
}

/// Puts an identifier in the place of [`NO_ID`] (ISO 32000-1, 14.4), made from nothing but the copy itself.
/// That of the source would say which file it was made from, and is often made from what it held.
fn identify(copy: &mut [u8]) {
    // Fowler, Noll, Vo: it names the copy and protects nothing.
    let id = copy
        .iter()
        .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, b| {
            (hash ^ u128::from(*b)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        });
    let id = format!("{id:032X}");
    let none = NO_ID.iter().fold(String::new(), |mut hex, b| {
        let _ = std::fmt::Write::write_fmt(&mut hex, format_args!("{b:02X}"));
        hex
    });
    for _ in 0..2 {
        let at = memchr::memmem::rfind(copy, none.as_bytes());
        if let Some(place) = at.and_then(|at| copy.get_mut(at..at + id.len())) {
            place.copy_from_slice(id.as_bytes());
        }
    }
}

/// A version that is one.
fn version(old: &str) -> &str {
    let known = [
        "1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "2.0",
    ];
    known.into_iter().find(|v| *v == old).unwrap_or("1.7")
}

fn renumber(object: &mut Object, depth: u32, new: &mut dyn FnMut(ObjectId) -> ObjectId) {
    if depth > DEPTH {
        *object = Object::Null;
        return;
    }
    match object {
        Object::Reference(id) => *id = new(*id),
        Object::Array(items) => {
            for item in items {
                renumber(item, depth + 1, new);
            }
        }
        Object::Dictionary(dict) => {
            for (_, value) in dict {
                renumber(value, depth + 1, new);
            }
        }
        Object::Stream(stream) => {
            for (_, value) in &mut stream.dict {
                renumber(value, depth + 1, new);
            }
        }
        _ => {}
    }
}
