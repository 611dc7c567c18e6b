"""The record: who said and changed what, as leaves of a tree that nobody can alter unseen (decision 0026)."""
