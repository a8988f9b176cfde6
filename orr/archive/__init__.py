"""The archive: where a review's outputs are kept, and what its lock is really worth."""
