"""The settings that admins change while the farm runs."""
