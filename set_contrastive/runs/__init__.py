"""A run in its folder: trained, watched, scored and measured."""
