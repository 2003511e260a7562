"""Decides: from what a resident said to the routes, the reasons and the next question. Pure and synchronous."""
