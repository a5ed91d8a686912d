"""From a trained model to a bundle: ONNX graphs, proof that they compute the same, and the folder that holds them."""
