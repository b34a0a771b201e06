//! [`Listing`]: the names of one folder, sorted, in two blocks of memory.

use crate::sys::Kind;

/// Names of a folder. Filled, sorted and sifted once, then taken one by one.
#[derive(Debug, Default)]
pub(super) struct Listing {
    text: Vec<u8>,
    entries: Vec<Entry>,
    next: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The first eight bytes, the first one highest: most comparisons end here.
    lead: u64,
    start: usize,
    len: u32,
    kind: Option<Kind>,
}

impl Entry {
    fn name(self, text: &[u8]) -> &[u8] {
        text.get(self.start..self.start + self.len as usize)
            .unwrap_or_default()
    }
}

impl Listing {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn add(&mut self, name: &[u8], kind: Option<Kind>) {
        let mut lead = [0; 8];
        for (to, from) in lead.iter_mut().zip(name) {
            *to = *from;
        }
        self.entries.push(Entry {
            lead: u64::from_be_bytes(lead),
            start: self.text.len(),
            // Names are at most some hundred bytes on every system.
            len: u32::try_from(name.len()).unwrap_or(u32::MAX),
            kind,
        });
        self.text.extend_from_slice(name);
    }

    /// By bytes. A name that is the start of another comes first.
    pub(super) fn sort(&mut self) {
        let text = &self.text;
        // Names hold no NUL, so equal leads that are padded belong to equal names.
        self.entries.sort_unstable_by(|a, b| {
            a.lead
                .cmp(&b.lead)
                .then_with(|| a.name(text).cmp(b.name(text)))
        });
    }

    /// Keeps the entries that the function gives a kind for.
    pub(super) fn keep(&mut self, mut kind: impl FnMut(&[u8], Option<Kind>) -> Option<Kind>) {
        let text = &self.text;
        self.entries.retain_mut(|e| {
            e.kind = kind(e.name(text), e.kind);
            e.kind.is_some()
        });
    }

    /// The next name that was kept.
    pub(super) fn next(&mut self) -> Option<(&[u8], Kind)> {
        loop {
            let entry = *self.entries.get(self.next)?;
            self.next += 1;
            if let Some(kind) = entry.kind {
                return Some((entry.name(&self.text), kind));
            }
        }
    }

    /// How many are still to come.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorts_as_bytes_do(names in proptest::collection::btree_set(
            proptest::collection::vec(1_u8..=255, 1..12), 0..50))
        {
            let mut listing = Listing::new();
            for name in &names {
                listing.add(name, Some(Kind::File));
            }
            listing.sort();
            let mut sorted: Vec<Vec<u8>> = names.into_iter().collect();
            sorted.sort();
            let mut got = Vec::new();
            while let Some((name, _)) = listing.next() {
                got.push(name.to_vec());
            }
            prop_assert_eq!(got, sorted);
        }
    }

    #[test]
    fn keeps_what_is_given_a_kind() {
        let mut listing = Listing::new();
        for name in [&b"c"[..], b"a", b"b"] {
            listing.add(name, None);
        }
        listing.sort();
        listing.keep(|name, _| (name != b"b").then_some(Kind::File));
        assert_eq!(listing.len(), 2);
        assert_eq!(listing.next(), Some((&b"a"[..], Kind::File)));
        assert_eq!(listing.next(), Some((&b"c"[..], Kind::File)));
        assert_eq!(listing.next(), None);
    }
}
