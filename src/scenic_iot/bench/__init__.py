"""Measuring: whatever turns text into commands is scored by the same rules."""
