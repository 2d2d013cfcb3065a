"""The untrusted side: what runs in the fork server and in the guests that it forks.

Nothing here may import a check, a solution or anything else of `autograder` but `limits` and `wire`: a fork
inherits memory, and what the fork server has seen, student code can see.
"""
