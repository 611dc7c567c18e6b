"""Who is where: occupants and awareness."""
