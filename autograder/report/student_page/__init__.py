"""The page that a student gets: one file, no scripts, no requests; `student_page` makes it of a report and a notebook."""

from autograder.report.student_page.making import PageFacts as PageFacts
from autograder.report.student_page.making import student_page as student_page
