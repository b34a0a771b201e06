//! XML.

use super::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::FormatId;

/// XML.
#[derive(Debug, Clone, Copy)]
pub struct Xml;

impl Format for Xml {
    fn id(&self) -> FormatId {
        "xml"
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
        Err(FormatError::Unsupported("xml"))
    }
}
