"""Groups of commands that are rooms of their own; `cli.py` joins them to the rest."""
