//! Numbers in bytes, the least significant byte first; `None` past the end.

pub(super) fn u16_at(raw: &[u8], at: usize) -> Option<u16> {
    raw.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

pub(super) fn u32_at(raw: &[u8], at: usize) -> Option<u32> {
    raw.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

/// A number of four bytes that is a length or a place.
pub(super) fn size_at(raw: &[u8], at: usize) -> Option<usize> {
    u32_at(raw, at).and_then(|n| usize::try_from(n).ok())
}

pub(super) fn u64_at(raw: &[u8], at: usize) -> Option<u64> {
    raw.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}

pub(super) fn f64_at(raw: &[u8], at: usize) -> Option<f64> {
    raw.get(at..)?.first_chunk().map(|b| f64::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_the_bytes_do() {
        let raw = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        assert_eq!(u16_at(&raw, 7), Some(0x0908));
        assert_eq!(u16_at(&raw, 8), None);
        assert_eq!(u32_at(&raw, 5), Some(0x0908_0706));
        assert_eq!(u32_at(&raw, 6), None);
        assert_eq!(u64_at(&raw, 1), Some(0x0908_0706_0504_0302));
        assert_eq!(u64_at(&raw, usize::MAX), None);
        assert_eq!(f64_at(&1.5_f64.to_le_bytes(), 0), Some(1.5));
    }
}
