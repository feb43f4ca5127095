"""Records handed to message brokers and recorders: `norface relay KIND` (`Documentation/Relays.md`).

`items` is what is handed on, `reading` where it comes from, `backlog` what waits, `kinds` whom it is given to, `engine` what
binds them, `cli` the command.
"""
