      subroutine total(x, n, s)
      integer n, i
      double precision x(n), s
      s = 0d0
      do 10 i = 1, n
         s = s + sin(x(i))
   10 continue
      end
