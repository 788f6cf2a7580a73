"""How a catalog made by any earlier version becomes one of this version."""
