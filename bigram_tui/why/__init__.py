"""Why a number on the screen is what it is, from counts that could be checked by hand."""
