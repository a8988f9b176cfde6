"""What stops the program with one sentence for the person who started it."""


class CannotStart(Exception):
    """The sentence says what is wrong and what to do about it."""
