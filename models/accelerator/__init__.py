"""Runs the quantised backbone on an Edge TPU or the CPU, in processes of its own."""
