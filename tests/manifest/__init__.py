"""Tests of the manifests: reading, checking, layering, choosing."""
