"""How a person proves, for one act, that it is them: password, one-time code, passkey."""
