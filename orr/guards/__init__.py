"""Guards: contracts about a value that an outside system holds while a change rolls out."""
