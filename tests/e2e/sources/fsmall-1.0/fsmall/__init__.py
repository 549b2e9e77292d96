from fsmall._core import long_digits, total

assert abs(total([1.0, 2.0]) - 1.7507684) < 1e-6
assert long_digits(12) == 4
