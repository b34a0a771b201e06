//! Vector code for x86-64 with AVX2, and the way into it.
//!
//! Nothing here takes a closure: a closure does not inherit the target features of the function around
//! it and would be called instead of inlined.
#![allow(
    unsafe_code,
    reason = "vector instructions; every use is behind a safe function"
)]
#![allow(
    clippy::inline_always,
    reason = "must be inlined into the function that enables the features"
)]

use super::{
    plan::Plan,
    scan::{Scene, run},
    twin::Scalar,
};

/// Which code scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Avx2),
}

impl Level {
    /// The fastest this processor has.
    pub(super) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(proof) = x86::Avx2::detect() {
            return Self::Avx2(proof);
        }
        Self::Scalar
    }

    /// Finds the candidates whose anchors lie in `from..to` of the scene's bytes.
    pub(super) fn run(self, plan: &Plan, scene: &mut Scene<'_>, from: usize, to: usize) {
        match (self, scene.gbk) {
            (Self::Scalar, false) => run::<Scalar, false>(Scalar, plan, scene, from, to),
            (Self::Scalar, true) => run::<Scalar, true>(Scalar, plan, scene, from, to),
            #[cfg(target_arch = "x86_64")]
            (Self::Avx2(proof), _) => proof.run(plan, scene, from, to),
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{
        super::{
            classes::{ALNUM, AT, COLON, HIGH, LOW, WORD},
            twin::Kernel,
        },
        Plan, Scene, run,
    };
    use std::arch::x86_64::{
        __m256i, _mm_add_epi32, _mm_add_epi64, _mm_cvtsi128_si32, _mm_loadu_si128, _mm_setr_epi8,
        _mm_shuffle_epi32, _mm_unpackhi_epi64, _mm256_and_si256, _mm256_blendv_epi8,
        _mm256_broadcastsi128_si256, _mm256_castsi256_si128, _mm256_cmpeq_epi8,
        _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_sad_epu8, _mm256_set1_epi8,
        _mm256_set1_epi16, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi16,
        _mm256_srli_epi16, _mm256_testz_si256,
    };

    /// Proof that the processor has AVX2, BMI1, BMI2, LZCNT and POPCNT.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in super::super) struct Avx2(());

    impl Avx2 {
        pub(super) fn detect() -> Option<Self> {
            let has = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt");
            has.then_some(Self(()))
        }

        pub(super) fn run(self, plan: &Plan, scene: &mut Scene<'_>, from: usize, to: usize) {
            // SAFETY: `self` exists only where the features were detected.
            unsafe {
                if scene.gbk {
                    run_gbk(self, plan, scene, from, to);
                } else {
                    run_utf8(self, plan, scene, from, to);
                }
            }
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn run_utf8(k: Avx2, plan: &Plan, scene: &mut Scene<'_>, from: usize, to: usize) {
        run::<Avx2, false>(k, plan, scene, from, to);
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn run_gbk(k: Avx2, plan: &Plan, scene: &mut Scene<'_>, from: usize, to: usize) {
        run::<Avx2, true>(k, plan, scene, from, to);
    }

    /// Classes and raw bytes of 64 bytes, in halves.
    #[derive(Debug, Clone, Copy)]
    pub(in super::super) struct Halves {
        class: [__m256i; 2],
        raw: [__m256i; 2],
    }

    /// 32 bytes of 0x0F, then zeros: read from `32 - n` on it keeps the low nibbles of n bytes.
    static LADDER: [u8; 64] = {
        let mut table = [0; 64];
        let mut i = 0;
        while i < 32 {
            table[i] = 0x0F;
            i += 1;
        }
        table
    };
    /// Every other byte set: read from `n & 1` on it selects the places Luhn doubles in n digits.
    static ALTERNATE: [i8; 64] = {
        let mut table = [0; 64];
        let mut i = 0;
        while i < 64 {
            if i % 2 == 0 {
                table[i] = -1;
            }
            i += 1;
        }
        table
    };

    #[inline(always)]
    fn join(low: i32, high: i32) -> u64 {
        u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
    }

    /// One class bit (given as the shift that brings it to the top) of 64 bytes as a mask.
    macro_rules! bit {
        ($vectors:expr, $shift:literal) => {{
            let [low, high] = $vectors;
            // SAFETY: AVX2 is there, because `self` is.
            unsafe {
                join(
                    _mm256_movemask_epi8(_mm256_slli_epi16::<$shift>(low)),
                    _mm256_movemask_epi8(_mm256_slli_epi16::<$shift>(high)),
                )
            }
        }};
    }
    /// The bytes that have any of the classes.
    macro_rules! any {
        ($vectors:expr, $classes:expr) => {{
            let [low, high] = $vectors;
            // SAFETY: AVX2 is there, because `self` is.
            unsafe {
                let (classes, zero) = (
                    _mm256_set1_epi8($classes.cast_signed()),
                    _mm256_setzero_si256(),
                );
                !join(
                    _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(low, classes), zero)),
                    _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(high, classes), zero)),
                )
            }
        }};
    }
    /// Whether any byte has any of the classes.
    macro_rules! exists {
        ($vectors:expr, $classes:expr) => {{
            let [low, high] = $vectors;
            // SAFETY: AVX2 is there, because `self` is.
            unsafe {
                let classes = _mm256_set1_epi8($classes.cast_signed());
                _mm256_testz_si256(_mm256_or_si256(low, high), classes) == 0
            }
        }};
    }

    impl Kernel for Avx2 {
        type Block = Halves;

        #[inline(always)]
        fn load(self, bytes: &[u8; 64]) -> Halves {
            let (first, second) = (bytes.as_ptr(), bytes[32..].as_ptr());
            // SAFETY: AVX2 is there, because `self` is; the loads stay within `bytes`, LOW and HIGH and
            // need no alignment.
            unsafe {
                let low = _mm256_broadcastsi128_si256(_mm_loadu_si128(LOW.as_ptr().cast()));
                let high = _mm256_broadcastsi128_si256(_mm_loadu_si128(HIGH.as_ptr().cast()));
                let nibble = _mm256_set1_epi8(0x0F);
                let raw = [
                    _mm256_loadu_si256(first.cast()),
                    _mm256_loadu_si256(second.cast()),
                ];
                // The shuffle gives 0 for bytes from 0x80 on, which is their class: the low nibble needs
                // no mask.
                let a = _mm256_and_si256(
                    _mm256_shuffle_epi8(low, raw[0]),
                    _mm256_shuffle_epi8(
                        high,
                        _mm256_and_si256(_mm256_srli_epi16::<4>(raw[0]), nibble),
                    ),
                );
                let b = _mm256_and_si256(
                    _mm256_shuffle_epi8(low, raw[1]),
                    _mm256_shuffle_epi8(
                        high,
                        _mm256_and_si256(_mm256_srli_epi16::<4>(raw[1]), nibble),
                    ),
                );
                Halves { class: [a, b], raw }
            }
        }
        #[inline(always)]
        fn digits(self, block: Halves) -> u64 {
            bit!(block.class, 7)
        }
        #[inline(always)]
        fn joiners(self, block: Halves) -> u64 {
            bit!(block.class, 3)
        }
        #[inline(always)]
        fn points(self, block: Halves) -> u64 {
            bit!(block.class, 2)
        }
        #[inline(always)]
        fn ats(self, block: Halves) -> u64 {
            bit!(block.class, 4)
        }
        #[inline(always)]
        fn colons(self, block: Halves) -> u64 {
            bit!(block.class, 1)
        }
        #[inline(always)]
        fn rare(self, block: Halves) -> bool {
            exists!(block.class, (AT | COLON))
        }
        #[inline(always)]
        fn any_alnum(self, block: Halves) -> bool {
            exists!(block.class, ALNUM)
        }
        #[inline(always)]
        fn words(self, block: Halves) -> u64 {
            any!(block.class, WORD)
        }
        #[inline(always)]
        fn alnums(self, block: Halves) -> u64 {
            any!(block.class, ALNUM)
        }
        #[inline(always)]
        fn capitals(self, block: Halves) -> u64 {
            any!(block.class, (ALNUM - 1)) & !bit!(block.raw, 2)
        }
        #[inline(always)]
        fn high(self, block: Halves) -> u64 {
            bit!(block.raw, 0)
        }
        #[inline(always)]
        fn equal(self, block: Halves, byte: u8) -> u64 {
            let [low, high] = block.raw;
            // SAFETY: AVX2 is there, because `self` is.
            unsafe {
                let byte = _mm256_set1_epi8(byte.cast_signed());
                join(
                    _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, byte)),
                    _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, byte)),
                )
            }
        }
        #[inline(always)]
        fn weighted(self, bytes: &[u8; 32], n: usize, weights: &[i8; 32]) -> u32 {
            let Some(ladder) = ladder(n) else { return 0 };
            // SAFETY: AVX2 is there, because `self` is; the loads are of 32 bytes each.
            unsafe {
                let digits = _mm256_and_si256(
                    _mm256_loadu_si256(bytes.as_ptr().cast()),
                    _mm256_loadu_si256(ladder.as_ptr().cast()),
                );
                let pairs =
                    _mm256_maddubs_epi16(digits, _mm256_loadu_si256(weights.as_ptr().cast()));
                let fours = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
                let sum = _mm_add_epi32(
                    _mm256_castsi256_si128(fours),
                    _mm256_extracti128_si256::<1>(fours),
                );
                let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<0b01_00_11_10>(sum));
                let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<0b10_11_00_01>(sum));
                _mm_cvtsi128_si32(sum).unsigned_abs()
            }
        }
        #[inline(always)]
        fn luhn(self, bytes: &[u8; 32], n: usize) -> bool {
            let Some(ladder) = ladder(n) else {
                return false;
            };
            let places = &ALTERNATE[n & 1..];
            // SAFETY: AVX2 is there, because `self` is; the loads are of 32 bytes each, and `places` has
            // 63 or more.
            unsafe {
                let digits = _mm256_and_si256(
                    _mm256_loadu_si256(bytes.as_ptr().cast()),
                    _mm256_loadu_si256(ladder.as_ptr().cast()),
                );
                let doubled = _mm256_broadcastsi128_si256(_mm_setr_epi8(
                    0, 2, 4, 6, 8, 1, 3, 5, 7, 9, 0, 0, 0, 0, 0, 0,
                ));
                let places = _mm256_loadu_si256(places.as_ptr().cast());
                let terms =
                    _mm256_blendv_epi8(digits, _mm256_shuffle_epi8(doubled, digits), places);
                let sums = _mm256_sad_epu8(terms, _mm256_setzero_si256());
                let sum = _mm_add_epi64(
                    _mm256_castsi256_si128(sums),
                    _mm256_extracti128_si256::<1>(sums),
                );
                let sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
                _mm_cvtsi128_si32(sum) % 10 == 0
            }
        }
    }

    #[inline(always)]
    fn ladder(n: usize) -> Option<&'static [u8; 32]> {
        LADDER.get(32usize.wrapping_sub(n)..)?.first_chunk()
    }
}
