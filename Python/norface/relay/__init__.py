"""Records handed to message brokers and recorders."""
