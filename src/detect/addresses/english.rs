//! English addresses: number, street, city, state and ZIP.

use crate::detect::names::listed;

/// Street types that are little else after a number and a name.
const STREETS: &[&str] = &[
    "alley",
    "ave",
    "avenue",
    "blvd",
    "boulevard",
    "bypass",
    "causeway",
    "cir",
    "circle",
    "close",
    "court",
    "crescent",
    "ct",
    "dr",
    "drive",
    "expressway",
    "freeway",
    "highway",
    "hwy",
    "lane",
    "ln",
    "mews",
    "parkway",
    "parkways",
    "pkwy",
    "pl",
    "place",
    "plaza",
    "rd",
    "road",
    "roads",
    "route",
    "sq",
    "square",
    "st",
    "street",
    "streets",
    "ter",
    "terrace",
    "throughway",
    "trafficway",
    "trail",
    "turnpike",
    "way",
];

/// Street types that are everyday words as well: they need a city or a ZIP behind.
const WEAK: &[&str] = &[
    "annex",
    "arcade",
    "bayou",
    "beach",
    "bend",
    "bluff",
    "bluffs",
    "bottom",
    "branch",
    "bridge",
    "brook",
    "brooks",
    "burg",
    "burgs",
    "camp",
    "canyon",
    "cape",
    "center",
    "centers",
    "circles",
    "cliff",
    "cliffs",
    "club",
    "common",
    "commons",
    "corner",
    "corners",
    "course",
    "courts",
    "cove",
    "coves",
    "creek",
    "crest",
    "crossing",
    "crossroad",
    "curve",
    "dale",
    "dam",
    "divide",
    "drives",
    "estate",
    "estates",
    "extension",
    "extensions",
    "fall",
    "falls",
    "ferry",
    "field",
    "fields",
    "flat",
    "flats",
    "ford",
    "fords",
    "forest",
    "forge",
    "forges",
    "fork",
    "forks",
    "fort",
    "garden",
    "gardens",
    "gateway",
    "glen",
    "glens",
    "green",
    "greens",
    "grove",
    "groves",
    "harbor",
    "harbors",
    "haven",
    "heights",
    "hill",
    "hills",
    "hollow",
    "inlet",
    "island",
    "islands",
    "isle",
    "junction",
    "junctions",
    "key",
    "keys",
    "knoll",
    "knolls",
    "lake",
    "lakes",
    "land",
    "landing",
    "light",
    "lights",
    "loaf",
    "lock",
    "locks",
    "lodge",
    "loop",
    "mall",
    "manor",
    "manors",
    "meadow",
    "meadows",
    "mill",
    "mills",
    "mission",
    "motorway",
    "mount",
    "mountain",
    "mountains",
    "neck",
    "orchard",
    "oval",
    "overpass",
    "park",
    "parks",
    "pass",
    "passage",
    "path",
    "pike",
    "pine",
    "pines",
    "plain",
    "plains",
    "point",
    "points",
    "port",
    "ports",
    "prairie",
    "radial",
    "ramp",
    "ranch",
    "rapid",
    "rapids",
    "rest",
    "ridge",
    "ridges",
    "river",
    "row",
    "rue",
    "run",
    "shoal",
    "shoals",
    "shore",
    "shores",
    "skyway",
    "spring",
    "springs",
    "spur",
    "spurs",
    "squares",
    "station",
    "stravenue",
    "stream",
    "summit",
    "trace",
    "track",
    "tunnel",
    "underpass",
    "union",
    "unions",
    "valley",
    "valleys",
    "via",
    "viaduct",
    "view",
    "views",
    "village",
    "villages",
    "ville",
    "vista",
    "walk",
    "walks",
    "wall",
    "ways",
    "well",
    "wells",
];

fn rest(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// Length of the word at the start.
fn word(text: &str) -> &str {
    let len = text
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '-' | '.' | '#')))
        .unwrap_or(text.len());
    text.get(..len).unwrap_or_default()
}

/// The address at the start of a text: its length. `strict` for running text, where the street type
/// must be plain or a ZIP follow.
pub(super) fn at_start(text: &str, strict: bool) -> Option<usize> {
    if let Some(end) = post_office_box(text) {
        return Some(tail(text, end).0);
    }
    let read = read(text)?;
    (read.zip || read.plain || !strict).then_some(read.end)
}

/// The address that begins with a house number in running text, where nothing beside it tells: its length. A ZIP
/// must follow; or the street type is plain, and a word that leads to a place stands before or nothing else is in
/// the line; or it is an everyday word behind `at`.
pub(super) fn in_prose(before: &str, text: &str) -> Option<usize> {
    const LEADS: [&str; 9] = [
        "at ", "to ", "from ", "near ", "on ", "of ", "is ", ": ", ", ",
    ];
    let read = read(text)?;
    let behind = rest(text, read.end);
    let told = LEADS.iter().any(|l| before.ends_with(l));
    let ends = behind.is_empty() || behind.starts_with([',', '.', ';', '\n', '\r']);
    let alone = before.is_empty() && ends;
    let at = before.ends_with(" at ") && ends;
    (read.zip || read.plain && (told && ends || alone) || at).then_some(read.end)
}

