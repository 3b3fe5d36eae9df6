"""Where predictions fail, and why."""
