"""What else could turn text into commands, so that a reader sees what each set is worth. One file a baseline."""
