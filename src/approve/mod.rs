//! Makes `Approved` from a plan, its approvals and the policy: the only maker.
