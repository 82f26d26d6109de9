"""Files that clients send: told apart by content, made safe for the engine, kept."""
