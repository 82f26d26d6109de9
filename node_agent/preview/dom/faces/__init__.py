"""What scripts may do, one module per kind of object."""
