"""The things tier's senses: signals in SI units, from recordings, the simulator or hardware."""
