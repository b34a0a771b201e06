//! JSON and JSON Lines.

use super::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::FormatId;

/// JSON and JSON Lines.
#[derive(Debug, Clone, Copy)]
pub struct Json;

impl Format for Json {
    fn id(&self) -> FormatId {
        "json"
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
        Err(FormatError::Unsupported("json"))
    }
}
