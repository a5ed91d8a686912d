"""What each form of compression costs and buys: a grid of variants, made, scored and timed by the same rules."""
