//! Files under a root, in name order, links not followed.
