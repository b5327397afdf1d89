"""A physics-based induction motor with faults that grow: a Reader like any other."""
