"""What is known here: virtual patients, devices with their cards, and twins that were fitted."""
