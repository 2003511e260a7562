"""Proofs about a city's data, over every resident that there can be: no samples."""
