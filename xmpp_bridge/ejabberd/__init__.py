"""The one ejabberd configuration, and how to run it."""
