//! Delimited tables.

use super::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::FormatId;

/// Delimited tables.
#[derive(Debug, Clone, Copy)]
pub struct Csv;

impl Format for Csv {
    fn id(&self) -> FormatId {
        "csv"
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
        Err(FormatError::Unsupported("csv"))
    }
}
