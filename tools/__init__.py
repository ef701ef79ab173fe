"""What developers run: set-up, browsers to test with, and `make run`."""
