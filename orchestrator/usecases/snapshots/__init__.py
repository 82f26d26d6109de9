"""Pictures of scenes: asked for, kept, looked at."""
