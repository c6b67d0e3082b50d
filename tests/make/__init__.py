"""Builders: they set only what the test leaves unsaid, through the services that people use, and commit."""
