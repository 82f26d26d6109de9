"""Routes that prove renders: what a video was made of, and the same once more."""
