"""The user's files: from YAML text to the courses they want; nothing here knows Canvas or the terminal."""
