//! What the reading child says: tagged messages with little-endian lengths, each of which the parent
//! checks before it believes it.
//!
//! ```text
//! message = tag:u8 payload
//! string  = length:u32 UTF-8
//! 1 sheet   string          what follows is of this sheet
//! 2 cell    row:u32 column:u32 kind:u8 string     counted from 0
//! 3 formula row:u32 column:u32 string
//! 4 text    string string   label and text of the workbook itself (defined name, property)
//! 5 trouble reason:u8       the current sheet, or the workbook before the first one
//! 6 done                    nothing follows
//! ```

use crate::formats::{FormatError, source::read_full};
use std::io::{self, Read, Write};

/// Most bytes of one string. A cell of Excel holds 32,767 characters.
pub(super) const MOST: usize = 8 << 20;

/// Why a sheet or a workbook was not read, as the child can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Encrypted,
    Unsupported,
    Corrupt,
    Crashed,
    TooLong,
    Formulas,
}

impl Trouble {
    const ALL: [Self; 6] = [
        Self::Encrypted,
        Self::Unsupported,
        Self::Corrupt,
        Self::Crashed,
        Self::TooLong,
        Self::Formulas,
    ];

    /// The error that it is when a whole workbook is meant.
    pub(super) fn error(self) -> FormatError {
        match self {
            Self::Encrypted => FormatError::Encrypted,
            Self::Unsupported => FormatError::Unsupported("this kind of workbook"),
            Self::Corrupt => FormatError::Corrupt("not a workbook that can be read"),
            Self::Crashed => FormatError::Crashed,
            Self::TooLong => FormatError::Limit("length of one cell"),
            Self::Formulas => FormatError::Corrupt("formulas that cannot be read"),
        }
    }
}

/// How the value of a cell is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// Text.
    Text,
    /// A number that is shown exactly.
    Number,
    /// A number of 16 digits or more, of which the last are lost.
    Rounded,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    Sheet(String),
    Cell {
        row: u32,
        column: u32,
        stored: Stored,
        text: String,
    },
    Formula {
        row: u32,
        column: u32,
        text: String,
    },
    Text {
        label: String,
        text: String,
    },
    Trouble(Trouble),
    Done,
}

/// The child's side.
pub(super) struct Speaker<W: Write>(pub(super) W);

impl<W: Write> Speaker<W> {
    fn string(&mut self, text: &str) -> io::Result<()> {
        let len = u32::try_from(text.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.0.write_all(&len.to_le_bytes())?;
        self.0.write_all(text.as_bytes())
    }

    /// Says it. A string past [`MOST`] becomes the trouble that it is.
    pub(super) fn say(&mut self, message: &Message) -> io::Result<()> {
        let long = match message {
            Message::Sheet(a) => a.len(),
            Message::Cell { text, .. } | Message::Formula { text, .. } => text.len(),
            Message::Text { label, text } => label.len().max(text.len()),
            Message::Trouble(_) | Message::Done => 0,
        };
        if long > MOST {
            return self.say(&Message::Trouble(Trouble::TooLong));
        }
        match message {
            Message::Sheet(name) => {
                self.0.write_all(&[1])?;
                self.string(name)
            }
            Message::Cell {
                row,
                column,
                stored,
                text,
            } => {
                self.0.write_all(&[2])?;
                self.0.write_all(&row.to_le_bytes())?;
                self.0.write_all(&column.to_le_bytes())?;
                let kind = match stored {
                    Stored::Text => 0,
                    Stored::Number => 1,
                    Stored::Rounded => 2,
                };
                self.0.write_all(&[kind])?;
                self.string(text)
            }
            Message::Formula { row, column, text } => {
                self.0.write_all(&[3])?;
                self.0.write_all(&row.to_le_bytes())?;
                self.0.write_all(&column.to_le_bytes())?;
                self.string(text)
            }
            Message::Text { label, text } => {
                self.0.write_all(&[4])?;
                self.string(label)?;
                self.string(text)
            }
            Message::Trouble(trouble) => {
                let n = Trouble::ALL.iter().position(|t| t == trouble);
                let n = n.and_then(|n| u8::try_from(n).ok()).unwrap_or(2);
                self.0.write_all(&[5, n])
            }
            Message::Done => {
                self.0.write_all(&[6])?;
                self.0.flush()
            }
        }
    }
}

/// The parent's side.
pub(super) struct Listener<R: Read>(pub(super) R);

impl<R: Read> Listener<R> {
    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut buf = [0; N];
        if read_full(&mut self.0, &mut buf)? < N {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(buf)
    }

