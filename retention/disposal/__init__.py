"""The narrow way out: decide, list, two people approve, recoverable for a while, delete those versions, certify."""
