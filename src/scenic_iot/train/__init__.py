"""Training: pairs in, weights out. One loop, resumable, the same on two processor cores and on a GPU."""
