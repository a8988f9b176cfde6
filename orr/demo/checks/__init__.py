"""The pipeline's test suites: each asks the plant and says which of its cases hold."""
