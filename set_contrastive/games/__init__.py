"""Games in plain NumPy: rules and ground truth."""
