"""pyserial URL handlers: ``process://PATH`` runs a host executable, ``simulator://ELF?board=NAME`` the simulator.

pyserial finds them by the module name ``protocol_<scheme>`` in the packages listed in ``protocol_handler_packages``.
"""

from __future__ import annotations

import serial

if __name__ not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.append(__name__)
