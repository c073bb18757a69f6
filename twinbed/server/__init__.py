"""What people reach over the network: accounts, beds, the live socket and the pages of the browser."""
