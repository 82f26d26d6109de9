"""Pictures of scenes: where they are in the project, and what can change them."""
