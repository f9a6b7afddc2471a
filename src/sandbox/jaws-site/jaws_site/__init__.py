"""Stand-in for JAWS Site: the shape of its services, none of their work."""
