"""What embeddings reach that are free of any network: KL floors and critical sizes."""
