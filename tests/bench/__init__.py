"""The promised figures, measured on this machine beside their goals; a benchmark, never a test."""
