"""A state machine that does anything in any order, and a model that knows only what Canvas's API shows."""
