"""Tables of the least KL found for free vectors, taken up cell by cell."""
