"""Going on from a bundle with labelled pictures of one's own: one command from a folder and a table to a new bundle."""
