//! [`Locator`]: the path from a file down to one place in it, and the one grammar it is shown in.
//!
//! ```text
//! locator = path *( "!" member ) *( "#" place )
//! place   = sheet "!" cell | "R" row "C" column | "L" line | "page" n | "b" n | "rec" n
//!         | "$" field | "part:" name | "name" | sheet "!"
//! ```
//! `!`, `#` and `%` inside names are percent-escaped, so the text can be read back.

use super::name::Name;
use std::{fmt, str::FromStr};

/// One step towards a place. Numbers count from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A file, relative to the root it was found under (`/` between folders).
    File(Name),
    /// A member of an archive or a file embedded in a document.
    Member(Name),
    /// The name of the file or member itself, as text.
    Name,
    /// A sheet of a workbook, or a table of a database.
    Sheet(String),
    /// A cell of a table: row and column from 1.
    Cell {
        /// Row, from 1.
        row: u64,
        /// Column, from 1.
        column: u32,
    },
    /// A page, from 1.
    Page(u32),
    /// A line, from 1.
    Line(u64),
    /// A block of text (paragraph, string, text node), from 1.
    Block(u32),
    /// A record of a flat file, from 1.
    Record(u64),
    /// A field by its path, starting with `$`.
    Field(String),
    /// A part of a package (`docProps/core.xml`).
    Part(String),
}

/// A path of steps from a file down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Locator(pub Vec<Step>);

/// A column number (from 1) in letters: 1 is `A`, 27 is `AA`.
pub fn column_letters(column: u32) -> String {
    let mut out = Vec::new();
    let mut n = column;
    while n > 0 {
        n -= 1;
        out.push(b'A' + u8::try_from(n % 26).unwrap_or(0));
        n /= 26;
    }
    out.reverse();
    String::from_utf8(out).unwrap_or_default()
}

/// Reads column letters back: `AA` is 27. `None` when empty, not A–Z, or past `u32`.
pub fn column_number(letters: &str) -> Option<u32> {
    let mut n: u32 = 0;
    for b in letters.bytes() {
        if !b.is_ascii_uppercase() {
            return None;
        }
        n = n.checked_mul(26)?.checked_add(u32::from(b - b'A') + 1)?;
    }
    (n > 0).then_some(n)
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut after_sheet = false;
        for step in &self.0 {
            match step {
                Step::File(name) => write!(f, "{name}")?,
                Step::Member(name) => write!(f, "!{name}")?,
                Step::Name => f.write_str("#name")?,
                Step::Sheet(name) => write!(f, "#{}!", Name::from(name.as_str()))?,
                Step::Cell { row, column } if after_sheet => {
                    write!(f, "{}{row}", column_letters(*column))?;
                }
                Step::Cell { row, column } => write!(f, "#R{row}C{column}")?,
                Step::Page(n) => write!(f, "#page{n}")?,
                Step::Line(n) => write!(f, "#L{n}")?,
                Step::Block(n) => write!(f, "#b{n}")?,
                Step::Record(n) => write!(f, "#rec{n}")?,
                Step::Field(path) => write!(f, "#{}", Name::from(path.as_str()))?,
                Step::Part(name) => write!(f, "#part:{}", Name::from(name.as_str()))?,
            }
            after_sheet = matches!(step, Step::Sheet(_));
        }
        Ok(())
    }
}

/// A locator that does not follow the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a locator")]
pub struct LocatorError;

impl FromStr for Locator {
    type Err = LocatorError;

    fn from_str(text: &str) -> Result<Self, LocatorError> {
        let mut places = text.split('#');
        let mut path = places.next().unwrap_or_default().split('!');
        let mut steps = Vec::new();
        let file = path.next().unwrap_or_default();
        if !file.is_empty() {
            steps.push(Step::File(Name::parse(file).ok_or(LocatorError)?));
        }
        for member in path {
            steps.push(Step::Member(Name::parse(member).ok_or(LocatorError)?));
        }
        for place in places {
            parse_place(place, &mut steps)?;
        }
        Ok(Self(steps))
    }
}

