"""An assignment proved before students get it."""
