"""The one approvals engine: slots, signatures, timelock; it knows subjects and digests, never a review."""
