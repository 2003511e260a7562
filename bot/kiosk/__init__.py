"""The kiosk in a service hall, and the same pages on a resident's own phone."""
