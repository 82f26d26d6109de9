"""The page of the settings: those that admins change, and those that are only shown."""
