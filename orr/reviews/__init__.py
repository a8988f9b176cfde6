"""Reviews: the centre. One review decides about one change set."""
