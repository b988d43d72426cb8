"""Package stage for Android: classes and shared libraries -> an AAR in a Maven repository. See docs/android.md."""

from toolchain.aar.pack import Library, Package, pack

__all__ = ["Library", "Package", "pack"]