fn parse_place(place: &str, steps: &mut Vec<Step>) -> Result<(), LocatorError> {
    let plain = |s: &str| {
        Name::parse(s)
            .and_then(|n| String::from_utf8(n.bytes().to_vec()).ok())
            .ok_or(LocatorError)
    };
    let number = |s: &str| {
        s.parse::<u64>()
            .ok()
            .filter(|&n| n > 0 && !s.starts_with('+'))
    };
    if let Some((sheet, cell)) = place.split_once('!') {
        steps.push(Step::Sheet(plain(sheet)?));
        if !cell.is_empty() {
            let digits = cell
                .find(|c: char| c.is_ascii_digit())
                .ok_or(LocatorError)?;
            let (letters, row) = cell.split_at(digits);
            let column = column_number(letters).ok_or(LocatorError)?;
            let row = number(row).ok_or(LocatorError)?;
            steps.push(Step::Cell { row, column });
        }
        return Ok(());
    }
    let small = |s: &str| number(s).and_then(|n| u32::try_from(n).ok());
    let step = if place == "name" {
        Step::Name
    } else if place.starts_with('$') {
        Step::Field(plain(place)?)
    } else if let Some(part) = place.strip_prefix("part:") {
        Step::Part(plain(part)?)
    } else if let Some(n) = place.strip_prefix("page").and_then(small) {
        Step::Page(n)
    } else if let Some(n) = place.strip_prefix("rec").and_then(number) {
        Step::Record(n)
    } else if let Some(n) = place.strip_prefix('L').and_then(number) {
        Step::Line(n)
    } else if let Some(n) = place.strip_prefix('b').and_then(small) {
        Step::Block(n)
    } else if let Some((row, column)) = place.strip_prefix('R').and_then(|s| s.split_once('C')) {
        let row = number(row).ok_or(LocatorError)?;
        let column = small(column).ok_or(LocatorError)?;
        Step::Cell { row, column }
    } else {
        return Err(LocatorError);
    };
    steps.push(step);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_are_lettered_as_in_a_sheet() {
        for (n, s) in [
            (1, "A"),
            (26, "Z"),
            (27, "AA"),
            (702, "ZZ"),
            (703, "AAA"),
            (16384, "XFD"),
        ] {
            assert_eq!(column_letters(n), s);
            assert_eq!(column_number(s), Some(n));
        }
    }

    #[test]
    fn shows_the_documented_forms() {
        let at = Locator(vec![
            Step::File(Name::from("outer.zip")),
            Step::Member(Name::from("dir/工资.xlsx")),
            Step::Sheet("Sheet1".into()),
            Step::Cell { row: 12, column: 3 },
        ]);
        assert_eq!(at.to_string(), "outer.zip!dir/工资.xlsx#Sheet1!C12");
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Name),
            ("[a-z!#% 工资]{1,8}", 1..999u64, 1..999u32).prop_map(|(s, _, _)| Step::Sheet(s)),
            (1..99u64, 1..99u32).prop_map(|(row, column)| Step::Cell { row, column }),
            (1..9u32).prop_map(Step::Page),
            (1..9u64).prop_map(Step::Line),
            (1..9u32).prop_map(Step::Block),
            (1..9u64).prop_map(Step::Record),
            "[a-z!#%.]{1,8}".prop_map(|s| Step::Field(format!("${s}"))),
            "[a-z!#%./]{1,8}".prop_map(Step::Part),
        ]
    }

    proptest! {
        #[test]
        fn reads_back(file in proptest::collection::vec(any::<u8>(), 1..9),
                      members in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..9), 0..3),
                      places in proptest::collection::vec(step(), 0..3)) {
            let mut steps = vec![Step::File(Name::new(file))];
            steps.extend(members.into_iter().map(|m| Step::Member(Name::new(m))));
            steps.extend(places);
            let at = Locator(steps);
            prop_assert_eq!(at.to_string().parse(), Ok(at));
        }
    }
}
