"""The `motorwatch` command line, one file per command group."""
