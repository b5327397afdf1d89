"""The device's trip logic: hard physical limits, two senses, a latch. Not a safety function."""
