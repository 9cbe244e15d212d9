"""What an event is, and how the two dialects that come in are brought to it."""
