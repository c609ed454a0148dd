"""Where files are on the user's machine, and how they are read and written."""
