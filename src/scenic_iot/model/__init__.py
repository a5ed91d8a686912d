"""The models and what is learned before them, the tokenizer. Nothing here knows where its data comes from."""
