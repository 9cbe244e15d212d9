"""In what order the stages run, when, and again after a failure."""
