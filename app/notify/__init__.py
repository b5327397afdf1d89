"""Notices to people and other systems: which go where, kept until they went, never a storm."""
