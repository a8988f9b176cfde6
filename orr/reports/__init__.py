"""What is told of a review: the facts every face shows, and the printed page."""
