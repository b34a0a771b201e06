//! Shape of rule files.