/// What was read of an address that begins with a house number.
struct Read {
    end: usize,
    /// A ZIP or postcode is part of it.
    zip: bool,
    /// Its street type is little else.
    plain: bool,
}

fn read(text: &str) -> Option<Read> {
    let first = word(text);
    let digits = first.bytes().filter(u8::is_ascii_digit).count();
    let number = first.starts_with(|c: char| c.is_ascii_digit())
        && (1..=6).contains(&digits)
        && first.len() <= digits + 2;
    if !number {
        return None;
    }
    let mut at = first.len();
    let (mut street, mut weak) = (None, None);
    for n in 0..7 {
        let here = rest(text, at);
        let Some(next) = here.strip_prefix(' ') else {
            break;
        };
        let w = word(next);
        let bare = w.trim_end_matches('.');
        let capital = w.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
            || matches!(w, "de" | "la" | "of" | "the");
        if w.is_empty() || !capital {
            break;
        }
        at += 1 + w.len();
        if n > 0 && listed(STREETS, bare) {
            street = Some(
                at - (w.len() - bare.len()) + usize::from(w.len() > bare.len() && bare.len() <= 4),
            );
            if !rest(text, at).starts_with(' ') {
                break;
            }
        } else if n > 0 && listed(WEAK, bare) {
            weak = Some(at - (w.len() - bare.len()));
        }
    }
    let end = street.max(weak)?;
    let (end, zip) = tail(text, end);
    Some(Read {
        end,
        zip,
        plain: street.is_some(),
    })
}

/// PO Box 12, P.O. Box 12: its length.
fn post_office_box(text: &str) -> Option<usize> {
    let start = [
        "PO Box ",
        "P.O. Box ",
        "P. O. Box ",
        "GPO Box ",
        "Post Office Box ",
    ]
    .iter()
    .find(|s| text.starts_with(**s))?
    .len();
    let digits = rest(text, start)
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    (1..=6).contains(&digits).then_some(start + digits)
}

/// Length of a country with its separator.
fn country(text: &str) -> usize {
    const COUNTRIES: &[&str] = &[
        "USA",
        "United States",
        "U.S.A.",
        "US",
        "United Kingdom",
        "UK",
        "Canada",
        "Australia",
        "China",
        "Singapore",
    ];
    let bare = text.trim_start_matches([',', ' ']);
    let gap = text.len() - bare.len();
    let name = COUNTRIES
        .iter()
        .find(|n| bare.starts_with(**n) && (1..=2).contains(&gap));
    name.filter(|n| !rest(bare, n.len()).starts_with(char::is_alphanumeric))
        .map_or(0, |n| gap + n.len())
}

/// An address that begins with its flat: Flat 5B, Tower 3, 8 Oak Road, Hong Kong.
pub(super) fn flat_at_start(text: &str) -> Option<usize> {
    const FLATS: &[&str] = &[
        "Flat ", "Room ", "Unit ", "Suite ", "Apt ", "Floor ", "Shop ", "Rm ",
    ];
    if !FLATS.iter().any(|f| text.starts_with(f)) {
        return None;
    }
    let mut places = text
        .char_indices()
        .take(80)
        .filter(|(i, c)| c.is_ascii_digit() && text.get(..*i).is_some_and(|b| b.ends_with(", ")));
    places.find_map(|(i, _)| at_start(rest(text, i), false).map(|end| i + end))
}

/// Unit, city, state and ZIP behind a street: the end of what was read, and whether a ZIP was there.
fn tail(text: &str, street: usize) -> (usize, bool) {
    let mut end = street;
    let mut at = street;
    // Direction: 12 Oak Street NW.
    if let Some(next) = rest(text, at).strip_prefix(' ')
        && matches!(
            word(next),
            "N" | "S" | "E" | "W" | "NE" | "NW" | "SE" | "SW" | "North" | "South" | "East" | "West"
        )
    {
        at += 1 + word(next).len();
        end = at;
    }
    let mut zip = false;
    for _ in 0..6 {
        let here = rest(text, at);
        let skip = here.len() - here.trim_start_matches([',', ' ']).len();
        if skip == 0 || skip > 2 {
            break;
        }
        let part = rest(here, skip);
        let Some((len, is_zip, sure)) = part_of_tail(part, here.starts_with(',')) else {
            break;
        };
        at += skip + len;
        if sure {
            end = at;
        }
        zip |= is_zip;
        if is_zip {
            end += country(rest(text, end));
            break;
        }
    }
    (end, zip)
}

