"""Records of norfaced in Python."""
