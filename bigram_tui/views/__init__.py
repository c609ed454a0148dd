"""Tables and numbers as they are shown, without Textual."""
