"""The preview engine: stand-ins for aerender and AfterFX that need no After Effects."""
