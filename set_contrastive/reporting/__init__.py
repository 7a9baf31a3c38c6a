"""Report of a study: collects its cells, draws and writes them, without TensorFlow."""
