"""Writes the configuration of a Mosquitto broker: mutual TLS only, rights per certificate."""
