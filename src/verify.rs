//! Reads copies again before they are released.
