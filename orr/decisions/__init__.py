"""The decision: what is possible, what is proposed and signed, and what took effect."""
