"""Signal processing: pure functions on arrays, from samples to features and spectral lines."""
