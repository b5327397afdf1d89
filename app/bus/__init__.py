"""The bus between the tiers: one Protocol; in-process here, MQTT for the field."""
