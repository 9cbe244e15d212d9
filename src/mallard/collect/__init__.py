"""How events come in: over HTTP (``server``) and out of log files (``follow``), both into the spool."""
