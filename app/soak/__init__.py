"""Ten thousand healthy simulated windows: how often anything is named that is not there."""
