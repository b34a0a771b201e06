//! [`Frame`]: a pseudonym as it stands in a text, and how it is told from a value.
//!
//! ```text
//! frame = "[[" kind mark body "." check "]]"        [[ID:7KQ2M4XW3ZT5R.QD]]
//! kind  = 2 to 5 capital letters
//! mark  = ":" "#" "=" "~" "+" "^"                   how the body was made, see Mode
//! body  = letters, digits, "-"; behind "^" also small letters and letters of any script
//! check = 2 of A–Z, 2–7
//! ```
//! It is ASCII (but for generalised places), so that every encoding, sheet and file name holds it: a frame in
//! brackets that GBK lacks would tear the joins that pseudonyms are for. The two check characters keep what
//! only looks like a frame from being passed over: one text in a thousand has them by chance.

/// How the body of a [`Frame`] was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// A keyed digest: equal values have equal tokens, nobody gets the value back from it.
    Token,
    /// A token whose value lies in a vault.
    Vault,
    /// The value itself, encrypted.
    Inline,
    /// The value encrypted in its own alphabet and length.
    Format,
    /// A date, moved.
    Shift,
    /// A group that the value belongs to.
    General,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 6] = [
        Self::Token,
        Self::Vault,
        Self::Inline,
        Self::Format,
        Self::Shift,
        Self::General,
    ];

    /// The mark behind the kind.
    pub fn mark(self) -> char {
        match self {
            Self::Token => ':',
            Self::Vault => '#',
            Self::Inline => '=',
            Self::Format => '~',
            Self::Shift => '+',
            Self::General => '^',
        }
    }

    /// Its name in settings and reports.
    pub fn id(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Vault => "vault",
            Self::Inline => "inline",
            Self::Format => "ff1",
            Self::Shift => "shift",
            Self::General => "generalise",
        }
    }
}

/// A pseudonym in a text. See the module's grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The kind of value, in capitals: `ID`, `TEL`.
    pub kind: &'a str,
    /// How the body was made.
    pub mode: Mode,
    /// The body, without its check characters.
    pub body: &'a str,
}

/// Bytes that every frame begins with.
pub const FRAME: &[u8] = b"[[";
/// Bytes of a frame at most.
pub const FRAME_MOST: usize = 1024;

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl<'a> Frame<'a> {
    /// The frame that a text begins with, and its bytes; `None` when there is none.
    pub fn parse(text: &'a str) -> Option<(Self, usize)> {
        let inside = text.strip_prefix("[[")?;
        let most = inside.get(..FRAME_MOST).unwrap_or(inside);
        let close = most.find("]]")?;
        let inside = inside.get(..close)?;
        let letters = inside.bytes().take_while(u8::is_ascii_uppercase).count();
        if !(2..=5).contains(&letters) {
            return None;
        }
        let (kind, rest) = inside.split_at_checked(letters)?;
        let mark = rest.chars().next()?;
        // The name of a file cannot hold a colon.
        let mode = match mark {
            '-' => Mode::Token,
            _ => Mode::ALL.into_iter().find(|m| m.mark() == mark)?,
        };
        let (body, check) = rest.get(1..)?.rsplit_once('.')?;
        let fits = |c: char| match mode {
            Mode::General => c.is_alphanumeric() || matches!(c, '-' | '+' | '<' | '>'),
            _ => c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-',
        };
        let sound = !body.is_empty() && body.chars().all(fits) && check == checked(kind, body);
        sound.then_some((Self { kind, mode, body }, close + 4))
    }

    /// The frame as it stands in a text.
    pub fn text(&self) -> String {
        let Self { kind, mode, body } = self;
        format!("[[{kind}{}{body}.{}]]", mode.mark(), checked(kind, body))
    }
}

/// The check characters: the text as a number in base 33, modulo the largest prime below 1,024. One changed
/// character is always seen.
fn checked(kind: &str, body: &str) -> String {
    let sum = kind
        .bytes()
        .chain([b'.'])
        .chain(body.bytes())
        .fold(7u32, |sum, b| (sum * 33 + u32::from(b)) % 1021);
    [sum / 32, sum % 32]
        .iter()
        .filter_map(|&n| LETTERS.get(n as usize).copied().map(char::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_frame_is_read_back() {
        for mode in Mode::ALL {
            let frame = Frame {
                kind: "ID",
                mode,
                body: "7KQ2M4XW3ZT5R",
            };
            let text = frame.text();
            assert_eq!(Frame::parse(&text), Some((frame, text.len())), "{text}");
            let more = format!("{text}，其余");
            assert_eq!(Frame::parse(&more), Some((frame, text.len())));
        }
        let city = Frame {
            kind: "ADDR",
            mode: Mode::General,
            body: "广东省深圳市",
        };
        assert_eq!(Frame::parse(&city.text()).map(|f| f.0), Some(city));
    }

    #[test]
    fn in_the_name_of_a_file_a_hyphen_stands_for_the_colon() {
        let frame = Frame {
            kind: "NAME",
            mode: Mode::Token,
            body: "7KQ2M4XW3ZT5R",
        };
        let name = frame.text().replace(':', "-");
        assert_eq!(Frame::parse(&name), Some((frame, name.len())));
    }

    #[test]
    fn what_only_looks_like_a_frame_is_none() {
        for text in [
            "",
            "[[",
            "[[ID:13800138000]]",
            "[[ID:13800138000.AA]]",
            "[[i:7KQ2.AA]]",
            "[[ID:.AA]]",
            "[[wiki]]",
            "[[ID 7KQ2M4XW3ZT5R.QD]]",
        ] {
            assert_eq!(Frame::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_character_is_seen(body in "[A-Z2-7]{13}", at in 0usize..13, other in "[A-Z2-7]") {
            let frame = Frame { kind: "TEL", mode: Mode::Token, body: &body };
            let text = frame.text();
            let at = at + "[[TEL:".len();
            let mut changed = text.clone();
            changed.replace_range(at..=at, &other);
            prop_assert_eq!(Frame::parse(&changed).is_some(), changed == text);
        }

        #[test]
        fn any_text_is_read(text in "\\[\\[.{0,40}") {
            if let Some((frame, len)) = Frame::parse(&text) {
                prop_assert_eq!(frame.text().replace(':', "-"), text[..len].replace(':', "-"));
            }
        }
    }
}
