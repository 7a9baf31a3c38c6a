"""How many subsets of keys a dot product of d dimensions can retrieve."""
