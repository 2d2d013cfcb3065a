"""The page that a student gets: one file without scripts, which asks for nothing from elsewhere."""

from autograder.report.student_page.making import PageFacts as PageFacts
from autograder.report.student_page.making import student_page as student_page
