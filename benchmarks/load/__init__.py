"""Many calls at once: how many the machine carries, and what becomes of more."""
