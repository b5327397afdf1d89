"""Temperature: class limits, thermal model and its fit."""
