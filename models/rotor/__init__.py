"""Rotor faults by motor current: slip, bars, eccentricity."""
