"""Training of norface's expression networks: data, rendered heads, networks, evaluation and export."""
