//! How many numbers make a colour (ISO 32000-1, 8.6).

use super::tree::{dictionary, follow, number_of, whole};
use lopdf::{Dictionary, Document, Object};
use std::collections::BTreeSet;

/// Colour spaces inside colour spaces.
const DEPTH: u32 = 8;

/// Numbers of one colour of a space; `None` of one that is not known, as those are that a page has a name for.
pub(super) fn of(doc: &Document, space: &Object) -> Option<usize> {
    let (family, rest) = match follow(doc, space) {
        Object::Name(name) => (name.as_slice(), &[][..]),
        Object::Array(items) => {
            let (first, rest) = items.split_first()?;
            (follow(doc, first).as_name().ok()?, rest)
        }
        _ => return None,
    };
    match family {
        b"DeviceGray" | b"G" | b"CalGray" | b"Indexed" | b"I" | b"Separation" => Some(1),
        b"DeviceRGB" | b"RGB" | b"CalRGB" | b"Lab" => Some(3),
        b"DeviceCMYK" | b"CMYK" => Some(4),
        b"ICCBased" => {
            let profile = dictionary(follow(doc, rest.first()?))?;
            let count = whole(number_of(doc, profile, b"N")?)?;
            usize::try_from(count).ok()
        }
        b"DeviceN" => match follow(doc, rest.first()?) {
            Object::Array(names) => Some(names.len()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an array is colours by number, the last of its items bytes that are as many as they must be; some
/// writers put an end of line behind them.
pub(super) fn is_palette(doc: &Document, items: &[Object]) -> bool {
    let [family, base, last, Object::String(raw, _)] = items else {
        return false;
    };
    let indexed = matches!(family.as_name(), Ok(b"Indexed" | b"I"));
    let last = match follow(doc, last) {
        Object::Integer(n) => usize::try_from(*n).ok().filter(|n| *n <= 255),
        _ => None,
    };
    let wanted = of(doc, base)
        .zip(last)
        .and_then(|(each, last)| each.checked_mul(last + 1));
    indexed && wanted.is_some_and(|wanted| (wanted..=wanted.saturating_add(2)).contains(&raw.len()))
}

/// Keeps in mind, by their address, the arrays that stand where a dictionary has colour spaces.
pub(super) fn note(doc: &Document, dict: &Dictionary, found: &mut BTreeSet<usize>) {
    for key in [&b"ColorSpace"[..], b"CS"] {
        if let Ok(space) = dict.get(key) {
            space_at(doc, space, found, 0);
        }
    }
}

fn space_at(doc: &Document, space: &Object, found: &mut BTreeSet<usize>, depth: u32) {
    match follow(doc, space) {
        array @ Object::Array(items) => {
            found.insert(std::ptr::from_ref(array).addr());
            // Patterns without colours of their own have those of another space.
            if depth < DEPTH {
                for item in items.iter().filter(|o| !matches!(o, Object::Name(_))) {
                    if let Object::Array(_) = follow(doc, item) {
                        space_at(doc, item, found, depth + 1);
                    }
                }
            }
        }
        // Resources have one for each name.
        Object::Dictionary(names) if depth == 0 => {
            for (_, space) in names {
                space_at(doc, space, found, 1);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::{Stream, StringFormat, dictionary};

    #[test]
    fn palettes_are_as_long_as_they_must_be() {
        let mut doc = Document::new();
        let profile = doc.add_object(Stream::new(dictionary! { "N" => 4 }, Vec::new()));
        let icc = doc.add_object(vec!["ICCBased".into(), Object::Reference(profile)]);
        let name = |n: &str| Object::Name(n.into());
        let inks = Object::Array(vec![
            name("DeviceN"),
            Object::Array(vec![name("A"), name("B")]),
        ]);
        let ask = |base: Object, last: i64, long: usize| {
            let raw = Object::String(vec![1; long], StringFormat::Literal);
            is_palette(&doc, &[name("Indexed"), base, last.into(), raw])
        };
        assert!(ask(name("DeviceRGB"), 1, 6) && ask(name("DeviceRGB"), 1, 7));
        assert!(ask(Object::Reference(icc), 2, 12) && ask(inks, 2, 6));
        assert!(!ask(name("DeviceRGB"), 1, 5) && !ask(name("DeviceRGB"), 1, 11));
        assert!(!ask(name("DeviceGray"), 256, 257) && !ask(name("Cs1"), 1, 6));
    }
}
