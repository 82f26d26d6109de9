"""Messages about pictures and sound: what comes out, what is mixed, what clients send."""
