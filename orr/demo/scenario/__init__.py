"""The reviews that the demo plays: what each changes, and how far its people take it."""
