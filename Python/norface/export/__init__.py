"""Exports to the formats of other programs."""
