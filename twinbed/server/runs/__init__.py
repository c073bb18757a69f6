"""Studies and runs on the bench that people start from their browsers: what may be asked, the queue, what is left."""
