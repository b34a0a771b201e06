//! Office Open XML packages.

use crate::formats::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::FormatId;

/// Office Open XML packages.
#[derive(Debug, Clone, Copy)]
pub struct Xlsx;

impl Format for Xlsx {
    fn id(&self) -> FormatId {
        "xlsx"
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
        Err(FormatError::Unsupported("xlsx"))
    }
}
