"""What a microphone hears of bearings and blades."""
