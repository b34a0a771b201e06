//! System calls the standard library lacks, behind safe functions.
