-- What went unanswered is found in all that was said since a time: nothing reads this index, and each turn wrote to it.
DROP INDEX journal_unanswered;
