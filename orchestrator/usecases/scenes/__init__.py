"""Edit the rows of a project: scenes, their fields and colours, shared values, presets."""
