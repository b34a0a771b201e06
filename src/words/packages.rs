//! Messages about handover packages, sealed archives and backups.

use super::messages::messages;

messages! {
    /// A message for people about handover packages, sealed archives and backups.
    PackageWord;

}
