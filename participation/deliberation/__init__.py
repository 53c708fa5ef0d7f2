"""Deliberation: what people think of each other's statements, and what they agree on across their differences."""