/// One part behind the street: its length, whether it is a ZIP, and whether it belongs to the
/// address even when nothing follows.
fn part_of_tail(text: &str, comma: bool) -> Option<(usize, bool, bool)> {
    let w = word(text);
    if matches!(
        w.trim_end_matches('.'),
        "Apt" | "Suite" | "Ste" | "Unit" | "Floor" | "Room" | "Rm" | "Fl" | "Apartment" | "#"
    ) || w.starts_with('#')
    {
        let next = if w.starts_with('#') && w.len() > 1 {
            0
        } else {
            1 + word(rest(text, w.len()).strip_prefix(' ')?).len()
        };
        return (next != 1).then_some((w.len() + next, false, true));
    }
    if let Some(len) = zip_code(text) {
        return Some((len, true, true));
    }
    // State before a ZIP.
    if w.starts_with(char::is_uppercase)
        && let Some(len) = rest(text, w.len()).strip_prefix(' ').and_then(zip_code)
    {
        return Some((w.len() + 1 + len, true, true));
    }
    if !comma {
        return None;
    }
    // City: up to four capitalised words.
    let mut at = 0;
    for _ in 0..4 {
        let here = rest(text, at + usize::from(at > 0));
        let w = word(here);
        if !w.starts_with(char::is_uppercase) || (at > 0 && !rest(text, at).starts_with(' ')) {
            break;
        }
        at += w.len() + usize::from(at > 0);
        if w.ends_with('.') && w.len() > 4 {
            at -= 1;
            break;
        }
        if rest(text, at)
            .strip_prefix(' ')
            .and_then(zip_code)
            .is_some()
        {
            break;
        }
    }
    (at > 1).then_some((at, false, true))
}

/// A ZIP, ZIP+4, Canadian or British postcode at the start: its length.
fn zip_code(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 5 {
        let plus = rest(text, 5)
            .strip_prefix('-')
            .map_or(0, |t| t.bytes().take_while(u8::is_ascii_digit).count());
        let len = if plus == 4 { 10 } else { 5 };
        return (!rest(text, len).starts_with(|c: char| c.is_ascii_alphanumeric())).then_some(len);
    }
    let a = word(text);
    let b = word(rest(text, a.len()).strip_prefix(' ')?);
    let mixed = |w: &str| {
        w.bytes().any(|c| c.is_ascii_digit())
            && w.bytes().any(|c| c.is_ascii_uppercase())
            && w.bytes()
                .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
    };
    ((2..=4).contains(&a.len()) && b.len() == 3 && mixed(a) && mixed(b))
        .then_some(a.len() + 1 + b.len())
}

pub(super) fn is_certain(text: &str) -> bool {
    at_start(text, true).is_some_and(|end| end * 5 >= text.len() * 3)
}

/// In a column of addresses: words with a street type and a number, a ZIP, or a post-office box.
pub(super) fn in_column(text: &str) -> bool {
    if !text.bytes().any(|b| b.is_ascii_digit()) || !text.bytes().any(|b| b.is_ascii_alphabetic()) {
        return false;
    }
    let words = || {
        text.split([' ', ',', '\n'])
            .map(|w| w.trim_end_matches('.'))
            .filter(|w| !w.is_empty())
    };
    let count = words()
        .filter(|w| w.starts_with(char::is_alphabetic))
        .count();
    let street = words().any(|w| listed(STREETS, w) || listed(WEAK, w));
    let boxed = words().any(|w| {
        ["box", "apo", "fpo", "dpo", "psc", "suite", "apt", "unit"]
            .iter()
            .any(|b| w.eq_ignore_ascii_case(b))
    });
    let zip = text
        .char_indices()
        .filter(|(i, _)| *i == 0 || text.as_bytes().get(i - 1) == Some(&b' '))
        .any(|(i, _)| zip_code(rest(text, i)).is_some());
    count >= 1 && (street || boxed || (zip && count >= 2)) && (count >= 2 || zip || street)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(STREETS.is_sorted() && WEAK.is_sorted());
    }

    #[test]
    fn addresses_in_sentences() {
        for (before, text, address) in [
            (
                "The headquarters is at ",
                "8936 Galloway Walk, Kellystad, Wyoming 31013.",
                "8936 Galloway Walk, Kellystad, Wyoming 31013",
            ),
            (
                "is registered to him at ",
                "6241 Nicholas Meadow.",
                "6241 Nicholas Meadow",
            ),
            (
                "",
                "96 Riverside Close, Bristol, BS5 6HQ",
                "96 Riverside Close, Bristol, BS5 6HQ",
            ),
            ("residing at ", "12 Oak Street, ", "12 Oak Street"),
        ] {
            assert_eq!(
                in_prose(before, text).map(|end| &text[..end]),
                Some(address),
                "{text}"
            );
        }
        for (before, text) in [
            ("Table ", "3 Main Court rulings"),
            ("on ", "12 March, the Court said"),
            ("has ", "5 Hard Drive slots"),
            ("", "3 Two Way Merge"),
            ("in ", "2 Rest Point sets"),
        ] {
            assert_eq!(in_prose(before, text), None, "{text}");
        }
    }

    #[test]
    fn postcodes() {
        assert_eq!(zip_code("62704"), Some(5));
        assert_eq!(zip_code("62704-1234 x"), Some(10));
        assert_eq!(zip_code("NW1 6XE"), Some(7));
        assert_eq!(zip_code("627045"), None);
    }
}
