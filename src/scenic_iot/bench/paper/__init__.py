"""The reference paper's benchmark: its files as published, and split so that nothing of the test is in training."""
