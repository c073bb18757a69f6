"""What measures a patient and shows numbers."""
