"""The only package that talks to Canvas: a client, and reads decoded by the catalogue."""
