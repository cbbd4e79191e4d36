"""Answers that go on: what changed, as it changes."""
