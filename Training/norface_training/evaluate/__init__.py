"""Measures of a trained bundle, one command a row; each writes its figures, with how they came to be, into a results file."""
