"""A report that a browser shows."""
