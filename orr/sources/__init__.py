"""Outside systems by name: where they are, which secret they take, and what answers which item."""
