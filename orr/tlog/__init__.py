"""The transparency log: an append-only Merkle tree of everything a review did, signed and provable."""
