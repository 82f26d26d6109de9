"""The messages about content: facts of scans, uploads, imports, scenes."""
