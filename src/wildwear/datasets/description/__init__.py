"""What a dataset holds: its figures, its tables, and a page of both."""
