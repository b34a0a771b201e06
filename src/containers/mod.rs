//! Sealed boxes: zip, 7z, age; writing them, and opening them to check.
