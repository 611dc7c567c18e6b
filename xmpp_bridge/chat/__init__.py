"""A room's chat: messages between people, as values, as stanzas, and as a place to be."""
