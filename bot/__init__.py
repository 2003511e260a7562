"""Talks to people: channels, sentences, settings. Decides nothing about hukou: that is flows' work."""
