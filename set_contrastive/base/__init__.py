"""What every room may use: errors, command line, signals, figures, provenance."""
