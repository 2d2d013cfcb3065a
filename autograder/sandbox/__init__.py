"""Student code in confined processes, asked by plain data."""
