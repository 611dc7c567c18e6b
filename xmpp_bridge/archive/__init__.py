"""Chat as the service keeps it."""
