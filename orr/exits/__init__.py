"""Exit: taking a change back in five minutes, with proof per key; and its rehearsal, by the same engine."""
