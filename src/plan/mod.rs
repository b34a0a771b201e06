//! Inventory and policy into a plan; does nothing.
