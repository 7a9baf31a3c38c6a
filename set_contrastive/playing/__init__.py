"""A page to see in, in a browser, where a vector runs out of dimensions."""
