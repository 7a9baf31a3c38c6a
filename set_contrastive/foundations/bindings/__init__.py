"""Ways to bind roles to fillers in vectors, and what theory says of them."""
