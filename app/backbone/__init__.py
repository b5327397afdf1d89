"""How the backbone is made: drawn machines, their spectra, the fit, its card. Not for run time."""
