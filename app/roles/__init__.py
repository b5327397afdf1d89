"""The roles of the tiers: one process and one container each in the field, one loop in a replay."""
