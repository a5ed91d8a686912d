"""Text as the models see it: normalisation and the tokenizer. No torch, no onnx: training and the runtime share it."""
