"""What the tests of the live page share: a server that keeps the daemon's contract, and records that were really written."""
