"""Where files live on the user's machine, and how they are written."""
