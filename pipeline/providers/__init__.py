"""Chat models over HTTP: one request in, one completion or one typed fault out."""
