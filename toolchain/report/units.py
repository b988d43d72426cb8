"""Numbers as people read them."""

from __future__ import annotations


def kib(size: int) -> str:
    """Return bytes as KiB, below 1 KiB as bytes."""
    return f"{size / 1024:.1f} KiB" if size >= 1024 else f"{size} B"


def count(value: int | None) -> str:
    """Return a count, from 10,000 on with three digits and a decimal prefix; '-' for None."""
    if value is None:
        return "-"
    if abs(value) < 10_000:
        return str(value)
    scaled, prefix = next(
        (value / d, p) for d, p in ((1e3, "k"), (1e6, "M"), (1e9, "G")) if abs(value) < 999.5 * d or p == "G"
    )
    return f"{scaled:.{2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0}f} {prefix}"


def time(us: float | None) -> str:
    """Return microseconds as us, ms or s; '-' for None."""
    if us is None:
        return "-"
    value, unit = (us, "us") if us < 1000 else (us / 1000, "ms") if us < 1e6 else (us / 1e6, "s")
    return f"{value:.{0 if value >= 1000 else 1 if value >= 100 else 2 if value >= 1 else 3}f} {unit}"


def score(metric: str, value: float | None) -> str:
    """Return a metric's value: per cent for accuracy, a number for everything else, '-' for None."""
    if value is None:
        return "-"
    return f"{value * 100:.1f} %" if metric == "accuracy" else f"{value:.4g}"


def percent(value: float, digits: int = 1) -> str:
    """Return a fraction in per cent."""
    return f"{value * 100:.{digits}f} %"


def ratio(numerator: int | None, denominator: int | None, digits: int = 2) -> str:
    """Return a quotient; '-' where a part is missing or the denominator is zero."""
    return "-" if numerator is None or not denominator else f"{numerator / denominator:.{digits}f}"


def shape(dims: tuple[int, ...]) -> str:
    """Return a shape without its batch of 1: ``8x8x16``."""
    return "x".join(map(str, dims[1:] if len(dims) > 1 else dims))
