"""The one class that every error of edi-lint is of."""


class EdiLintError(Exception):
    """What could not be done, and why; every error of edi-lint is one. No message has protected
    data in it.
    """
