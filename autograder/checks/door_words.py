"""What students read on other platforms, besides what stands in `page_words`: there is no page of ours there."""

NOT_GRADED = "Not graded: our fault"
OURS_HERE = (
    "Your work arrived, but grading it failed. That is our fault, and what stands here is no mark. Please tell your "
    "course's staff: they can have it graded again, and you need not hand it in anew."
)
NO_MARK_YET = (
    "A part could not be judged. That is our fault, so the points here are not your mark yet. Please tell your "
    "course's staff."
)
BY_STAFF_LATER = "{points} points are given by staff, who read it themselves. They are not counted here."
TOO_MUCH_TO_SHOW = "There is too much to show here. Your course's staff can show you the rest."
EXERCISES = "All right: {passed} of {count} exercises."
