"""Small edits of a student's code, each of which would take back one mistake that people make."""
