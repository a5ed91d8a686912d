"""Pairs of a prompt and a response, both text: how they are compared, and how more are made of them."""
