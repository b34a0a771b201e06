//! Pure functions on one value, one family a file.
