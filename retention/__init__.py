"""Administration and preservation: how long, is it still intact, may it go?"""
