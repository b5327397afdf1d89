"""Stage 2: names the fault from spectra of all senses, in int8."""
