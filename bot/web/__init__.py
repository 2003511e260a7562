"""Pages: the kiosk for everybody, the hotline's desk for its staff. Server-rendered, and whole without JavaScript."""
