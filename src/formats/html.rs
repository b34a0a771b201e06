//! HTML.

use super::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::FormatId;

/// HTML.
#[derive(Debug, Clone, Copy)]
pub struct Html;

impl Format for Html {
    fn id(&self) -> FormatId {
        "html"
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
        Err(FormatError::Unsupported("html"))
    }
}
