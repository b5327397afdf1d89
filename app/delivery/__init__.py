"""Delivery without lies: a message is held until the platform says that it is committed."""
