"""What is handed to people after a replay: one HTML file with its evidence drawn, and spectra."""
