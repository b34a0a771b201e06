//! [`Passwords`]: what the user gives for opening encrypted files.

use std::sync::Arc;
use zeroize::Zeroizing;

/// Passwords that are tried in turn. They show themselves nowhere and are wiped when they go.
#[derive(Clone, Default)]
pub struct Passwords(Arc<Vec<Zeroizing<String>>>);

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passwords(..)")
    }
}

impl Passwords {
    /// One a line; line ends do not belong to them, blanks do. Empty lines and a byte order mark are left out.
    pub fn read(text: &str) -> Self {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let lines = text
            .split('\n')
            .map(|l| l.strip_suffix('\r').unwrap_or(l))
            .filter(|l| !l.is_empty());
        Self(Arc::new(lines.map(|l| Zeroizing::new(l.into())).collect()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In turn.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|p| p.as_str())
    }

    /// As bytes: in UTF-8, and where that differs in GB 18030, as Chinese systems give them to archives.
    pub(super) fn bytes(&self) -> Vec<Zeroizing<Vec<u8>>> {
        let mut out = Vec::new();
        for password in self.iter() {
            out.push(Zeroizing::new(password.as_bytes().to_vec()));
            let (gb, _, lost) = encoding_rs::GB18030.encode(password);
            if !lost && *gb != *password.as_bytes() {
                out.push(Zeroizing::new(gb.into_owned()));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_line() {
        let p = Passwords::read("\u{FEFF}abc\r\n\n 密码 \nx");
        assert_eq!(p.iter().collect::<Vec<_>>(), ["abc", " 密码 ", "x"]);
        assert_eq!(p.bytes().len(), 4);
        assert_eq!(format!("{p:?}"), "Passwords(..)");
        assert!(Passwords::read("\n\r\n").is_empty());
    }
}
