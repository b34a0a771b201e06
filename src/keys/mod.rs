//! Signing keys; signatures and their check.
