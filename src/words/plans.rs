//! Messages about plans, approvals, keys, holds, the audit trail and certificates.

use super::messages::messages;

messages! {
    /// A message for people about plans, approvals, keys, holds, the audit trail and certificates.
    PlanWord;

}
