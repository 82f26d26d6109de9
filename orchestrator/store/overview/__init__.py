"""What the pages show of the whole farm, over all tenants: only for the farm's own people."""
