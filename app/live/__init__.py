"""The roles as processes of their own: sources, links and clocks around what a replay runs too."""
