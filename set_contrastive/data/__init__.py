"""Prepared data sets: how they are built, read, and turned into batches."""
