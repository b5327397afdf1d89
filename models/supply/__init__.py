"""Power and supply-side faults by currents and voltages."""