    fn number(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn string(&mut self) -> io::Result<String> {
        let len = self.number()?;
        if usize::try_from(len).is_ok_and(|n| n > MOST) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        // Read as it comes: a length alone makes no memory.
        let mut out = Vec::new();
        (&mut self.0).take(u64::from(len)).read_to_end(&mut out)?;
        if out.len() as u64 != u64::from(len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        String::from_utf8(out).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// The next message.
    ///
    /// # Errors
    /// `UnexpectedEof` when the child ended, `InvalidData` for what is no message, those of the pipe.
    pub(super) fn next(&mut self) -> io::Result<Message> {
        let [tag] = self.bytes()?;
        Ok(match tag {
            1 => Message::Sheet(self.string()?),
            2 => Message::Cell {
                row: self.number()?,
                column: self.number()?,
                stored: match self.bytes()? {
                    [0] => Stored::Text,
                    [1] => Stored::Number,
                    [2] => Stored::Rounded,
                    _ => return Err(io::ErrorKind::InvalidData.into()),
                },
                text: self.string()?,
            },
            3 => Message::Formula {
                row: self.number()?,
                column: self.number()?,
                text: self.string()?,
            },
            4 => Message::Text {
                label: self.string()?,
                text: self.string()?,
            },
            5 => {
                let [n] = self.bytes()?;
                let trouble = Trouble::ALL.get(usize::from(n)).copied();
                Message::Trouble(trouble.ok_or(io::ErrorKind::InvalidData)?)
            }
            6 => Message::Done,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message() -> impl Strategy<Value = Message> {
        prop_oneof![
            ".{0,9}".prop_map(Message::Sheet),
            (any::<u32>(), any::<u32>(), 0..3usize, ".{0,9}").prop_map(|(row, column, k, text)| {
                Message::Cell {
                    row,
                    column,
                    stored: [Stored::Text, Stored::Number, Stored::Rounded][k],
                    text,
                }
            }),
            (any::<u32>(), any::<u32>(), ".{0,9}")
                .prop_map(|(row, column, text)| { Message::Formula { row, column, text } }),
            (".{0,9}", ".{0,9}").prop_map(|(label, text)| Message::Text { label, text }),
            (0..6usize).prop_map(|n| Message::Trouble(Trouble::ALL[n])),
            Just(Message::Done),
        ]
    }

    proptest! {
        #[test]
        fn what_is_said_is_heard(messages in proptest::collection::vec(message(), 0..9)) {
            let mut speaker = Speaker(Vec::new());
            for m in &messages {
                speaker.say(m).unwrap();
            }
            let mut listener = Listener(speaker.0.as_slice());
            for m in &messages {
                prop_assert_eq!(&listener.next().unwrap(), m);
            }
            prop_assert!(listener.next().is_err());
        }

        #[test]
        fn any_bytes_are_heard_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..99)) {
            let mut listener = Listener(bytes.as_slice());
            while listener.next().is_ok() {}
        }
    }

    #[test]
    fn a_declared_length_alone_is_refused() {
        let mut said = vec![1];
        said.extend(u32::MAX.to_le_bytes());
        let error = Listener(said.as_slice()).next().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_string_past_the_bound_is_trouble() {
        let mut speaker = Speaker(Vec::new());
        speaker.say(&Message::Sheet("x".repeat(MOST + 1))).unwrap();
        assert_eq!(
            Listener(speaker.0.as_slice()).next().unwrap(),
            Message::Trouble(Trouble::TooLong)
        );
    }
}
