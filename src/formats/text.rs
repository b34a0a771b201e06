//! Plain text.

use super::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::FormatId;

/// Plain text.
#[derive(Debug, Clone, Copy)]
pub struct Text;

impl Format for Text {
    fn id(&self) -> FormatId {
        "text"
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
        Err(FormatError::Unsupported("text"))
    }
}

