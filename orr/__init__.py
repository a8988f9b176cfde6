"""plura orr: operational readiness reviews for changes to production."""
