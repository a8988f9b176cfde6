"""The command `plura orr`: a client of the API that needs nothing of the server's settings."""
