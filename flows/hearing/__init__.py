"""Hearing: what a text in people's own words says of the facts, and by which words. See `flows.hearing.ears`."""
