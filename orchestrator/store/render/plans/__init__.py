"""What plans are made from and mended by: how fast templates go, and repairs of frames."""
