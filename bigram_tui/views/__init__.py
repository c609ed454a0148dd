"""What tables and numbers say, without Textual."""
