"""Configuration of the live processes: one TOML file each, strict, every key in a docstring.

`device`, `gateway`, `platform` and `up` hold one role each; `sections` and `sources` what they
share. The blocks of TOML in the docstrings are what `motorwatch config example` prints.
"""
