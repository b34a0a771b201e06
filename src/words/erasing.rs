//! Messages about quarantine, erasure and its proof.

use super::messages::messages;

messages! {
    /// A message for people about quarantine, erasure and its proof.
    EraseWord;

}
