"""Documents for the file and the court: HTML templates in the reader's language, printed as PDF/A."""
