"""Where a number on the screen comes from, step by step, from counts that can be checked by hand."""
