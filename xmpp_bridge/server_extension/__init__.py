"""One Jupyter server's side: what runs inside each person's server."""
