//! Tags and levels.
