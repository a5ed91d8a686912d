"""Speed where it is claimed: on one processor core, on a GPU with 2:4 sparse products, and under TensorRT."""
