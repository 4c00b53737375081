"""How fast coursesync is, always as a ratio: against a bound, or against the obvious way to do the same."""
