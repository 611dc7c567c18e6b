"""The service beside JupyterHub."""
