"""What a solver prints in C reaches neither stdout, where the results are, nor the lines of progress."""

import ctypes

from toolchain.search.solver_output import silenced


def test_prints_of_c_code_are_dropped(capfd):
    libc = ctypes.CDLL(None)
    with silenced():
        libc.puts(b"of the solver")
    libc.puts(b"a result")
    libc.fflush(None)
    assert capfd.readouterr() == ("a result\n", "")
