"""What render keeps of templates: scans that nodes do, fonts."""
