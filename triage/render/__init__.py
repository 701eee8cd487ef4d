"""Turns what was decided and measured into what other programs read."""
