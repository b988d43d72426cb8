"""What a solver prints in C does not reach stdout, where the results are."""

import ctypes

from toolchain.search.solver_output import on_stderr


def test_prints_of_c_code_go_to_stderr(capfd):
    libc = ctypes.CDLL(None)
    with on_stderr():
        libc.puts(b"of the solver")
    libc.puts(b"a result")
    libc.fflush(None)
    assert capfd.readouterr() == ("a result\n", "of the solver\n")
