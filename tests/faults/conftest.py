from tests.unit.daemon.conftest import daemon, home

__all__ = ["daemon", "home"]
