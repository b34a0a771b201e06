//! Makes copies in a new tree; sources are only read.
