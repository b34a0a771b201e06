//! PDF text.

use super::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::FormatId;

/// PDF text.
#[derive(Debug, Clone, Copy)]
pub struct Pdf;

impl Format for Pdf {
    fn id(&self) -> FormatId {
        "pdf"
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
        Err(FormatError::Unsupported("pdf"))
    }
}
