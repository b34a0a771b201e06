//! Quarantine, undo, purge, grades, residue; a journal that survives a crash.
