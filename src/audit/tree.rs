//! The tree over all lines, kept as the roots of its whole parts.
//!
//! Standard: RFC 6962, section 2.1.

use crate::digest::{sha256_joined, sm3_joined};

type Digest = [u8; 32];
type Joined = fn(&[&[u8]]) -> Digest;

/// A tree that grows: one root for each bit of its size, the largest first. With SHA-256 as the standard
/// says, and the same with SM3.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    size: u64,
    sha256: Vec<Digest>,
    sm3: Vec<Digest>,
}

impl Tree {
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn push(&mut self, leaf: &[u8]) {
        self.size += 1;
        let joins = self.size.trailing_zeros();
        grow(&mut self.sha256, leaf, joins, sha256_joined);
        grow(&mut self.sm3, leaf, joins, sm3_joined);
    }

    pub(super) fn root(&self) -> Digest {
        fold(&self.sha256, sha256_joined)
    }

    pub(super) fn sm3_root(&self) -> Digest {
        fold(&self.sm3, sm3_joined)
    }
}

fn grow(roots: &mut Vec<Digest>, leaf: &[u8], joins: u32, hash: Joined) {
    let mut new = hash(&[&[0], leaf]);
    for _ in 0..joins {
        if let Some(left) = roots.pop() {
            new = hash(&[&[1], &left, &new]);
        }
    }
    roots.push(new);
}

fn fold(roots: &[Digest], hash: Joined) -> Digest {
    let mut all = roots.iter().rev();
    match all.next() {
        None => hash(&[]),
        Some(last) => all.fold(*last, |right, left| hash(&[&[1], left, &right])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hex;

    /// Straight from the definition: split at the largest power of two below the size.
    fn defined(leaves: &[&[u8]]) -> Digest {
        match leaves {
            [] => sha256_joined(&[]),
            [leaf] => sha256_joined(&[&[0], leaf]),
            _ => {
                let mut k = 1;
                while k * 2 < leaves.len() {
                    k *= 2;
                }
                let (left, right) = leaves.split_at(k);
                sha256_joined(&[&[1], &defined(left), &defined(right)])
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let lines: Vec<String> = (0..70).map(|n| format!("line {n}")).collect();
        let mut tree = Tree::default();
        assert_eq!(
            hex(&tree.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for n in 0..lines.len() {
            tree.push(lines[n].as_bytes());
            let leaves: Vec<&[u8]> = lines[..=n].iter().map(String::as_bytes).collect();
            assert_eq!(tree.root(), defined(&leaves), "{n}");
            assert_ne!(tree.root(), tree.sm3_root());
        }
    }
}
