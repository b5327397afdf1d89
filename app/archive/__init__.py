"""Raw captures at rest: compressed, encrypted where a key is given, bounded, each file whole."""
