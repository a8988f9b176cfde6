"""Evidence: what was measured, pushed or attested for each gate item, and how it is judged."""
