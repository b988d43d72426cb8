"""Phones: the program of a build by adb, files pushed and pulled, nothing left behind. See docs/android.md."""

from toolchain.runners.adb.phone import Phone, Timing, open_phone

__all__ = ["Phone", "Timing", "open_phone"]
