"""Tasks without a job: scans, and pictures of scenes."""
