"""What a plant's own systems know of a motor (load, speed, air, process), joined by time."""
