"""The serving database, where publishing and the dashboard meet."""
