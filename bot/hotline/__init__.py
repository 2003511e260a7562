"""The hotline's desk: agents, their calls, accounts and figures."""
