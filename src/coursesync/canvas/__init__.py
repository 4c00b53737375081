"""The only package that touches the network: one client, and what is read through it."""
