"""Objects: bundles, media, frames and results, by key; local disk unless a setting says else."""
