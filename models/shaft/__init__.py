"""Shaft faults by vibration in orders of shaft speed."""
