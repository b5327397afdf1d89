"""Motors as devices of a Sparkplug B edge node, for SCADA systems that speak it."""
