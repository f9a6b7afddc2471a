"""Stands in for the ensurepip of the standard library in a sandbox; see __main__.py."""
