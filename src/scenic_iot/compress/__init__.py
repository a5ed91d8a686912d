"""Making a trained model smaller."""
