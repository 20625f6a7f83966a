"""Rows as pandas frames. pandas is asked for when a frame is, not before: everything else works without."""


def frame(rows, columns=None, wanted=True):
    """A pandas.DataFrame of dictionaries, or the dictionaries themselves if a frame is not wanted."""
    if not wanted:
        return rows
    try:
        import pandas
    except ImportError:
        raise ImportError("this gives a pandas frame, and pandas is not installed (Debian: apt-get install "
                          "python3-pandas); with frame=False it gives a list of dictionaries") from None
    return pandas.DataFrame(rows, columns=columns if columns is not None else (list(rows[0]) if rows else None))
