"""The verbs: pure functions from state to changes, from changes to requests, from answers to verdicts."""
