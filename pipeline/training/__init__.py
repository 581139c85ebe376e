"""The bundled DAPO stage: stock verl, with our agent loop, reward and sampler as plug-ins."""
