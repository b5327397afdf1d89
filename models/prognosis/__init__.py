"""Prognosis: from the trend of a health indicator to what may honestly be said of the future."""
