from rsmall._native import digits

assert digits(-12345) == 6
