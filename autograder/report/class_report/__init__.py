"""The report on a class: from the reports of the last run and the roster to one page, tables for spreadsheets, JSON."""
