"""What the person at the keyboard can mend."""


class CourseError(Exception):
    """Something that the person at the keyboard can mend: one clear sentence says what and how."""
