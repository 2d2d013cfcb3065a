"""What runs in the fork server and in the guests that it forks: the untrusted side.

Nothing here may import a check, a solution or anything else of `autograder` but `wire`, `values`, `limits` and
`confinement`: a fork inherits memory, and what the fork server has seen, student code can see.
"""
