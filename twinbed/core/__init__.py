"""What a bed is made of: quantities, models, devices, scenarios, recordings, endpoints."""
