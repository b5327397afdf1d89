"""What every process shares: its log, health, metrics, main loop, signals and identity."""
