"""Declarative course configuration for Canvas LMS: YAML in git, plan, apply, and every write read back."""

__version__ = "0.1.0"
