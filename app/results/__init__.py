"""Evaluation on real data sets: one protocol a file, one table a protocol."""
