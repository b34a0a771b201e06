//! Handover packages: bag, manifest, notification list, container, receipt.
