"""Studies: lists of experiments that answer one question together."""
