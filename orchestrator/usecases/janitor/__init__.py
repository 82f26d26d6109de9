"""Drop what served its time, by the schedules of file_mgr.cleanup_schedules."""
