module shared
  use, intrinsic :: iso_c_binding
  implicit none
contains
  function described(n) result(text)
    integer, intent(in) :: n
    character(len=20) :: text
    write (text, '(a,i0)') 'n=', n
  end function
end module shared

subroutine long_digits(n, length)
  use shared
  use, intrinsic :: ieee_arithmetic
  integer, intent(in) :: n
  integer, intent(out) :: length
  real(16) :: q
  q = sqrt(real(n, 16))
  length = len_trim(described(n))
  if (ieee_is_nan(q)) length = -1
end subroutine
