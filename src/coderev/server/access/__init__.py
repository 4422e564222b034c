"""Who comes in, and what they may do: `actions.py` is the table, `deciding.py` the rules; the rest finds out who."""
