"""Python packages of vendors, for scripts that import them by their own names.

`pyvjob run script.py` puts this folder on the path of imports; so does PYTHONPATH, set to what
`pyvjob config --pythonpath` prints. Nothing here is imported unasked.
"""
