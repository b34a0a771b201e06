//! Messages about pseudonyms and the risk of what stays.

use super::messages::messages;

messages! {
    /// A message for people about pseudonyms and the risk of what stays.
    PseudonymWord;

}
