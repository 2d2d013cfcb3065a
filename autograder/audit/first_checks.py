def write_checks(a, s):
    return []
