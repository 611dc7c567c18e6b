"""Files that people put into rooms."""
