"""The farm as a whole: sweeps, cleaning up, the restore epoch."""
