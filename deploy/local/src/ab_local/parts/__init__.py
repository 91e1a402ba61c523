"""The real parts below the services, one file each, all of the same shape."""
