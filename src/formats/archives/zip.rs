//! Zip archives.

use crate::formats::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::FormatId;

/// Zip archives.
#[derive(Debug, Clone, Copy)]
pub struct Zip;

impl Format for Zip {
    fn id(&self) -> FormatId {
        "zip"
    }
    fn probe(&self, _head: &[u8], _name: &[u8]) -> Probe {
        Probe::No
    }
    fn run(
        &self,
        _: &mut Source<'_>,
        _: &mut Cx<'_>,
        _: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        Err(FormatError::Unsupported("zip"))
    }
}
