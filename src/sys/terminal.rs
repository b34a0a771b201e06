//! Reading a secret from standard input: from a terminal without showing it, and without a buffer that keeps it.

use std::io;
use zeroize::Zeroizing;

/// Characters of a secret at most.
const MOST: usize = 4_096;

/// Standard input without the buffer that the standard library has before it: nobody wipes that one.
#[derive(Debug)]
pub struct StandardInput;

impl io::Read for StandardInput {
    #[cfg(unix)]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(io::stdin(), into)?)
    }

    #[cfg(not(unix))]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        io::stdin().lock().read(into)
    }
}

/// Reads one line from standard input, a terminal, while nothing of what is typed is shown. Backspace and
/// Ctrl-U work; Ctrl-C, Ctrl-D on an empty line, and a signal that asks to end are `Interrupted`. In all these
/// cases the terminal is then as it was before; only what kills at once (`kill -9`) leaves it silent.
///
/// # Errors
/// Those of the system; `Unsupported` where a terminal cannot be told to be silent.
#[cfg(unix)]
pub fn read_silently() -> io::Result<Zeroizing<String>> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    use std::io::Read as _;

    struct Restored(rustix::termios::Termios);
    impl Drop for Restored {
        fn drop(&mut self) {
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
        }
    }

    // Dropped after the terminal is what it was.
    let _caught = super::Caught::begin();
    let before = Restored(tcgetattr(io::stdin())?);
    let mut silent = before.0.clone();
    // Signals come as characters too: one that ended the process here would leave the terminal silent.
    silent.local_modes -=
        LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
    // A call comes back every fifth of a second, so that a signal is seen.
    silent.special_codes[rustix::termios::SpecialCodeIndex::VMIN] = 0;
    silent.special_codes[rustix::termios::SpecialCodeIndex::VTIME] = 2;
    tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
    let mut line = Line::default();
    let mut byte = Zeroizing::new([0u8]);
    loop {
        let read = match StandardInput.read(&mut *byte) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => 0,
            read => read?,
        };
        if super::interrupted() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if read == 0 {
            // Nothing was typed yet; or the terminal is gone, which is told here.
            tcgetattr(io::stdin())?;
            continue;
        }
        match line.take(byte[0]) {
            Took::More => {}
            Took::End => return line.text(),
            Took::Break => return Err(io::ErrorKind::Interrupted.into()),
        }
    }
}

/// Elsewhere nothing is read rather than shown.
///
/// # Errors
/// Always `Unsupported`.
#[cfg(not(unix))]
pub fn read_silently() -> io::Result<Zeroizing<String>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// What a byte did.
#[cfg_attr(not(unix), allow(dead_code, reason = "read on terminals of unix only"))]
#[derive(Debug, PartialEq, Eq)]
enum Took {
    More,
    End,
    Break,
}

/// A line as it is typed. Its room is taken at once, so that no part of it is left where it grew from.
#[cfg_attr(not(unix), allow(dead_code, reason = "read on terminals of unix only"))]
struct Line(Zeroizing<Vec<u8>>);

impl Default for Line {
    fn default() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(MOST)))
    }
}

#[cfg_attr(not(unix), allow(dead_code, reason = "read on terminals of unix only"))]
impl Line {
    fn take(&mut self, byte: u8) -> Took {
        match byte {
            // Ctrl-C; Ctrl-D where nothing was typed.
            3 => return Took::Break,
            4 if self.0.is_empty() => return Took::Break,
            b'\r' | b'\n' | 4 => return Took::End,
            // Backspace, as either key sends it: a character, however many bytes it has.
            8 | 127 => while self.0.pop().is_some_and(|b| b & 0xC0 == 0x80) {},
            // Ctrl-U.
            21 => self.0.clear(),
            _ if self.0.len() < MOST => self.0.push(byte),
            _ => {}
        }
        Took::More
    }

    fn text(&self) -> io::Result<Zeroizing<String>> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => Ok(Zeroizing::new(text.to_owned())),
            Err(_) => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> (String, Took) {
        let mut line = Line::default();
        let mut took = Took::More;
        for &byte in bytes {
            took = line.take(byte);
            if took != Took::More {
                break;
            }
        }
        (line.text().unwrap().to_string(), took)
    }

    #[test]
    fn lines_are_typed_and_mended() {
        assert_eq!(typed(b"abc\r"), ("abc".to_owned(), Took::End));
        assert_eq!(
            typed("密码\u{7f}\u{7f}ab\u{7f}c\n".as_bytes()),
            ("ac".to_owned(), Took::End)
        );
        assert_eq!(typed(b"abc\x15d\n"), ("d".to_owned(), Took::End));
        assert_eq!(typed(b"\x7f\x7fa\x04"), ("a".to_owned(), Took::End));
        assert_eq!(typed(b"ab\x03").1, Took::Break);
        assert_eq!(typed(b"\x04").1, Took::Break);
    }
}
