"""Bearing faults by envelope lines: search, naming, words."""
