"""What homes have: the catalogue of devices and places, and the file in which one household describes its own."""
