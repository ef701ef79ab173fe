"""The native messaging host: a stateless relay between a browser and the daemon."""
