"""One file per page: authorise, validate, one action or query, render."""
