"""What an instructor wrote, and the course's settings."""
