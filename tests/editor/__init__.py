"""The schemas as an editor uses them; run by `make test-browser`, as it needs npm."""
