"""Data management: what is known, who touched it, what is left to do?"""
