"""Recorded signals: one source per file format, and the manifest that gives them meaning."""
