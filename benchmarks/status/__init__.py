"""How the HTTP service and a run get along on the same cores."""
