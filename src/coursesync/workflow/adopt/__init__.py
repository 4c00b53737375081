"""Manifests for courses that exist."""
